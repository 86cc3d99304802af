//! Time entries, searched.

use super::read;
use crate::call::Call;
use crate::decode;
use crate::page::{Page, PageRequest};
use crate::query::Query;
use crate::resource::Family;
use crate::types::TimeEntry;
use crate::wire::BusinessId;

/// Time entries that have a text somewhere, such as the name of a person. The answer is taken to be
/// that of the list (inferred).
pub fn search_time_entries(
    business: BusinessId,
    text: &str,
    page: PageRequest,
) -> Call<Page<TimeEntry>> {
    let mut query = Query::new();
    query
        .bare("q", Some(text))
        .bare("useSearchEndpoint", Some(true))
        .bare("page", Some(page.page()))
        .bare("per_page", Some(page.per_page()));
    let path = Family::TimeTracking.path(&business, "time_entries/search");
    read(
        "search time entries",
        query.onto(path),
        decode::page::<TimeEntry>,
    )
}

/// Time entries as the report on them reads them.
pub fn time_entry_details(business: BusinessId, page: PageRequest) -> Call<Page<TimeEntry>> {
    let mut query = Query::new();
    query
        .bare("page", Some(page.page()))
        .bare("per_page", Some(page.per_page()));
    let path = Family::Comments.path(&business, "time_entries/search");
    read(
        "get time entry details",
        query.onto(path),
        decode::page::<TimeEntry>,
    )
}
