//! What FreshBooks shows to ledger records.

use std::collections::BTreeSet;

use freshbooks_client as wire;
use sync_core::model::{
    CategoryId, Currency, LedgerRecord, Marker, Money, ObservedLine, Payment, RecordId, RecordKind,
    RecordStatus, VendorId,
};

/// A bill. Its mark is looked for in the number, and in every description, where it survives a changed number.
pub(in crate::freshbooks) fn bill(raw: &wire::Bill) -> LedgerRecord {
    let descriptions = raw.lines.iter().map(|line| line.description.as_deref());
    let texts = descriptions.chain([
        raw.bill_number.as_deref(),
        raw.overall_description.as_deref(),
    ]);
    LedgerRecord {
        kind: RecordKind::Bill,
        id: RecordId::new(raw.id.get()),
        markers: markers(texts),
        status: status(raw.vis_state),
        total: total(raw),
        date: Some(raw.issue_date),
        vendor: raw.vendor_id.map(|id| VendorId::new(id.get())),
        category: None,
        // A line whose amount is not told would make the sum a lie: then no lines are told at all.
        lines: raw
            .lines
            .iter()
            .map(line)
            .collect::<Option<_>>()
            .unwrap_or_default(),
        payment: payment(raw),
    }
}

/// An expense. Notes are the only place for its mark (3.1).
pub(in crate::freshbooks) fn expense(raw: &wire::Expense) -> LedgerRecord {
    LedgerRecord {
        kind: RecordKind::Expense,
        id: RecordId::new(raw.id.get()),
        markers: markers([raw.notes.as_deref()]),
        status: status(raw.vis_state),
        total: money(raw.amount),
        date: Some(raw.date),
        // The vendor of an expense is free text, unrelated to bill vendors.
        vendor: None,
        category: raw.category_id.map(|id| CategoryId::new(id.get())),
        lines: Vec::new(),
        payment: Payment::Nothing,
    }
}

/// A vendor. The note is absent from some lists (3.4), the account number is not.
pub(in crate::freshbooks) fn vendor(raw: &wire::Vendor) -> LedgerRecord {
    LedgerRecord {
        kind: RecordKind::Vendor,
        id: RecordId::new(raw.id.get()),
        markers: markers([raw.account_number.as_deref(), raw.note.as_deref()]),
        status: status(raw.vis_state),
        total: None,
        date: None,
        vendor: None,
        category: None,
        lines: Vec::new(),
        payment: Payment::Nothing,
    }
}

/// Any sign of a payment counts: a bill taken for unpaid would be changed behind the payment's back.
fn payment(raw: &wire::Bill) -> Payment {
    let some = raw.paid.is_some_and(|paid| !paid.amount.is_zero()) || !raw.bill_payments.is_empty();
    match &raw.status {
        Some(wire::BillStatus::Paid) => Payment::Whole,
        Some(wire::BillStatus::Partial) => Payment::Part,
        _ if some => Payment::Part,
        _ => Payment::Nothing,
    }
}

fn line(raw: &wire::BillLine) -> Option<ObservedLine> {
    let single = raw
        .quantity
        .is_none_or(|quantity| quantity == rust_decimal::Decimal::ONE);
    let net = raw.amount.or(raw.unit_cost.filter(|_| single))?;
    Some(ObservedLine {
        category: raw
            .effective_category_id()
            .map(|id| CategoryId::new(id.get())),
        net: money(net)?,
    })
}

fn total(raw: &wire::Bill) -> Option<Money> {
    if let Some(total) = raw.total_amount {
        return money(total);
    }
    let (net, tax) = (money(raw.amount?)?, money(raw.tax_amount?)?);
    net.checked_add(tax).ok()
}

fn money(money: wire::Money) -> Option<Money> {
    Some(Money::new(
        money.amount,
        Currency::parse(money.code.as_str()).ok()?,
    ))
}

/// A state that FreshBooks does not tell, or that nobody has described, counts as active: a record taken for deleted
/// would not be missed, one taken for active is compared with the plan.
fn status(state: Option<wire::VisState>) -> RecordStatus {
    match state {
        Some(wire::VisState::Deleted) => RecordStatus::Deleted,
        Some(wire::VisState::Archived) => RecordStatus::Archived,
        _ => RecordStatus::Active,
    }
}

