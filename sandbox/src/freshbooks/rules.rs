//! What the service works out or refuses when a record is written.

use chrono::Days;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

use super::account::Account;
use super::error::Refusal;
use super::resources::Resource;
use super::schema::{Fields, amount_of, date_of, decimal, int_of, integer, money_value, text_of};
use super::table::VisState;
use crate::http::scalar;
use crate::scenario::FreshBooksSettings;

/// Checks a record about to be stored and fills in what the server computes.
pub(crate) fn finish(
    resource: Resource,
    account: &Account,
    settings: &FreshBooksSettings,
    fields: &mut Fields,
    id: Option<u64>,
) -> Result<(), Refusal> {
    match resource {
        Resource::Bill => bill(account, settings, fields, id),
        Resource::BillPayment => refer(account, Resource::Bill, fields, "billid", "bill_payment"),
        Resource::Expense => expense(account, fields),
        Resource::BillVendor
        | Resource::Category
        | Resource::Client
        | Resource::Project
        | Resource::Staff
        | Resource::Tax => Ok(()),
    }
}

fn bill(
    account: &Account,
    settings: &FreshBooksSettings,
    fields: &mut Fields,
    id: Option<u64>,
) -> Result<(), Refusal> {
    refer(account, Resource::BillVendor, fields, "vendorid", "bill")?;
    if settings.refuse_duplicate_bill_number {
        let holds = |vis| vis != VisState::Deleted || settings.deleted_bills_hold_number;
        if account
            .alike(Resource::Bill, fields, id)
            .iter()
            .any(|other| holds(other.vis))
        {
            // Seen only as a text that names bill_number and says "in use"; errno and status are not known.
            let number = text_of(fields, "bill_number").to_owned();
            let message = format!("bill_number {number} is already in use for this vendor.");
            return Err(
                Refusal::field(422, 1029, "bill", "bill_number", message).with_value(number)
            );
        }
    }
    let code = text_of(fields, "currency_code").to_owned();
    hold(account, &code, "bill", "currency_code")?;
    let mut lines = Vec::new();
    let (mut amount, mut tax_amount) = (Decimal::ZERO, Decimal::ZERO);
    let given = fields
        .get("lines")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    if given.is_empty() {
        return Err(Refusal::field(
            422,
            1001,
            "bill",
            "lines",
            "lines is a required field",
        ));
    }
    for (index, line) in given.iter().enumerate() {
        let priced = bill_line(account, line, index + 1, &code)?;
        amount += priced.amount;
        tax_amount += priced.tax;
        lines.push(priced.json);
    }
    fields.insert(
        "overall_category",
        lines
            .first()
            .and_then(|line| line["category"]["category"].as_str())
            .unwrap_or_default()
            .into(),
    );
    fields.insert(
        "overall_description",
        lines
            .first()
            .and_then(|line| line["description"].as_str())
            .unwrap_or_default()
            .into(),
    );
    fields.insert("lines", Value::from(lines));
    fields.insert("amount", money_value(amount, &code));
    fields.insert("tax_amount", money_value(tax_amount, &code));
    fields.insert("total_amount", money_value(amount + tax_amount, &code));
    let offset = Days::new(int_of(fields, "due_offset_days").unwrap_or_default());
    let due = date_of(fields, "issue_date").and_then(|issued| issued.checked_add_days(offset));
    fields.insert("due_date", json!(due.map(|due| due.to_string())));
    Ok(())
}

/// Refuses a currency the account cannot hold.
fn hold(account: &Account, code: &str, object: &'static str, field: &str) -> Result<(), Refusal> {
    let known = &account.business.currencies;
    if known.is_empty() || known.iter().any(|known| known == code) {
        return Ok(());
    }
    let message = format!("Currency {code} is not available on this account.");
    Err(Refusal::field(422, 1004, object, field, message).with_value(code))
}

struct PricedLine {
    json: Value,
    amount: Decimal,
    tax: Decimal,
}

