//! Drafts to what FreshBooks takes.

use freshbooks_client as wire;
use sync_core::model::{
    BillDraft, BillLine, Currency, Draft, ExpenseDraft, Marker, Money, TaxRate, VendorDraft,
};

/// Longest line description, in characters. FreshBooks' limit is UNVERIFIED; another client cuts at 500 (3.3).
const DESCRIPTION_CHARS_MAX: usize = 500;
/// Longest notes of an expense, in characters. FreshBooks' limit is UNVERIFIED; another client cuts at 1000 (3.1).
const NOTES_CHARS_MAX: usize = 1000;
/// Longest name, in characters: ours, so that hostile text stays bounded.
const NAME_CHARS_MAX: usize = 255;

/// A record ready to be sent.
#[derive(Clone, Debug)]
pub(in crate::freshbooks) enum NewRecord {
    /// A bill.
    Bill(wire::NewBill),
    /// An expense.
    Expense(wire::NewExpense),
    /// A vendor.
    Vendor(wire::NewVendor),
}

/// What FreshBooks takes for a draft, or which field it could never take.
pub(in crate::freshbooks) fn new_record(draft: &Draft) -> Result<NewRecord, &'static str> {
    match draft {
        Draft::Bill(draft) => bill(draft).map(NewRecord::Bill),
        Draft::Expense(draft) => expense(draft).map(NewRecord::Expense),
        Draft::Vendor(draft) => vendor(draft).map(NewRecord::Vendor),
    }
}

/// Other values for a record that is there.
#[derive(Clone, Debug)]
pub(in crate::freshbooks) enum RecordUpdate {
    /// Of a bill.
    Bill(wire::BillUpdate),
    /// Of an expense.
    Expense(Box<wire::ExpenseUpdate>),
}

/// What FreshBooks takes to make a record what a draft says: always every value that may be changed in place, so that the
/// same request twice is the same as once. Never a visibility.
pub(in crate::freshbooks) fn record_update(draft: &Draft) -> Result<RecordUpdate, &'static str> {
    match draft {
        Draft::Bill(draft) => bill_update(draft).map(RecordUpdate::Bill),
        Draft::Expense(draft) => {
            expense_update(draft).map(|update| RecordUpdate::Expense(Box::new(update)))
        }
        // The name and address of a vendor are a person's to change.
        Draft::Vendor(_) => Err("vendor"),
    }
}

/// The number is left alone: whether FreshBooks refuses a bill its own number is UNVERIFIED, and the first line carries the
/// mark as well. Whether lines sent anew replace the old ones is UNVERIFIED too, which reading the bill back tells.
fn bill_update(draft: &BillDraft) -> Result<wire::BillUpdate, &'static str> {
    Ok(wire::BillUpdate {
        bill_number: wire::Change::Keep,
        issue_date: Some(draft.issued_on),
        due_offset_days: Some(draft.due_days),
        lines: Some(bill_lines(draft)?),
    })
}

/// What a draft does not set stays as it is: the core orders no update that would have to take something off.
fn expense_update(draft: &ExpenseDraft) -> Result<wire::ExpenseUpdate, &'static str> {
    let vendor = bounded(&draft.vendor, NAME_CHARS_MAX, &draft.marker);
    let project = draft
        .project
        .map(|project| wire::ProjectId::new(project.get()));
    Ok(wire::ExpenseUpdate {
        amount: Some(money(draft.amount)?),
        category_id: Some(wire::CategoryId::new(draft.category.get())),
        staff_id: Some(wire::StaffId::new(draft.staff.get())),
        date: Some(draft.date),
        vendor: if vendor.is_empty() {
            wire::Change::Keep
        } else {
            wire::Change::Set(vendor)
        },
        notes: Some(bounded(&draft.notes, NOTES_CHARS_MAX, &draft.marker)),
        client_id: draft.client.map(|client| wire::ClientId::new(client.get())),
        project_id: project,
        modern_project_id: project,
        billable: Some(draft.billable),
        tax1: draft.tax.as_ref().map(expense_tax),
        ..wire::ExpenseUpdate::default()
    })
}

fn bill_lines(draft: &BillDraft) -> Result<Vec<wire::NewBillLine>, &'static str> {
    draft
        .lines
        .iter()
        .map(|line| bill_line(draft, line))
        .collect()
}

fn bill(draft: &BillDraft) -> Result<wire::NewBill, &'static str> {
    let lines = bill_lines(draft)?;
    let vendor = wire::VendorId::new(draft.vendor.get());
    let currency = currency(draft.currency)?;
    let bill = wire::NewBill::new(vendor, draft.issued_on, draft.due_days, currency, lines);
    // The one value FreshBooks was seen to keep unique, and where a probe looks first.
    Ok(bill.bill_number(draft.marker.as_str()))
}

