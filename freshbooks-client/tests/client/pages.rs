//! Walks over pages: where they end, and what is wrong with some.

use freshbooks_client::{Bill, BillFilter, ErrorKind, Listing, Settings, VendorFilter};

use crate::scripted::{Answer, Scripted, account, bills, client, reply, unpaced};

fn page(number: u32, pages: u32, total: u64, ids: &[u64]) -> Answer {
    let rows: Vec<String> = ids
        .iter()
        .map(|id| format!(r#"{{"id":{id},"issue_date":"2026-01-31","vis_state":0}}"#))
        .collect();
    let rows = rows.join(",");
    reply(
        200,
        format!(
            r#"{{"response":{{"result":{{"bills":[{rows}],"page":{number},"pages":{pages},"per_page":100,"total":{total}}}}}}}"#
        ),
    )
}

async fn walk(
    settings: Settings,
    pages: impl IntoIterator<Item = Answer>,
) -> (Result<Listing<Bill>, freshbooks_client::Error>, usize) {
    let transport = Scripted::new(pages);
    let client = client(settings, &transport);
    let listing = bills(&client).list(BillFilter::default()).collect().await;
    (listing, transport.count())
}

fn ids(listing: &Listing<Bill>) -> Vec<u64> {
    listing.items.iter().map(|bill| bill.id.get()).collect()
}

#[tokio::test]
async fn a_walk_ends_at_the_stated_last_page() {
    let pages = [page(1, 2, 3, &[1, 2]), page(2, 2, 3, &[3]), reply(500, "")];
    let (listing, requests) = walk(unpaced(), pages).await;
    let listing = listing.unwrap();
    assert_eq!((ids(&listing), requests), (vec![1, 2, 3], 2));
    assert!(listing.is_complete());
    assert_eq!(listing.total, Some(3));
}

#[tokio::test]
async fn a_walk_ends_at_an_empty_page_and_not_at_a_short_one() {
    let no_count = |number: u32, rows: &str| {
        let body = format!(r#"{{"response":{{"result":{{"bills":[{rows}],"page":{number}}}}}}}"#);
        reply(200, body)
    };
    let row = |id: u32| format!(r#"{{"id":{id},"issue_date":"2026-01-31"}}"#);
    let pages = [no_count(1, &row(1)), no_count(2, &row(2)), no_count(3, "")];
    let (listing, requests) = walk(unpaced(), pages).await;
    assert_eq!((ids(&listing.unwrap()), requests), (vec![1, 2], 3));

    let (listing, requests) = walk(unpaced(), [page(1, 0, 0, &[]), reply(500, "")]).await;
    assert_eq!((listing.unwrap().items.len(), requests), (0, 1));
}

#[tokio::test]
async fn rows_that_shift_onto_the_next_page_are_given_once_and_leave_a_trace() {
    let pages = [page(1, 2, 3, &[1, 2]), page(2, 2, 4, &[2, 3])];
    let (listing, _) = walk(unpaced(), pages).await;
    let listing = listing.unwrap();
    assert_eq!(ids(&listing), [1, 2, 3]);
    assert!(!listing.is_complete(), "the total moved while walking");
}

#[tokio::test]
async fn a_repeated_page_and_a_foreign_page_are_errors() {
    let pages = [page(1, 9, 9, &[1, 2]), page(2, 9, 9, &[1, 2])];
    let (listing, requests) = walk(unpaced(), pages).await;
    assert_eq!(listing.unwrap_err().kind(), ErrorKind::Unexpected);
    assert_eq!(requests, 2);
    let pages = [page(1, 9, 9, &[1, 2]), page(1, 9, 9, &[3])];
    let (listing, _) = walk(unpaced(), pages).await;
    assert_eq!(listing.unwrap_err().kind(), ErrorKind::Unexpected);
}

#[tokio::test]
async fn a_walk_without_end_stops_at_the_limit() {
    let mut settings = unpaced();
    settings.pages_max = 3;
    let pages = (1..9).map(|n| page(n, 1000, 1000, &[u64::from(n)]));
    let (listing, requests) = walk(settings, pages).await;
    let error = listing.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("after 3 pages"), "{error}");
    assert_eq!(requests, 3);
}

#[tokio::test]
async fn a_page_that_fails_in_the_middle_leaves_no_listing() {
    let (listing, _) = walk(unpaced(), [page(1, 2, 2, &[1]), reply(404, "")]).await;
    assert_eq!(listing.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_listing_with_unreadable_rows_is_not_complete() {
    let body = r#"{"response":{"result":{"bill_vendors":[{"vendorid":1,"vendor_name":"A"},{"vendorid":2,"currency_code":"?"}],
        "page":1,"pages":1,"total":2}}}"#;
    let transport = Scripted::new([reply(200, body)]);
    let client = client(unpaced(), &transport);
    let mut pager = client.vendors(&account()).list(VendorFilter::default());
    assert_eq!(pager.try_next().await.unwrap().unwrap().id.get(), 1);
    assert!(pager.try_next().await.unwrap().is_none());
    assert_eq!(pager.problems()[0].id(), Some(2));
    let listing = client.vendors(&account()).list(VendorFilter::default());
    assert!(!listing.collect().await.unwrap().is_complete());
}
