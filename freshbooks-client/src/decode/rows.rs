//! The rows of a page and the page's own numbers.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{ERROR_KEYS, is_error};
use crate::page::{Page, RowProblem};
use crate::resource::Resource;
use crate::wire::optional;

/// A number that may come as text; anything else counts as absent, for these are hints.
#[derive(Deserialize)]
struct Count(#[serde(deserialize_with = "optional")] Option<u64>);

/// `{"bills":[...],"page":1,"pages":1,"per_page":15,"total":1}`, or `{"projects":[...],"meta":{...}}`.
pub(super) struct RawPage<R, E> {
    rows: Option<Vec<E>>,
    numbers: Numbers,
    states_error: bool,
    resource: PhantomData<R>,
}

/// The numbers of a page.
#[derive(Default, Deserialize)]
struct Numbers {
    page: Option<Count>,
    pages: Option<Count>,
    per_page: Option<Count>,
    total: Option<Count>,
}

impl Numbers {
    /// The stated number of pages. Team members state only rows and rows per page, and lists that
    /// are not paged nothing at all.
    fn pages(&self, is_paged: bool) -> Option<u64> {
        let stated = |count: &Option<Count>| count.as_ref().and_then(|count| count.0);
        if let Some(pages) = stated(&self.pages) {
            return Some(pages);
        }
        if !is_paged {
            return Some(1);
        }
        let per_page = stated(&self.per_page).filter(|rows| *rows > 0)?;
        Some(stated(&self.total)?.div_ceil(per_page))
    }
}

impl<T: Resource> RawPage<T, T> {
    pub(super) fn into_page(mut self) -> Option<Page<T>> {
        let items = self.rows.take()?;
        Some(self.with_rows(items, Vec::new()))
    }
}

impl<T: Resource> RawPage<T, Tolerant<T>> {
    pub(super) fn into_tolerant_page(mut self) -> Option<Page<T>> {
        let (items, problems) = sort_rows(self.rows.take()?);
        Some(self.with_rows(items, problems))
    }
}

impl<R: Resource, E> RawPage<R, E> {
    pub(super) fn states_error(&self) -> bool {
        self.states_error
    }

    fn with_rows(&self, items: Vec<R>, problems: Vec<RowProblem>) -> Page<R> {
        let small = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
        Page {
            items,
            problems,
            page: small(self.numbers.page.as_ref().and_then(|count| count.0)),
            pages: small(self.numbers.pages(R::SHAPE.is_paged)),
            total: self.numbers.total.as_ref().and_then(|count| count.0),
        }
    }
}

/// Separates good rows from bad ones and numbers the bad.
fn sort_rows<R>(rows: Vec<Tolerant<R>>) -> (Vec<R>, Vec<RowProblem>) {
    let mut items = Vec::with_capacity(rows.len());
    let mut problems = Vec::new();
    for (position, row) in rows.into_iter().enumerate() {
        match row {
            Tolerant::Good(item) => items.push(item),
            Tolerant::Bad(problem) => problems.push(RowProblem {
                position,
                ..problem
            }),
        }
    }
    (items, problems)
}

impl<'de, R: Resource, E: DeserializeOwned> Deserialize<'de> for RawPage<R, E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PageVisitor(PhantomData))
    }
}

struct PageVisitor<R, E>(PhantomData<(R, E)>);

impl<'de, R: Resource, E: DeserializeOwned> Visitor<'de> for PageVisitor<R, E> {
    type Value = RawPage<R, E>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with a list of {}", R::SHAPE.singular)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = RawPage {
            rows: None,
            numbers: Numbers::default(),
            states_error: false,
            resource: PhantomData,
        };
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if R::SHAPE.plurals.contains(&&*key) {
                found.rows = map.next_value()?;
                continue;
            }
            match &*key {
                "page" => found.numbers.page = map.next_value()?,
                "pages" => found.numbers.pages = map.next_value()?,
                "per_page" => found.numbers.per_page = map.next_value()?,
                "total" => found.numbers.total = map.next_value()?,
                "meta" => found.numbers = map.next_value::<Option<Numbers>>()?.unwrap_or_default(),
                key if ERROR_KEYS.contains(&key) => {
                    found.states_error |= is_error(map.next_value::<Option<Value>>()?.as_ref());
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

/// A row that is read on its own, so that one bad row does not hide its page.
pub(super) enum Tolerant<R> {
    Good(R),
    Bad(RowProblem),
}

impl<R: DeserializeOwned> Tolerant<R> {
    fn read(raw: &RawValue) -> Self {
        match serde_json::from_str(raw.get()) {
            Ok(item) => Self::Good(item),
            Err(error) => Self::Bad(RowProblem {
                position: 0,
                id: serde_json::from_str::<AnyId>(raw.get())
                    .ok()
                    .and_then(|row| row.any()),
                detail: error.to_string(),
                raw: raw.get().into(),
            }),
        }
    }
}

impl<'de, R: DeserializeOwned> Deserialize<'de> for Tolerant<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'de RawValue>::deserialize(deserializer).map(Self::read)
    }
}

/// The id of a row of any resource, if it is a number: each has one of these keys. A bill has its
/// vendor's id too, so `id` comes first.
#[derive(Deserialize)]
struct AnyId {
    #[serde(default, deserialize_with = "optional")]
    id: Option<u64>,
    #[serde(default, deserialize_with = "optional")]
    callbackid: Option<u64>,
    #[serde(default, deserialize_with = "optional")]
    incomeid: Option<u64>,
    #[serde(default, deserialize_with = "optional")]
    profileid: Option<u64>,
    #[serde(default, deserialize_with = "optional")]
    vendorid: Option<u64>,
}

impl AnyId {
    fn any(&self) -> Option<u64> {
        self.id
            .or(self.callbackid)
            .or(self.incomeid)
            .or(self.profileid)
            .or(self.vendorid)
    }
}
