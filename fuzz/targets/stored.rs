//! What a store or a person hands back to the core: stored reports, outbox entries, review items and the like, and saved
//! plans. The first byte chooses.
//!
//! None of it may be believed blindly: a database can be edited, a plan file too. Whatever is read is written and read
//! again as the same.

#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use sync_core::engine::SavedPlan;
use sync_core::model::{Currency, ExpenseReport, Money};
use sync_core::plan::{Cause, Skip};
use sync_core::state::{
    Block, ConfigurationHashes, Judgement, OutboxEntry, ReportStatus, ReviewStatus, Watermark,
    from_record, to_record,
};

fn record<T: Debug + serde::Serialize + serde::de::DeserializeOwned>(text: &str) {
    match from_record::<T>(text) {
        Ok(read) => {
            let written = to_record(&read).unwrap();
            let again: T = from_record(&written).unwrap();
            assert_eq!(to_record(&again).unwrap(), written);
            assert_eq!(format!("{again:?}"), format!("{read:?}"));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn plan(text: &str) {
    if let Ok(plan) = SavedPlan::from_json(text) {
        assert_eq!(plan.stale_because(&plan), None);
        let again = SavedPlan::from_json(&plan.to_json().unwrap()).unwrap();
        assert_eq!(again, plan);
    }
}

/// Sums of what was read are exact or refused, and never wrap.
fn money(text: &str) {
    let Ok(money) = serde_json::from_str::<Money>(text) else {
        if let Ok(currency) = Currency::parse(text) {
            assert_eq!(Currency::parse(currency.as_str()).ok(), Some(currency));
        }
        return;
    };
    if let Ok(double) = money.checked_add(money) {
        assert_eq!(double.checked_sub(money).ok(), Some(money));
    }
    let again: Money = serde_json::from_str(&serde_json::to_string(&money).unwrap()).unwrap();
    assert_eq!(again, money);
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    match choice % 12 {
        0 => record::<ExpenseReport>(text),
        1 => record::<OutboxEntry>(text),
        2 => record::<ReviewStatus>(text),
        3 => record::<Watermark>(text),
        4 => record::<ReportStatus>(text),
        5 => record::<Vec<Skip>>(text),
        6 => record::<Judgement>(text),
        7 => record::<Block>(text),
        8 => record::<ConfigurationHashes>(text),
        9 => plan(text),
        10 => record::<Cause>(text),
        _ => money(text),
    }
});
