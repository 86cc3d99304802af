//! Query strings in the two spellings FreshBooks' families use.

use std::fmt::Display;

use url::form_urlencoded::Serializer;

use crate::resource::Sort;

/// A query string under construction.
#[expect(
    missing_debug_implementations,
    reason = "the serializer inside has none"
)]
#[expect(
    unnameable_types,
    reason = "only seen by the sealed trait that fills it"
)]
#[doc(hidden)]
pub struct Query {
    pairs: Serializer<'static, String>,
}

impl Query {
    pub(crate) fn new() -> Self {
        Self {
            pairs: Serializer::new(String::new()),
        }
    }

    /// The accounting spelling, `search[key]=value`; absent values leave no trace.
    pub(crate) fn search(&mut self, key: &str, value: Option<impl Display>) -> &mut Self {
        if let Some(value) = value {
            let key = format!("search[{key}]");
            self.pairs.append_pair(&key, &value.to_string());
        }
        self
    }

    /// The accounting spelling of "one of these", `search[keys][]=value` once per value.
    pub(crate) fn search_any<T: Display>(&mut self, key: &str, values: &[T]) -> &mut Self {
        self.each(&format!("search[{key}][]"), values)
    }

    /// The project spelling, `key=value`; also what the SDKs use for booleans everywhere.
    pub(crate) fn bare(&mut self, key: &str, value: Option<impl Display>) -> &mut Self {
        if let Some(value) = value {
            self.pairs.append_pair(key, &value.to_string());
        }
        self
    }

    /// The accounting spelling of an order, `sort=key_asc`.
    pub(crate) fn sort<K: Display>(&mut self, sort: Option<&Sort<K>>) -> &mut Self {
        let spelled = sort.map(|sort| {
            let direction = if sort.is_descending() { "desc" } else { "asc" };
            format!("{}_{direction}", sort.key())
        });
        self.bare("sort", spelled)
    }

    /// The project spelling of an order, `sort=key` or `sort=-key`.
    pub(crate) fn dashed_sort<K: Display>(&mut self, sort: Option<&Sort<K>>) -> &mut Self {
        let spelled = sort.map(|sort| {
            let dash = if sort.is_descending() { "-" } else { "" };
            format!("{dash}{}", sort.key())
        });
        self.bare("sort", spelled)
    }

    /// What a record shall show besides, `include[]=key` once per key.
    pub(crate) fn include<T: Display>(&mut self, keys: &[T]) -> &mut Self {
        self.each("include[]", keys)
    }

    /// A key once per value, spelled as it is.
    pub(crate) fn each<T: Display>(&mut self, key: &str, values: &[T]) -> &mut Self {
        for value in values {
            self.pairs.append_pair(key, &value.to_string());
        }
        self
    }

    /// `path`, with `?` and the pairs if there are any.
    pub(crate) fn onto(mut self, path: String) -> String {
        let pairs = self.pairs.finish();
        if pairs.is_empty() {
            path
        } else {
            format!("{path}?{pairs}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_percent_encoded_and_absent_values_left_out() {
        let mut query = Query::new();
        query
            .search("vendorid", Some(5))
            .search("currency_code", None::<&str>)
            .search_any("statuses", &["unpaid", "paid"])
            .bare("page", Some(2));
        assert_eq!(
            query.onto("/x".to_owned()),
            "/x?search%5Bvendorid%5D=5&search%5Bstatuses%5D%5B%5D=unpaid&search%5Bstatuses%5D%5B%5D=paid&page=2"
        );
        assert_eq!(Query::new().onto("/x".to_owned()), "/x");
    }

    #[test]
    fn each_family_spells_orders_its_own_way() {
        let mut query = Query::new();
        query
            .sort(Some(&Sort::descending("updated")))
            .include(&["lines"]);
        assert_eq!(
            query.onto(String::new()),
            "?sort=updated_desc&include%5B%5D=lines"
        );
        let mut query = Query::new();
        query.dashed_sort(Some(&Sort::descending("title")));
        assert_eq!(query.onto(String::new()), "?sort=-title");
    }
}