/// Quantity one and the whole amount as unit cost, so that nothing is rounded (reference 7).
fn bill_line(draft: &BillDraft, line: &BillLine) -> Result<wire::NewBillLine, &'static str> {
    let category = wire::CategoryId::new(line.category.get());
    let description = bounded(&line.description, DESCRIPTION_CHARS_MAX, &draft.marker);
    let new = wire::NewBillLine::new(category, money(line.net)?).description(description);
    Ok(match &line.tax {
        Some(tax) => new.tax1(tax.name.clone(), tax.percent),
        None => new,
    })
}

fn expense(draft: &ExpenseDraft) -> Result<wire::NewExpense, &'static str> {
    let category = wire::CategoryId::new(draft.category.get());
    let staff = wire::StaffId::new(draft.staff.get());
    let mut new = wire::NewExpense::new(money(draft.amount)?, category, staff, draft.date)
        .notes(bounded(&draft.notes, NOTES_CHARS_MAX, &draft.marker))
        .billable(draft.billable);
    let vendor = bounded(&draft.vendor, NAME_CHARS_MAX, &draft.marker);
    if !vendor.is_empty() {
        new = new.vendor(vendor);
    }
    if let Some(project) = draft.project {
        new = new.project(wire::ProjectId::new(project.get()));
    }
    if let Some(client) = draft.client {
        new = new.client(wire::ClientId::new(client.get()));
    }
    if let Some(tax) = &draft.tax {
        new = new.tax1(expense_tax(tax));
    }
    Ok(new)
}

/// By percent: which of percent and amount wins when both are sent is UNVERIFIED.
fn expense_tax(tax: &TaxRate) -> wire::NewExpenseTax {
    wire::NewExpenseTax::Percent {
        name: tax.name.clone(),
        percent: tax.percent,
    }
}

fn vendor(draft: &VendorDraft) -> Result<wire::NewVendor, &'static str> {
    let name = bounded(&draft.name, NAME_CHARS_MAX, &draft.marker);
    Ok(wire::NewVendor::new(name, currency(draft.currency)?)
        .email(draft.email.clone())
        .account_number(draft.marker.as_str())
        // A second place, for when a person writes the real account number over the first.
        .note(format!("Created from Expensify ({})", draft.marker)))
}

/// Always with its currency, since FreshBooks takes the base currency without a word (reference 7).
fn money(money: Money) -> Result<wire::Money, &'static str> {
    // The same digits that a person sees in a plan: 5 becomes 5.00, 5.100 becomes 5.10.
    let amount = money.to_plain_string().parse().map_err(|_| "amount")?;
    Ok(wire::Money::new(amount, currency(money.currency())?))
}

fn currency(currency: Currency) -> Result<wire::CurrencyCode, &'static str> {
    wire::CurrencyCode::new(currency.as_str()).map_err(|_| "currency_code")
}

