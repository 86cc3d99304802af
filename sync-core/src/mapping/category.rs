//! Which expense category a line is charged to: rule, then GL code, then equal name.

use super::condition::Decided;
use super::pick::{Gap, Pick, Picked, usable};
use super::suggest::{candidate, merged, nearest};
use super::text::normalized_path;
use super::{Candidate, Mapper, Source};
use crate::model::{Expense, ExpenseCategory, normalized_name};

impl<'a> Mapper<'a> {
    /// Walks the category ladder.
    pub(crate) fn category(
        &self,
        expense: &Expense,
        decided: &Decided<'_>,
    ) -> Pick<&'a ExpenseCategory> {
        if let Some(rule) = decided.category
            && let Some(id) = rule.then().category
        {
            let by = rule.source();
            let category = usable(
                self.snapshot.category(id),
                |row| row.active,
                &id,
                "category",
                &by,
            )?;
            return Ok(Picked::new(category, by, rule.fields()));
        }
        let gl_code = expense
            .category_gl_code
            .as_deref()
            .map(str::trim)
            .filter(|code| !code.is_empty());
        if self.rules.ladders.category_by_gl_code
            && let Some(code) = gl_code
            && let Some(category) = only_one(&self.categories_by_gl_code(code), "equal GL code")?
        {
            return Ok(Picked::new(
                category,
                Source::GlCode(code.to_owned()),
                "categoryGlCode",
            ));
        }
        let name = expense
            .category
            .as_deref()
            .filter(|name| !name.trim().is_empty());
        if self.rules.ladders.category_by_name
            && let Some(name) = name
            && let Some(category) = only_one(&self.categories_by_name(name), "equal name")?
        {
            return Ok(Picked::new(category, Source::EqualName, "category"));
        }
        Err(Gap::Missing(self.category_suggestions(name, gl_code)))
    }

    /// Active categories that active ledger accounts of this number link to, each once.
    fn categories_by_gl_code(&self, code: &str) -> Vec<&'a ExpenseCategory> {
        let mut categories: Vec<_> = self
            .snapshot
            .accounts_by_number(code)
            .filter(|account| account.active)
            .filter_map(|account| account.category)
            .filter_map(|id| self.snapshot.category(id))
            .filter(|category| category.active)
            .collect();
        categories.sort_by_key(|category| category.id);
        categories.dedup_by_key(|category| category.id);
        categories
    }

    /// Active categories of that name; for `Parent:Child`, else those named `Child` under a parent of that name.
    fn categories_by_name(&self, name: &str) -> Vec<&'a ExpenseCategory> {
        let whole: Vec<_> = self
            .snapshot
            .categories_by_name(name)
            .filter(|category| category.active)
            .collect();
        if !whole.is_empty() {
            return whole;
        }
        let Some((parent, child)) = name.rsplit_once(':') else {
            return whole;
        };
        let parent = normalized_path(parent);
        self.snapshot
            .categories_by_name(child)
            .filter(|category| category.active)
            .filter(|category| {
                category
                    .parent
                    .and_then(|id| self.snapshot.category(id))
                    .is_some_and(|above| normalized_name(&above.name) == parent)
            })
            .collect()
    }

    fn category_suggestions(&self, name: Option<&str>, gl_code: Option<&str>) -> Vec<Candidate> {
        let by_code = gl_code
            .map(|code| self.categories_by_gl_code(code))
            .unwrap_or_default();
        let by_code = by_code
            .into_iter()
            .map(|c| candidate(c.id.get(), &c.name, "equal GL code"))
            .collect();
        let active = self
            .snapshot
            .parts()
            .categories
            .iter()
            .filter(|category| category.active);
        let by_name = name
            .map(|name| nearest(name, active.map(|c| (c.id.get(), c.name.as_str()))))
            .unwrap_or_default();
        merged(by_code, by_name)
    }
}

/// One fits, none fits, or a person must choose.
fn only_one<'a>(
    fitting: &[&'a ExpenseCategory],
    why: &str,
) -> Result<Option<&'a ExpenseCategory>, Gap> {
    match fitting {
        [] => Ok(None),
        [category] => Ok(Some(category)),
        several => Err(Gap::Ambiguous(
            several
                .iter()
                .map(|category| candidate(category.id.get(), &category.name, why))
                .collect(),
        )),
    }
}
