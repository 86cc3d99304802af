//! A file of which parts are damaged, or which may only be read.

use sync_core::ports::{EntryQuery, Store};
use sync_core::state::StoredReport;
use sync_core::{ErrorKind, Result};

use super::{Place, batch, leased, reports, says};
use crate::sqlite::{SqliteSettings, SqliteStore};
use sync_core::testing::samples;

/// Bytes of a page.
const PAGE: usize = 4096;

/// Reads everything there is of the connection, and writes a report. Gives the reports as they were.
async fn use_all(store: &SqliteStore) -> Result<Vec<StoredReport>> {
    let id = samples::connection();
    let reports = reports(store).await?;
    let entries = EntryQuery {
        limit: 10_000,
        ..EntryQuery::default()
    };
    store.entries(&id, &entries).await?;
    store.review_items(&id, false).await?;
    store.audit(&id, 0, 10_000).await?;
    let lease = store
        .acquire_lease(&id, "test", super::TTL, samples::start())
        .await?;
    store.intake(&lease, batch(3), samples::start()).await?;
    store.release_lease(&lease).await?;
    Ok(reports)
}

#[tokio::test]
async fn any_one_damaged_page_is_told_as_damage_or_was_not_needed_and_never_gives_other_data() {
    let place = Place::new();
    let store = place.store().await;
    let lease = leased(&store).await;
    store
        .intake(&lease, batch(200), samples::start())
        .await
        .unwrap();
    store.release_lease(&lease).await.unwrap();
    let stored = reports(&store).await.unwrap();
    store.close().await;
    let sound = std::fs::read(place.path()).unwrap();
    let pages = sound.len() / PAGE;
    assert!(pages > 20, "{pages} pages");
    let (mut told, mut unneeded) = (0, 0);
    for page in 0..pages {
        let mut damaged = sound.clone();
        damaged[page * PAGE..][..PAGE].fill(0xA5);
        let place = Place::new();
        std::fs::write(place.path(), damaged).unwrap();
        let used = match place.open(SqliteSettings::default()).await {
            Ok(store) => {
                let used = use_all(&store).await;
                store.close().await;
                used
            }
            Err(error) => Err(error),
        };
        match used {
            Ok(read) => {
                assert_eq!(read, stored, "page {page}");
                unneeded += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "page {page}: {error:?}");
                told += 1;
            }
        }
    }
    assert!(told > pages / 2, "{told} told, {unneeded} not needed");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_may_only_be_read_is_named_and_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = Place::new();
    place.store().await.close().await;
    let only_read = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    only_read(&place.path(), 0o400);
    only_read(place.folder.path(), 0o500);
    let may_write_all_the_same = std::fs::OpenOptions::new()
        .write(true)
        .open(place.path())
        .is_ok();
    if may_write_all_the_same {
        println!("skipped: this user may write what is marked as read-only");
    } else {
        let before = std::fs::read(place.path()).unwrap();
        let opened = place.open(SqliteSettings::default()).await;
        let error = match opened {
            Ok(store) => use_all(&store).await.unwrap_err(),
            Err(error) => error,
        };
        says(&error, ErrorKind::Unavailable, "read-only");
        assert_eq!(std::fs::read(place.path()).unwrap(), before);
    }
    only_read(place.folder.path(), 0o700);
}
