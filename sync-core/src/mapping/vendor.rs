//! To whom a bill is owed: rule, then the contact's e-mail, then equal name; for cards the card table.

use super::condition::Decided;
use super::pick::{Gap, Named, Pick, Picked, usable};
use super::suggest::{candidate, merged, nearest};
use super::{Mapper, Source};
use crate::model::{Card, Employee, Vendor, normalized_name};

impl<'a> Mapper<'a> {
    /// The vendor a rule names, if one does.
    pub(crate) fn vendor_by_rule(&self, decided: &Decided<'_>) -> Named<&'a Vendor> {
        let rule = decided.vendor?;
        let id = rule.then().vendor?;
        let by = rule.source();
        Some(
            usable(
                self.snapshot.vendor(id),
                |vendor| vendor.active,
                &id,
                "vendor",
                &by,
            )
            .map(|vendor| Picked::new(vendor, by, rule.fields())),
        )
    }

    /// The vendor that stands for an employee. Inactive vendors do not count; two that fit are never guessed between.
    pub(crate) fn vendor_of_employee(&self, employee: &Employee) -> Pick<&'a Vendor> {
        let email = employee.email.trim();
        if self.rules.ladders.vendor_by_email && !email.is_empty() {
            let fitting = self
                .snapshot
                .vendors_by_email(email)
                .filter(|vendor| vendor.active);
            if let Some(vendor) = only_one(fitting, "equal e-mail")? {
                return Ok(Picked::new(vendor, Source::Email, "accountEmail"));
            }
        }
        let name = employee
            .name
            .as_deref()
            .filter(|name| !name.trim().is_empty());
        if self.rules.ladders.vendor_by_name
            && let Some(name) = name
        {
            let fitting = self
                .snapshot
                .vendors_by_name(name)
                .filter(|vendor| vendor.active);
            if let Some(vendor) = only_one(fitting, "equal name")? {
                return Ok(Picked::new(vendor, Source::EqualName, "submitter.fullName"));
            }
        }
        let by_email = self
            .snapshot
            .vendors_by_email(email)
            .filter(|_| !email.is_empty());
        let by_email = by_email.map(|vendor| {
            let why = if vendor.active {
                "equal e-mail"
            } else {
                "equal e-mail, but inactive"
            };
            candidate(vendor.id.get(), &vendor.name, why)
        });
        let active = self
            .snapshot
            .parts()
            .vendors
            .iter()
            .filter(|vendor| vendor.active);
        let by_name = nearest(
            name.unwrap_or_else(|| email.split('@').next().unwrap_or_default()),
            active.map(|vendor| (vendor.id.get(), vendor.name.as_str())),
        );
        Err(Gap::Missing(merged(by_email.collect(), by_name)))
    }

    /// Whether no vendor, active or not, has this contact e-mail. A new vendor beside one that someone has deactivated
    /// would undo that decision.
    pub(crate) fn has_no_vendor_with_email(&self, email: &str) -> bool {
        self.snapshot.vendors_by_email(email).next().is_none()
    }

    /// The vendor of the card a company-paid expense came from: by the card's name, else by its feed. The empty key
    /// stands for cash.
    pub(crate) fn vendor_of_card(&self, card: Option<&Card>) -> Named<&'a Vendor> {
        let feed = card
            .map(|card| normalized_name(&card.bank))
            .unwrap_or_default();
        let name = card
            .and_then(|card| card.name.as_deref())
            .map(normalized_name)
            .unwrap_or_default();
        let by_name = self
            .cards
            .get_key_value(&name)
            .filter(|(name, _)| !name.is_empty());
        let (entry, field) = match by_name {
            Some(entry) => (entry, "cardName"),
            None => (self.cards.get_key_value(&feed)?, "bank"),
        };
        let (card, id) = entry;
        let by = Source::CardTable(card.clone());
        Some(
            usable(
                self.snapshot.vendor(*id),
                |vendor| vendor.active,
                id,
                "vendor",
                &by,
            )
            .map(|vendor| Picked::new(vendor, by, field)),
        )
    }
}

fn only_one<'a>(
    fitting: impl Iterator<Item = &'a Vendor>,
    why: &str,
) -> Result<Option<&'a Vendor>, Gap> {
    let fitting: Vec<_> = fitting.collect();
    match fitting.as_slice() {
        [] => Ok(None),
        [vendor] => Ok(Some(vendor)),
        several => Err(Gap::Ambiguous(
            several
                .iter()
                .map(|v| candidate(v.id.get(), &v.name, why))
                .collect(),
        )),
    }
}
