//! One page of a list, with what could not be read on it.

use std::fmt;

/// Most rows FreshBooks gives on one page; it silently caps what is above.
pub const PER_PAGE_MAX: u32 = 100;

/// Which page to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageRequest {
    page: u32,
    per_page: u32,
}

impl PageRequest {
    /// Page numbers start at 1; `per_page` is held between 1 and [`PER_PAGE_MAX`].
    pub fn new(page: u32, per_page: u32) -> Self {
        Self {
            page: page.max(1),
            per_page: per_page.clamp(1, PER_PAGE_MAX),
        }
    }

    /// The page number, from 1.
    pub const fn page(self) -> u32 {
        self.page
    }

    /// Rows per page.
    pub const fn per_page(self) -> u32 {
        self.per_page
    }
}

/// The first page, as long as FreshBooks allows. (FreshBooks' own default of 15 makes clients miss
/// rows.)
impl Default for PageRequest {
    fn default() -> Self {
        Self::new(1, PER_PAGE_MAX)
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<R> {
    /// The rows that could be read, in FreshBooks' order.
    pub items: Vec<R>,
    /// The rows that could not. A page with any is no proof that something is absent.
    pub problems: Vec<RowProblem>,
    /// The page number FreshBooks states.
    pub page: Option<u32>,
    /// How many pages FreshBooks states.
    pub pages: Option<u32>,
    /// How many rows in all FreshBooks states. It may count rows this user may not read.
    pub total: Option<u64>,
}

impl<R> Page<R> {
    /// Whether the page has no row at all, not even an unreadable one.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.problems.is_empty()
    }

    /// Whether FreshBooks marks this as the end: an empty page, or the last by its own count.
    pub fn is_last(&self, asked: PageRequest) -> bool {
        self.is_empty() || self.pages.is_some_and(|pages| asked.page() >= pages)
    }
}

/// A row that could not be read, on a page that otherwise could.
///
/// `Debug` and `Display` show neither the row nor the reader's complaint, which quotes it.
#[derive(Clone, PartialEq, Eq)]
pub struct RowProblem {
    pub(crate) position: usize,
    pub(crate) id: Option<u64>,
    pub(crate) detail: String,
    pub(crate) raw: Box<str>,
}

impl RowProblem {
    /// Where on the page it stands, from 0.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Its id, if at least that could be read.
    pub fn id(&self) -> Option<u64> {
        self.id
    }

    /// What is wrong with it; may quote values of the row.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The row as FreshBooks sent it.
    pub fn raw(&self) -> &str {
        &self.raw
    }
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} cannot be read", self.position)?;
        match self.id {
            Some(id) => write!(f, " (id {id})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowProblem")
            .field("position", &self.position)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