/// Text without control characters, cut at its length, which never costs it the mark a probe looks for.
fn bounded(text: &str, chars_max: usize, marker: &Marker) -> String {
    let clean: String = text
        .chars()
        .filter(|letter| *letter == '\n' || !letter.is_control())
        .collect();
    if clean.chars().count() <= chars_max {
        return clean;
    }
    if !clean.contains(marker.as_str()) {
        return clean.chars().take(chars_max).collect();
    }
    let tail = format!(" ({marker})");
    let head = chars_max.saturating_sub(tail.chars().count());
    let mut cut: String = clean.chars().take(head).collect();
    cut.push_str(&tail);
    cut
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use sync_core::model::{
        CategoryId, ClientId, ExpenseId, ProjectId, ReportId, StaffId, VendorId,
    };

    use super::*;

    fn usd(amount: &str) -> Money {
        Money::new(amount.parse().unwrap(), Currency::parse("USD").unwrap())
    }

    fn sent(draft: &Draft) -> serde_json::Value {
        match new_record(draft).unwrap() {
            NewRecord::Bill(bill) => serde_json::to_value(bill).unwrap(),
            NewRecord::Expense(expense) => serde_json::to_value(expense).unwrap(),
            NewRecord::Vendor(vendor) => serde_json::to_value(vendor).unwrap(),
        }
    }

    #[test]
    fn a_bill_is_written_as_the_reference_says() {
        let marker = Marker::for_report(&ReportId::new("R00X9oNOn2MO"));
        let line = |net: &str, tax| BillLine {
            category: CategoryId::new(65773),
            description: format!("Hotel ({marker})"),
            net: usd(net),
            tax,
        };
        let vat = TaxRate {
            name: "VAT".to_owned(),
            percent: "20".parse().unwrap(),
        };
        let draft = Draft::Bill(BillDraft {
            marker: marker.clone(),
            vendor: VendorId::new(5),
            issued_on: "2026-01-31".parse().unwrap(),
            due_days: 30,
            currency: Currency::parse("USD").unwrap(),
            lines: vec![line("125", None), line("10.50", Some(vat))],
            total: usd("137.60"),
        });
        assert_eq!(
            sent(&draft),
            json!({
                "vendorid": 5, "bill_number": "EXP-R00X9oNOn2MO", "issue_date": "2026-01-31", "due_offset_days": 30,
                "currency_code": "USD", "language": "en",
                "lines": [
                    {"categoryid": 65773, "description": "Hotel (EXP-R00X9oNOn2MO)", "quantity": 1, "unit_cost": {"amount": "125.00", "code": "USD"}},
                    {"categoryid": 65773, "description": "Hotel (EXP-R00X9oNOn2MO)", "quantity": 1, "unit_cost": {"amount": "10.50", "code": "USD"}, "tax_name1": "VAT", "tax_percent1": "20"},
                ],
            })
        );
    }

    fn changed(draft: &Draft) -> serde_json::Value {
        match record_update(draft).unwrap() {
            RecordUpdate::Bill(update) => serde_json::to_value(update).unwrap(),
            RecordUpdate::Expense(update) => serde_json::to_value(update).unwrap(),
        }
    }

    #[test]
    fn an_update_names_what_may_change_and_never_the_visibility() {
        let marker = Marker::for_report(&ReportId::new("R00X9oNOn2MO"));
        let line = BillLine {
            category: CategoryId::new(65773),
            description: format!("Hotel [{marker}]"),
            net: usd("10"),
            tax: None,
        };
        let bill = Draft::Bill(BillDraft {
            marker,
            vendor: VendorId::new(5),
            issued_on: "2026-01-31".parse().unwrap(),
            due_days: 0,
            currency: Currency::parse("USD").unwrap(),
            lines: vec![line],
            total: usd("10"),
        });
        assert_eq!(
            changed(&bill),
            json!({"issue_date": "2026-01-31", "due_offset_days": 0, "lines": [
                {"categoryid": 65773, "description": "Hotel [EXP-R00X9oNOn2MO]", "quantity": 1, "unit_cost": {"amount": "10.00", "code": "USD"}},
            ]})
        );
        let marker = Marker::for_expense(&ExpenseId::new("4056343049275634494"));
        let expense = Draft::Expense(ExpenseDraft {
            notes: format!("lunch [{marker}]"),
            marker,
            amount: usd("25"),
            category: CategoryId::new(7),
            staff: StaffId::new(1),
            date: "2026-06-29".parse().unwrap(),
            vendor: "Cafe".to_owned(),
            project: None,
            client: None,
            billable: false,
            tax: None,
        });
        assert_eq!(
            changed(&expense),
            json!({"amount": {"amount": "25.00", "code": "USD"}, "categoryid": 7, "staffid": 1, "date": "2026-06-29",
                "vendor": "Cafe", "notes": "lunch [EXP-4056343049275634494]", "billable": false})
        );
    }

    #[test]
    fn an_expense_is_written_as_the_reference_says() {
        let marker = Marker::for_expense(&ExpenseId::new("4056343049275634494"));
        let draft = Draft::Expense(ExpenseDraft {
            marker: marker.clone(),
            amount: usd("25"),
            category: CategoryId::new(13_151_927),
            staff: StaffId::new(1),
            date: "2026-06-29".parse().unwrap(),
            vendor: "Cafe\u{7}".to_owned(),
            notes: format!("lunch {marker}"),
            project: Some(ProjectId::new(7)),
            client: Some(ClientId::new(8)),
            billable: true,
            tax: Some(TaxRate {
                name: "HST".to_owned(),
                percent: "13".parse().unwrap(),
            }),
        });
        assert_eq!(
            sent(&draft),
            json!({
                "amount": {"amount": "25.00", "code": "USD"}, "categoryid": 13_151_927, "staffid": 1, "date": "2026-06-29",
                "vendor": "Cafe", "notes": "lunch EXP-4056343049275634494", "clientid": 8, "projectid": 7, "modern_projectid": 7,
                "billable": true, "taxName1": "HST", "taxPercent1": "13",
            })
        );
    }

    #[test]
    fn a_vendor_carries_its_mark_in_two_places() {
        let marker = Marker::for_vendor("ann@acme.test");
        let draft = VendorDraft {
            marker: marker.clone(),
            name: "Ann Lee".to_owned(),
            email: "ann@acme.test".to_owned(),
            currency: Currency::parse("EUR").unwrap(),
        };
        let sent = sent(&Draft::Vendor(draft));
        assert_eq!(sent["account_number"], marker.as_str());
        assert!(sent["note"].as_str().unwrap().contains(marker.as_str()));
        assert_eq!(
            (
                &sent["vendor_name"],
                &sent["currency_code"],
                &sent["primary_contact_email"]
            ),
            (&json!("Ann Lee"), &json!("EUR"), &json!("ann@acme.test"))
        );
    }

    proptest! {
        #[test]
        fn text_stays_within_its_bound_and_keeps_its_mark(head in ".{0,80}", tail in ".{0,40}", limit in 40_usize..60) {
            let marker = Marker::for_report(&ReportId::new("R00X9oNOn2MO"));
            let kept = bounded(&format!("{head} {marker} {tail}"), limit, &marker);
            prop_assert!(kept.chars().count() <= limit);
            prop_assert!(Marker::scan(&kept).any(|found| found == marker), "{kept:?}");
            prop_assert!(!kept.chars().any(|letter| letter.is_control() && letter != '\n'));
        }
    }
}
