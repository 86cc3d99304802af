//! Expense vendors: the names expenses were given, unrelated to bill vendors.

use serde::Deserialize;

use crate::resource::sealed::Sealed;
use crate::resource::{Family, List, NoFilter, Resource, Shape, operations};
use crate::wire::AccountId;

/// A name that stands on at least one expense. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ExpenseVendor {
    /// The name, which is all there is of it.
    #[serde(rename = "vendor")]
    pub name: String,
}

impl Sealed for ExpenseVendor {}
impl Resource for ExpenseVendor {
    type Id = String;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "expenses/vendors",
        "vendor",
        &["vendors"],
        operations!("expense vendor"),
    );

    fn id(&self) -> String {
        self.name.clone()
    }
}
impl List for ExpenseVendor {
    type Filter = NoFilter;
}
