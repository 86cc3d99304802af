//! Enumerations that stay open: a value this crate does not know is kept, never refused.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::scalar::scalar;

/// Declares an enum over texts with an `Other(String)` variant.
macro_rules! open_text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
            /// A value this version does not know, as FreshBooks wrote it.
            Other(String),
        }

        impl $name {
            /// The text FreshBooks uses.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = $crate::wire::scalar(deserializer)?;
                Ok(Self::from(text.as_deref().unwrap_or_default()))
            }
        }
    };
}
pub(crate) use open_text_enum;

/// Declares an enum over numbers with an `Other(i64)` variant.
macro_rules! open_number_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
            /// A number this version does not know.
            Other(i64),
        }

        impl $name {
            /// The number FreshBooks uses.
            pub const fn code(self) -> i64 {
                match self {
                    $(Self::$variant => $code,)+
                    Self::Other(code) => code,
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(match text.parse()? {
                    $($code => Self::$variant,)+
                    other => Self::Other(other),
                })
            }
        }
    };
}
pub(crate) use open_number_enum;

/// Declares an enum over the texts a request may hold, and no others.
macro_rules! closed_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// The text FreshBooks uses.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use closed_words;

/// Whether a record is live, deleted or archived (`vis_state`).
///
/// FreshBooks deletes softly: a GET of a deleted record still answers 200. Lists show active and
/// archived records, and deleted ones only when asked by filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum VisState {
    /// 0: in use.
    Active,
    /// 1: deleted, still readable.
    Deleted,
    /// 2: archived; still listed.
    Archived,
    /// A number this version does not know.
    Other(i64),
}

impl VisState {
    /// The number FreshBooks uses.
    pub const fn code(self) -> i64 {
        match self {
            Self::Active => 0,
            Self::Deleted => 1,
            Self::Archived => 2,
            Self::Other(code) => code,
        }
    }
}

impl From<i64> for VisState {
    fn from(code: i64) -> Self {
        match code {
            0 => Self::Active,
            1 => Self::Deleted,
            2 => Self::Archived,
            other => Self::Other(other),
        }
    }
}

impl std::str::FromStr for VisState {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<i64>().map(Self::from)
    }
}

impl fmt::Display for VisState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active => f.write_str("active"),
            Self::Deleted => f.write_str("deleted"),
            Self::Archived => f.write_str("archived"),
            Self::Other(code) => write!(f, "state {code}"),
        }
    }
}

impl Serialize for VisState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.code())
    }
}

impl<'de> Deserialize<'de> for VisState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = scalar(deserializer)?;
        text.as_deref()
            .unwrap_or_default()
            .parse()
            .map_err(D::Error::custom)
    }
}