fn markers<'t>(texts: impl IntoIterator<Item = Option<&'t str>>) -> BTreeSet<Marker> {
    texts.into_iter().flatten().flat_map(Marker::scan).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn read_bill(value: &Value) -> LedgerRecord {
        bill(&serde_json::from_str(&value.to_string()).unwrap())
    }

    fn listed_bill() -> Value {
        json!({
            "id": 34, "vendorid": "5", "bill_number": "EXP-R00X9oNOn2MO", "issue_date": "2026-01-31", "due_offset_days": 30,
            "due_date": "2026-03-02", "currency_code": "USD", "language": "en", "vis_state": 0, "status": "unpaid",
            "amount": {"amount": "135.50", "code": "USD"}, "tax_amount": {"amount": "2.10", "code": "USD"},
            "total_amount": {"amount": "137.60", "code": "USD"}, "overall_description": "Hotel", "attachment": null, "bill_payments": [],
            "lines": [
                {"id": 1, "list_index": 1, "category": {"category": "Hotels", "categoryid": 65773, "id": 65773}, "description": "Hotel [EXP-R00X9oNOn2MO]",
                 "quantity": "1", "unit_cost": {"amount": "125.00", "code": "USD"}, "amount": {"amount": "125.00", "code": "USD"}},
                {"id": 2, "list_index": 2, "categoryid": 9, "category": "Meals", "quantity": 1, "unit_cost": {"amount": "10.50", "code": "USD"}},
            ],
        })
    }

    #[test]
    fn a_bill_is_read_with_its_mark_total_and_lines() {
        let record = read_bill(&listed_bill());
        assert_eq!(
            record
                .markers
                .iter()
                .map(Marker::as_str)
                .collect::<Vec<_>>(),
            ["EXP-R00X9oNOn2MO"]
        );
        assert_eq!(
            (record.id, record.vendor, record.payment),
            (RecordId::new(34), Some(VendorId::new(5)), Payment::Nothing)
        );
        assert_eq!(record.total.unwrap().to_string(), "137.60 USD");
        let lines: Vec<_> = record
            .lines
            .iter()
            .map(|line| (line.category.map(CategoryId::get), line.net.to_string()))
            .collect();
        assert_eq!(
            lines,
            [
                (Some(65773), "125.00 USD".to_owned()),
                (Some(9), "10.50 USD".to_owned())
            ]
        );
    }

    #[test]
    fn a_mark_survives_in_either_place() {
        for (field, value) in [("bill_number", json!("INV-7")), ("lines", json!([]))] {
            let mut bill = listed_bill();
            bill[field] = value;
            assert_eq!(read_bill(&bill).markers.len(), 1, "{field}");
        }
    }

    #[test]
    fn any_sign_of_a_payment_counts() {
        let money = |amount: &str| json!({"amount": amount, "code": "USD"});
        for (field, value, payment) in [
            ("status", json!("unpaid"), Payment::Nothing),
            ("status", json!("overdue"), Payment::Nothing),
            ("status", json!("partial"), Payment::Part),
            ("status", json!("paid"), Payment::Whole),
            ("paid", money("0.00"), Payment::Nothing),
            ("paid", money("0.01"), Payment::Part),
        ] {
            let mut bill = listed_bill();
            bill[field] = value;
            assert_eq!(read_bill(&bill).payment, payment, "{bill}");
        }
    }

    #[test]
    fn states_are_read_and_unknown_ones_count() {
        for (state, status) in [
            (json!(0), RecordStatus::Active),
            (json!(1), RecordStatus::Deleted),
            (json!("2"), RecordStatus::Archived),
            (json!(null), RecordStatus::Active),
            (json!(7), RecordStatus::Active),
        ] {
            let mut bill = listed_bill();
            bill["vis_state"] = state;
            assert_eq!(read_bill(&bill).status, status);
        }
    }

    #[test]
    fn what_the_answer_leaves_out_is_left_out() {
        let record = read_bill(
            &json!({"id": 1, "issue_date": "2026-01-31", "amount": {"amount": "1", "code": "USD"}, "lines": [{"description": "x"}]}),
        );
        assert_eq!(
            (record.total, record.vendor, record.lines.len()),
            (None, None, 0)
        );
        let mut several = listed_bill();
        several["lines"][1]["quantity"] = json!("2");
        assert!(read_bill(&several).lines.is_empty());
    }

    #[test]
    fn an_expense_and_a_vendor_are_read() {
        let raw = json!({"id": 9, "expenseid": 9, "amount": {"amount": "39.991", "code": "CAD"}, "categoryid": 3, "staffid": 1, "date": "2026-06-29",
            "notes": "lunch\nEXP-4056343049275634494", "vendor": "Cafe", "vis_state": 2, "isduplicate": true});
        let record = expense(&serde_json::from_str(&raw.to_string()).unwrap());
        assert_eq!(
            (
                record.total.unwrap().to_string().as_str(),
                record.status,
                record.category
            ),
            (
                "39.991 CAD",
                RecordStatus::Archived,
                Some(CategoryId::new(3))
            )
        );
        assert!(
            record
                .markers
                .iter()
                .any(|marker| marker.as_str() == "EXP-4056343049275634494")
        );
        let raw = json!({"vendorid": 5, "vendor_name": "Ann", "account_number": null, "note": "Created from Expensify (EXP-V0123456789ab)", "vis_state": 0});
        assert_eq!(
            vendor(&serde_json::from_str(&raw.to_string()).unwrap())
                .markers
                .len(),
            1
        );
    }

    proptest! {
        #[test]
        fn reading_a_record_never_panics(number in ".{0,40}", description in ".{0,40}", units in any::<i64>(), state in any::<i8>()) {
            let mut raw = listed_bill();
            raw["bill_number"] = json!(number);
            raw["lines"][0]["description"] = json!(description);
            raw["total_amount"]["amount"] = json!(units.to_string());
            raw["vis_state"] = json!(state);
            let _ = read_bill(&raw);
        }
    }
}
