//! The walk over all pages of a list.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;

use super::Client;
use crate::calls;
use crate::error::{Cause, Effect, Error, ErrorKind};
use crate::page::{Page, PageRequest, RowProblem};
use crate::resource::List;

/// Walks the pages of a list.
///
/// It ends only where FreshBooks marks the end: its count of pages, or an empty page. Rows that
/// shifted onto a later page while walking are given once; a page that repeats the one before it is
/// an error, and so is a list longer than the client's limit.
pub struct Pager<R: List> {
    client: Client,
    owner: R::Owner,
    filter: R::Filter,
    next_page: u32,
    ended: bool,
    seen: BTreeSet<R::Id>,
    last_ids: Vec<R::Id>,
    waiting: VecDeque<R>,
    problems: Vec<RowProblem>,
    total: Option<u64>,
    total_moved: bool,
}

/// All rows of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing<R> {
    /// The rows that could be read, each once, in FreshBooks' order.
    pub items: Vec<R>,
    /// The rows that could not.
    pub problems: Vec<RowProblem>,
    /// How many rows FreshBooks states; it may count rows this user may not read.
    pub total: Option<u64>,
    steady: bool,
}

impl<R> Listing<R> {
    /// Whether it proves that what is not in it does not exist: the walk reached FreshBooks' end mark,
    /// every row could be read, and the stated total stayed the same throughout. (There is no
    /// snapshot: a row that goes away while walking can hide its neighbour.)
    pub fn is_complete(&self) -> bool {
        self.steady && self.problems.is_empty()
    }
}

impl<R: List> Pager<R> {
    pub(super) fn new(client: Client, owner: R::Owner, filter: R::Filter) -> Self {
        Self {
            client,
            owner,
            filter,
            next_page: 1,
            ended: false,
            seen: BTreeSet::new(),
            last_ids: Vec::new(),
            waiting: VecDeque::new(),
            problems: Vec::new(),
            total: None,
            total_moved: false,
        }
    }

    /// The next page, without rows that were given before; `None` after the last.
    ///
    /// # Errors
    /// As [`Client::send`], [`ErrorKind::Unexpected`] for a page that repeats the one before it and for
    /// another page than asked for, and [`ErrorKind::TooLarge`] for more pages than allowed. Asking
    /// again after an error asks for the same page.
    pub async fn next_page(&mut self) -> Result<Option<Page<R>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let limit = self.client.settings().pages_max;
        if self.next_page > limit {
            let cause = Cause::EndlessPages { limit };
            return Err(Error::new(
                ErrorKind::TooLarge,
                Effect::None,
                R::SHAPE.operations.list,
                cause,
            ));
        }
        let asked = PageRequest::new(self.next_page, self.client.settings().rows_per_page);
        let call = calls::list::<R>(&self.owner, &self.filter, asked);
        let mut page = self.client.send(&call).await?;
        self.check(asked, &page)?;
        self.ended = page.is_last(asked);
        self.next_page = self.next_page.saturating_add(1);
        self.last_ids = page.items.iter().map(R::id).collect();
        page.items.retain(|row| self.seen.insert(row.id()));
        if !page.is_empty() {
            self.total_moved |= self.total.is_some() && page.total != self.total;
            self.total = page.total;
        }
        Ok(Some(page))
    }

    /// The next row that could be read, or why there is none; `None` after the last. The rows that
    /// could not be read are in [`problems`](Self::problems).
    pub async fn next(&mut self) -> Option<Result<R, Error>> {
        self.try_next().await.transpose()
    }

    /// As [`next`](Self::next), the other way around: made for `?` and `while let`.
    ///
    /// # Errors
    /// As [`next_page`](Self::next_page).
    pub async fn try_next(&mut self) -> Result<Option<R>, Error> {
        loop {
            if let Some(row) = self.waiting.pop_front() {
                return Ok(Some(row));
            }
            let Some(page) = self.next_page().await? else {
                return Ok(None);
            };
            self.waiting.extend(page.items);
            self.problems.extend(page.problems);
        }
    }

    /// The rows that [`try_next`](Self::try_next) could not read so far.
    pub fn problems(&self) -> &[RowProblem] {
        &self.problems
    }

    /// Walks to the end and gives all rows.
    ///
    /// # Errors
    /// As [`next_page`](Self::next_page); then there is no listing, because a part of one proves
    /// nothing.
    pub async fn collect(mut self) -> Result<Listing<R>, Error> {
        let mut items: Vec<R> = std::mem::take(&mut self.waiting).into();
        let mut problems = std::mem::take(&mut self.problems);
        while let Some(page) = self.next_page().await? {
            items.extend(page.items);
            problems.extend(page.problems);
        }
        Ok(Listing {
            items,
            problems,
            total: self.total,
            steady: !self.total_moved,
        })
    }

    fn check(&self, asked: PageRequest, page: &Page<R>) -> Result<(), Error> {
        if page.is_empty() {
            return Ok(());
        }
        let asked = asked.page();
        if let Some(answered) = page.page.filter(|answered| *answered != asked) {
            return Err(Self::broken(Cause::WrongPage { asked, answered }));
        }
        let same = page
            .items
            .iter()
            .map(R::id)
            .eq(self.last_ids.iter().cloned());
        if same && !self.last_ids.is_empty() {
            return Err(Self::broken(Cause::RepeatedPage { page: asked }));
        }
        Ok(())
    }

    fn broken(cause: Cause) -> Error {
        let operation = R::SHAPE.operations.list;
        Error::new(ErrorKind::Unexpected, Effect::None, operation, cause)
    }
}

impl<R: List> fmt::Debug for Pager<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager")
            .field("operation", &R::SHAPE.operations.list)
            .field("next_page", &self.next_page)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
