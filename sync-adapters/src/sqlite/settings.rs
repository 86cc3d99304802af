//! How a database is opened.

use std::time::Duration;

/// Whether a program may write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SqliteAccess {
    /// Read and write; the file is created, readable by its owner alone, when it is missing.
    #[default]
    ReadWrite,
    /// Read only: the file must be there and of this program's version.
    ReadOnly,
}

/// How a database is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqliteSettings {
    /// How long a call waits for another process that is writing. Default 5 s; 0 to 60 s, longer is taken as 60 s.
    pub busy_timeout: Duration,
    /// Connections that read. Default 4; 1 to 64, others are moved there.
    pub readers: u32,
    /// Upper bound of the file in pages of 4096 bytes; beyond it writes are refused as on a full disk. Default none.
    pub pages_max: Option<u32>,
    /// Page cache of each connection in KiB. Default 32,768; 2,048 to 1,048,576, others are moved there.
    pub cache_kib: u32,
    /// Whether to write. Default [`SqliteAccess::ReadWrite`].
    pub access: SqliteAccess,
}

impl SqliteSettings {
    pub(super) fn busy_timeout(&self) -> Duration {
        self.busy_timeout.min(Duration::from_mins(1))
    }

    pub(super) fn cache_kib(&self) -> u32 {
        self.cache_kib.clamp(2_048, 1_048_576)
    }

    pub(super) fn readers(&self) -> u32 {
        self.readers.clamp(1, 64)
    }
}

impl Default for SqliteSettings {
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(5),
            readers: 4,
            pages_max: None,
            cache_kib: 32_768,
            access: SqliteAccess::ReadWrite,
        }
    }
}
