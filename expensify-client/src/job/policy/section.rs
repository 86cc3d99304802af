//! The sections of a policy, and how the ones that are asked for decide what comes back.

use std::collections::BTreeSet;
use std::fmt;

use super::model::{Category, Employee, Policy, ReportField, TagLevelDefinition, Taxes};

/// A part of a policy that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PolicySection {
    /// Categories.
    Categories,
    /// Report fields.
    ReportFields,
    /// Tags.
    Tags,
    /// Taxes.
    Tax,
    /// Employees.
    Employees,
}

impl PolicySection {
    /// All five.
    pub const ALL: [Self; 5] = [
        Self::Categories,
        Self::ReportFields,
        Self::Tags,
        Self::Tax,
        Self::Employees,
    ];

    /// The service's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Categories => "categories",
            Self::ReportFields => "reportFields",
            Self::Tags => "tags",
            Self::Tax => "tax",
            Self::Employees => "employees",
        }
    }
}

mod sealed {
    #[expect(unnameable_types, reason = "unnameable is what seals a trait")]
    pub trait Sealed {}
}

/// The sections to ask for, as a type that decides what comes back.
///
/// [`Categories`], [`ReportFields`], [`Tags`], [`Tax`] and [`Employees`] are each a set of one, tuples of them a set of
/// several: `(Categories, Tax)` comes back as `(Vec<Category>, Taxes)`, so that a section that was not asked for is not
/// there to be read. A `BTreeSet<PolicySection>` is for programs that decide while they run, and comes back as
/// [`Policy`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name sections of a policy",
    label = "write `Categories`, a tuple like `(Categories, Tax)`, or a `BTreeSet<PolicySection>`"
)]
pub trait SectionSet: sealed::Sealed + fmt::Debug + Send + Sync {
    /// What comes back for each policy.
    type Content;

    /// The sections, in the order they were named.
    fn sections(&self) -> Vec<PolicySection>;

    /// Takes the content out of what was read; the error is the section that is missing.
    #[doc(hidden)]
    fn take(read: &mut Policy) -> Result<Self::Content, PolicySection>;
}

macro_rules! section {
    ($(#[$doc:meta])* $name:ident, $field:ident: $content:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name;

        impl sealed::Sealed for $name {}

        impl SectionSet for $name {
            type Content = $content;

            fn sections(&self) -> Vec<PolicySection> {
                vec![PolicySection::$name]
            }

            fn take(read: &mut Policy) -> Result<$content, PolicySection> {
                read.$field.take().ok_or(PolicySection::$name)
            }
        }
    };
}

section!(
    /// Asks for the categories of a policy.
    Categories, categories: Vec<Category>
);
section!(
    /// Asks for the report fields of a policy.
    ReportFields, report_fields: Vec<ReportField>
);
section!(
    /// Asks for the tags of a policy, by level; single-level tags are one level without a name.
    Tags, tags: Vec<TagLevelDefinition>
);
section!(
    /// Asks for the taxes of a policy; without rates if it has none.
    Tax, tax: Taxes
);
section!(
    /// Asks for the employees of a policy.
    Employees, employees: Vec<Employee>
);

macro_rules! tuple {
    ($($name:ident . $index:tt),+) => {
        impl<$($name: SectionSet),+> sealed::Sealed for ($($name,)+) {}

        impl<$($name: SectionSet),+> SectionSet for ($($name,)+) {
            type Content = ($($name::Content,)+);

            fn sections(&self) -> Vec<PolicySection> {
                [$(self.$index.sections()),+].concat()
            }

            fn take(read: &mut Policy) -> Result<Self::Content, PolicySection> {
                Ok(($($name::take(read)?,)+))
            }
        }
    };
}

tuple!(A.0, B.1);
tuple!(A.0, B.1, C.2);
tuple!(A.0, B.1, C.2, D.3);
tuple!(A.0, B.1, C.2, D.3, E.4);

impl sealed::Sealed for BTreeSet<PolicySection> {}

impl SectionSet for BTreeSet<PolicySection> {
    type Content = Policy;

    fn sections(&self) -> Vec<PolicySection> {
        self.iter().copied().collect()
    }

    fn take(read: &mut Policy) -> Result<Policy, PolicySection> {
        Ok(std::mem::take(read))
    }
}
