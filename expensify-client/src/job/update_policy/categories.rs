//! Categories.

use serde_json::{Value, json};

use crate::job::policy::Category;

/// What becomes of a policy's categories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoriesUpdate {
    action: &'static str,
    categories: Vec<Category>,
}

impl CategoriesUpdate {
    /// Adds the named ones or changes them; the others stay.
    pub fn merge(categories: impl IntoIterator<Item = Category>) -> Self {
        Self {
            action: "merge",
            categories: Vec::from_iter(categories),
        }
    }

    /// Puts the named ones in place of all others, which are dropped.
    pub fn replace_all(categories: impl IntoIterator<Item = Category>) -> Self {
        Self {
            action: "replace",
            categories: Vec::from_iter(categories),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.categories.is_empty()
    }

    pub(super) fn wire(&self) -> Value {
        let categories: Vec<Value> = self.categories.iter().map(category).collect();
        json!({"action": self.action, "data": categories})
    }
}

fn category(category: &Category) -> Value {
    let mut wire = json!({"name": category.name, "enabled": category.enabled});
    for (key, text) in [
        ("glCode", &category.gl_code),
        ("payrollCode", &category.payroll_code),
        ("commentHint", &category.comment_hint),
    ] {
        if let Some(text) = text {
            wire[key] = text.as_str().into();
        }
    }
    if let Some(required) = category.are_comments_required {
        wire["areCommentsRequired"] = required.into();
    }
    if let Some(most) = category.max_expense_amount {
        wire["maxExpenseAmount"] = most.value().into();
    }
    wire
}
