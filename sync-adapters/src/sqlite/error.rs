//! What a failure of the database means to a caller.

use sync_core::{Error, ErrorKind};

// Primary result codes (https://www.sqlite.org/rescode.html); extended ones keep them in the lowest byte.
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const READONLY: u32 = 8;
const IOERR: u32 = 10;
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const CANTOPEN: u32 = 14;
const NOTADB: u32 = 26;

/// The error of a failed statement; `doing` reads after "failed to".
pub(super) fn database(doing: &str) -> impl Fn(sqlx::Error) -> Error + '_ {
    move |error| {
        let (kind, why) = judge(&error);
        Error::new(kind, format!("{doing}: {why}")).with_source(error)
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the driver's list grows; what is not named here is all the same to a caller"
)]
fn judge(error: &sqlx::Error) -> (ErrorKind, &'static str) {
    match error {
        sqlx::Error::Database(inner) => {
            let code = inner
                .code()
                .and_then(|code| code.parse::<u32>().ok())
                .map(|code| code & 0xFF);
            match code {
                Some(BUSY | LOCKED) => (
                    ErrorKind::Unavailable,
                    "the database is locked by another process",
                ),
                Some(READONLY) => (ErrorKind::Unavailable, "the database is read-only"),
                Some(FULL) => (
                    ErrorKind::Unavailable,
                    "the disk is full, or the database has reached its size limit",
                ),
                Some(IOERR) => (
                    ErrorKind::Unavailable,
                    "the disk reports an input or output error",
                ),
                Some(CANTOPEN) => (ErrorKind::Unavailable, "the database file cannot be opened"),
                Some(CORRUPT) => (
                    ErrorKind::Corrupt,
                    "the database file is damaged: restore a backup",
                ),
                Some(NOTADB) => (ErrorKind::Corrupt, "the file is no SQLite database"),
                _ => (ErrorKind::Internal, "the database refuses the statement"),
            }
        }
        sqlx::Error::PoolTimedOut => (
            ErrorKind::Unavailable,
            "every connection to the database is busy",
        ),
        sqlx::Error::PoolClosed => (ErrorKind::Unavailable, "the database is closed"),
        sqlx::Error::Io(_) => (
            ErrorKind::Unavailable,
            "the disk reports an input or output error",
        ),
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnNotFound(_) => (ErrorKind::Corrupt, "a stored row cannot be read"),
        _ => (ErrorKind::Internal, "the database driver failed"),
    }
}
