//! An immutable copy of what planning must know of the ledger.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    CategoryId, ClientId, Currency, Fingerprint, FingerprintWriter, LedgerId, ProjectId, StaffId,
    TaxId, VendorId,
};

/// Someone the business owes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vendor {
    /// Its id.
    pub id: VendorId,
    /// Its name.
    pub name: String,
    /// E-mail of its contact.
    pub email: Option<String>,
    /// Default currency.
    pub currency: Option<Currency>,
    /// Whether it may be used: neither deleted nor archived.
    pub active: bool,
}

/// A category expenses and bill lines are charged to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpenseCategory {
    /// Its id.
    pub id: CategoryId,
    /// Its name.
    pub name: String,
    /// The category above it.
    pub parent: Option<CategoryId>,
    /// Whether it may be used.
    pub active: bool,
}

/// An account in the chart of accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerAccount {
    /// Its number, which GL codes are compared with.
    pub number: String,
    /// Its name.
    pub name: String,
    /// The expense category that posts to it.
    pub category: Option<CategoryId>,
    /// Whether it may be used.
    pub active: bool,
}

/// A tax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// Its id.
    pub id: TaxId,
    /// Its name, by which lines refer to it.
    pub name: String,
    /// Percent: 20 means 20 %; absent when FreshBooks holds none.
    pub percent: Option<Decimal>,
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its title.
    pub title: String,
    /// Whether it may be used.
    pub active: bool,
}

/// A client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// Organisation, or the person's name where there is none.
    pub name: String,
    /// Whether it may be used.
    pub active: bool,
}

/// A staff member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Number expenses name.
    pub id: StaffId,
    /// E-mail.
    pub email: Option<String>,
    /// Name.
    pub name: String,
}

/// What the plan and the scopes of the account allow. `None` is "not known", which never blocks (reference 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Bills, bill vendors and bill payments.
    pub accounts_payable: Option<bool>,
}

/// The lists a [`Snapshot`] is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotParts {
    /// The books they were read from.
    pub ledger: LedgerId,
    /// Currency amounts fall back to.
    pub base_currency: Option<Currency>,
    /// Vendors, deleted ones left out.
    pub vendors: Vec<Vendor>,
    /// Expense categories.
    pub categories: Vec<ExpenseCategory>,
    /// The chart of accounts; `None` when it could not be read (the scope it needs is UNVERIFIED, reference 1.6).
    pub ledger_accounts: Option<Vec<LedgerAccount>>,
    /// Taxes.
    pub taxes: Vec<Tax>,
    /// Projects; `None` when not read because no rule names one.
    pub projects: Option<Vec<Project>>,
    /// Clients; `None` when not read because no rule names one.
    pub clients: Option<Vec<Client>>,
    /// Staff.
    pub staff: Vec<Staff>,
    /// What the account allows.
    pub capabilities: Capabilities,
}

/// What planning knows of the ledger, sorted and indexed. Two snapshots of equal content are equal, whatever order
/// the ledger listed things in.
#[derive(Clone, Debug)]
pub struct Snapshot {
    parts: SnapshotParts,
    vendors_by_email: BTreeMap<String, Vec<usize>>,
    vendors_by_name: BTreeMap<String, Vec<usize>>,
    categories_by_name: BTreeMap<String, Vec<usize>>,
    accounts_by_number: BTreeMap<String, Vec<usize>>,
}

impl Snapshot {
    /// Sorts and indexes the lists.
    pub fn new(mut parts: SnapshotParts) -> Self {
        parts.vendors.sort_by_key(|vendor| vendor.id);
        parts.categories.sort_by_key(|category| category.id);
        parts.taxes.sort_by_key(|tax| tax.id);
        parts.staff.sort_by_key(|staff| staff.id);
        if let Some(accounts) = &mut parts.ledger_accounts {
            accounts.sort_by(|a, b| (&a.number, &a.name).cmp(&(&b.number, &b.name)));
        }
        if let Some(projects) = &mut parts.projects {
            projects.sort_by_key(|project| project.id);
        }
        if let Some(clients) = &mut parts.clients {
            clients.sort_by_key(|client| client.id);
        }
        Self {
            vendors_by_email: index(&parts.vendors, |v| {
                v.email.as_deref().map(|e| e.trim().to_lowercase())
            }),
            vendors_by_name: index(&parts.vendors, |v| Some(normalized_name(&v.name))),
            categories_by_name: index(&parts.categories, |c| Some(normalized_name(&c.name))),
            accounts_by_number: index(parts.ledger_accounts.as_deref().unwrap_or_default(), |a| {
                Some(a.number.trim().to_owned()).filter(|number| !number.is_empty())
            }),
            parts,
        }
    }

