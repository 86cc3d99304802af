//! The rows of a page and the page's own numbers.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::page::{Page, RowProblem};
use crate::resource::Resource;
use crate::wire::optional;

/// A number that may come as text; anything else counts as absent, for these are hints.
#[derive(Deserialize)]
struct Count(#[serde(deserialize_with = "optional")] Option<u64>);

/// `{"bills":[...],"page":1,"pages":1,"per_page":15,"total":1}`.
pub(super) struct RawPage<R, E> {
    rows: Option<Vec<E>>,
    page: Option<u64>,
    pages: Option<u64>,
    total: Option<u64>,
    resource: PhantomData<R>,
}

impl<T: Resource> RawPage<T, T> {
    pub(super) fn into_page(self) -> Option<Page<T>> {
        let (page, pages, total) = self.numbers();
        Some(Page {
            items: self.rows?,
            problems: Vec::new(),
            page,
            pages,
            total,
        })
    }
}

impl<T: Resource> RawPage<T, Tolerant<T>> {
    pub(super) fn into_tolerant_page(self) -> Option<Page<T>> {
        let (page, pages, total) = self.numbers();
        let (items, problems) = sort_rows(self.rows?);
        Some(Page {
            items,
            problems,
            page,
            pages,
            total,
        })
    }
}

impl<R, E> RawPage<R, E> {
    fn numbers(&self) -> (Option<u32>, Option<u32>, Option<u64>) {
        let small = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
        (small(self.page), small(self.pages), self.total)
    }
}

/// Separates good rows from bad ones and numbers the bad.
pub(super) fn sort_rows<R>(rows: Vec<Tolerant<R>>) -> (Vec<R>, Vec<RowProblem>) {
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
            page: None,
            pages: None,
            total: None,
            resource: PhantomData,
        };
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if R::SHAPE.plurals.contains(&&*key) {
                found.rows = map.next_value()?;
                continue;
            }
            match &*key {
                "page" => found.page = map.next_value::<Count>()?.0,
                "pages" => found.pages = map.next_value::<Count>()?.0,
                "total" => found.total = map.next_value::<Count>()?.0,
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
    pub(super) fn read(raw: &RawValue) -> Self {
        match serde_json::from_str(raw.get()) {
            Ok(item) => Self::Good(item),
            Err(error) => Self::Bad(RowProblem {
                position: 0,
                id: serde_json::from_str::<AnyId>(raw.get())
                    .ok()
                    .and_then(|row| row.id.or(row.callbackid).or(row.vendorid)),
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

/// The id of a row of any resource: each has one of these keys. A bill has its vendor's id too, so
/// `id` comes first.
#[derive(Deserialize)]
struct AnyId {
    #[serde(default, deserialize_with = "optional")]
    id: Option<u64>,
    #[serde(default, deserialize_with = "optional")]
    callbackid: Option<u64>,
    #[serde(default, deserialize_with = "optional")]
    vendorid: Option<u64>,
}