/// Prices one line: tax-exclusive, taxes added on top.
fn bill_line(
    account: &Account,
    line: &Value,
    index: usize,
    currency: &str,
) -> Result<PricedLine, Refusal> {
    // A line read back carries its category as an object; a client may echo it.
    let category_id = line
        .get("categoryid")
        .or_else(|| line.get("category")?.get("categoryid"))
        .and_then(integer);
    let category_id = category_id.ok_or_else(|| missing_in_line("categoryid"))?;
    let category = active(
        account,
        Resource::Category,
        category_id,
        "bill_line",
        "categoryid",
    )?;
    let unit_cost = line
        .get("unit_cost")
        .ok_or_else(|| missing_in_line("unit_cost"))?;
    let cost = unit_cost
        .get("amount")
        .and_then(decimal)
        .ok_or_else(|| missing_in_line("unit_cost"))?;
    let code = unit_cost
        .get("code")
        .and_then(Value::as_str)
        .unwrap_or(currency)
        .to_owned();
    let quantity = line
        .get("quantity")
        .and_then(decimal)
        .unwrap_or(Decimal::ONE);
    let amount = cents(
        quantity
            .checked_mul(cost)
            .ok_or_else(|| missing_in_line("unit_cost"))?,
    );
    let compounded = line
        .get("compounded_tax")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let first = tax_of(line, "tax_percent1").and_then(|percent| share(amount, percent));
    let base = if compounded {
        amount + first.unwrap_or_default()
    } else {
        amount
    };
    let second = tax_of(line, "tax_percent2").and_then(|percent| share(base, percent));
    let tax = first.unwrap_or_default() + second.unwrap_or_default();
    let mut json = json!({
        "id": index, "list_index": index,
        "category": {"id": category_id, "categoryid": category_id, "category": category},
        "quantity": quantity.normalize().to_string(),
        "unit_cost": money_value(cost, &code),
        "amount": money_value(amount, &code),
        "total_amount": money_value(amount + tax, &code),
        "tax_amount1": first.map(|tax| money_value(tax, &code)),
        "tax_amount2": second.map(|tax| money_value(tax, &code)),
    });
    for key in [
        "description",
        "tax_name1",
        "tax_authorityid1",
        "tax_name2",
        "tax_authorityid2",
    ] {
        json[key] = line.get(key).cloned().unwrap_or(Value::Null);
    }
    for key in ["tax_percent1", "tax_percent2"] {
        json[key] = json!(tax_of(line, key).map(|percent| percent.to_string()));
    }
    Ok(PricedLine { json, amount, tax })
}

fn missing_in_line(field: &str) -> Refusal {
    Refusal::field(
        422,
        1001,
        "bill_line",
        field,
        format!("{field} is a required field"),
    )
}

fn tax_of(line: &Value, key: &str) -> Option<Decimal> {
    line.get(key).and_then(decimal)
}

fn share(base: Decimal, percent: Decimal) -> Option<Decimal> {
    Some(cents(
        base.checked_mul(percent)?
            .checked_div(Decimal::ONE_HUNDRED)?,
    ))
}

fn cents(amount: Decimal) -> Decimal {
    let mut rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(2);
    rounded
}

/// Takes the taxes out of a tax-inclusive amount.
fn expense(account: &Account, fields: &mut Fields) -> Result<(), Refusal> {
    refer(account, Resource::Category, fields, "categoryid", "expense")?;
    refer(account, Resource::Staff, fields, "staffid", "expense")?;
    let Some(amount) = amount_of(fields, "amount") else {
        return Ok(());
    };
    let code = fields
        .get("amount")
        .and_then(|money| money.get("code"))
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    hold(account, &code, "expense", "amount")?;
    let percent = |name: &str| fields.get(name).and_then(decimal);
    let (first, second) = (
        percent("taxPercent1"),
        percent("taxPercent2").unwrap_or_default(),
    );
    let Some(first) = first else { return Ok(()) };
    let compounded = fields
        .get("compounded_tax")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let hundred = Decimal::ONE_HUNDRED;
    let whole = if compounded {
        (hundred + first) * (hundred + second) / hundred
    } else {
        hundred + first + second
    };
    let part = |share: Decimal| {
        amount
            .checked_mul(share)
            .and_then(|part| part.checked_div(whole))
            .map(cents)
    };
    let second_share = if compounded {
        second * (hundred + first) / hundred
    } else {
        second
    };
    let computed = [
        ("taxAmount1", part(first)),
        (
            "taxAmount2",
            part(second_share).filter(|_| !second.is_zero()),
        ),
    ];
    for (name, tax) in computed {
        // Which of percent and amount wins when both are sent is not known; an amount that was sent is kept.
        if fields.get(name).is_none_or(Value::is_null)
            && let Some(tax) = tax
        {
            fields.insert(name, money_value(tax, &code));
        }
    }
    Ok(())
}

fn refer(
    account: &Account,
    to: Resource,
    fields: &Fields,
    field: &'static str,
    object: &'static str,
) -> Result<(), Refusal> {
    let id = int_of(fields, field).unwrap_or_default();
    active(account, to, id, object, field).map(|_| ())
}

/// The name of a record that may be referred to.
fn active(
    account: &Account,
    to: Resource,
    id: u64,
    object: &'static str,
    field: &str,
) -> Result<String, Refusal> {
    let refuse = |errno, text: &str| {
        Refusal::field(422, errno, object, field, format!("{field} {text}"))
            .with_value(id.to_string())
    };
    let record = account
        .get(to, id)
        .ok_or_else(|| refuse(1012, "is unknown."))?;
    if record.vis == VisState::Deleted {
        return Err(refuse(1011, "is deleted."));
    }
    Ok(text_of(&record.fields, "category").to_owned())
}

/// The phase of a PUT that is applied when the body names a visibility; the rest of the body is then discarded.
pub(crate) fn vis_state_of(body: &Map<String, Value>) -> Option<Result<VisState, Refusal>> {
    let given = body
        .get("ext_vis_state")
        .or_else(|| body.get("vis_state"))?;
    let state = integer(given).and_then(VisState::from_code);
    let refusal = || {
        Refusal::field(422, 1004, "", "vis_state", "vis_state is unknown.")
            .with_value(scalar(given).unwrap_or_default())
    };
    Some(state.ok_or_else(refusal))
}