    /// The lists, sorted.
    pub const fn parts(&self) -> &SnapshotParts {
        &self.parts
    }

    /// The vendor of that id.
    pub fn vendor(&self, id: VendorId) -> Option<&Vendor> {
        find(&self.parts.vendors, |vendor| vendor.id, id)
    }

    /// The category of that id.
    pub fn category(&self, id: CategoryId) -> Option<&ExpenseCategory> {
        find(&self.parts.categories, |category| category.id, id)
    }

    /// The tax of that name, letter case aside.
    pub fn tax(&self, name: &str) -> Option<&Tax> {
        let wanted = normalized_name(name);
        self.parts
            .taxes
            .iter()
            .find(|tax| normalized_name(&tax.name) == wanted)
    }

    /// The staff member of that number.
    pub fn staff(&self, id: StaffId) -> Option<&Staff> {
        find(&self.parts.staff, |staff| staff.id, id)
    }

    /// Vendors with that contact e-mail, letter case aside.
    pub fn vendors_by_email(&self, email: &str) -> impl Iterator<Item = &Vendor> {
        pick(
            &self.parts.vendors,
            self.vendors_by_email.get(&email.trim().to_lowercase()),
        )
    }

    /// Vendors of that [normalised name](normalized_name).
    pub fn vendors_by_name(&self, name: &str) -> impl Iterator<Item = &Vendor> {
        pick(
            &self.parts.vendors,
            self.vendors_by_name.get(&normalized_name(name)),
        )
    }

    /// Categories of that [normalised name](normalized_name).
    pub fn categories_by_name(&self, name: &str) -> impl Iterator<Item = &ExpenseCategory> {
        pick(
            &self.parts.categories,
            self.categories_by_name.get(&normalized_name(name)),
        )
    }

    /// Ledger accounts of that number.
    pub fn accounts_by_number(&self, number: &str) -> impl Iterator<Item = &LedgerAccount> {
        pick(
            self.parts.ledger_accounts.as_deref().unwrap_or_default(),
            self.accounts_by_number.get(number.trim()),
        )
    }

    /// Hash of the whole content: what a saved plan rests on.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut w = FingerprintWriter::new("snapshot/v1");
        // Sorted lists of plain values: equal content gives equal JSON.
        w.text(&serde_json::to_string(&self.parts).unwrap_or_default());
        w.finish()
    }
}

/// A name with letter case, surrounding space and runs of space taken out: how names are compared everywhere.
pub fn normalized_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for word in name.split_whitespace() {
        if !normal.is_empty() {
            normal.push(' ');
        }
        if word.is_ascii() {
            // Most names, and several times faster than the way below.
            let start = normal.len();
            normal.push_str(word);
            if let Some(added) = normal.get_mut(start..) {
                added.make_ascii_lowercase();
            }
        } else {
            normal.extend(word.chars().flat_map(char::to_lowercase));
        }
    }
    normal
}

fn index<T>(rows: &[T], key: impl Fn(&T) -> Option<String>) -> BTreeMap<String, Vec<usize>> {
    let mut by_key: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (position, row) in rows.iter().enumerate() {
        if let Some(key) = key(row) {
            by_key.entry(key).or_default().push(position);
        }
    }
    by_key
}

fn pick<'a, T>(rows: &'a [T], positions: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a T> {
    positions
        .into_iter()
        .flatten()
        .filter_map(|position| rows.get(*position))
}

fn find<T, K: Ord + Copy>(rows: &[T], key: impl Fn(&T) -> K, wanted: K) -> Option<&T> {
    rows.binary_search_by(|row| key(row).cmp(&wanted))
        .ok()
        .and_then(|position| rows.get(position))
}
