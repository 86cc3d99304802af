//! Arbitrary JSON as an amount of FreshBooks: what is read is written as the text it is read from again.

#![no_main]

use freshbooks_client::Money;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &[u8]| {
    let Ok(money) = serde_json::from_slice::<Money>(json) else {
        return;
    };
    let written = serde_json::to_string(&money).unwrap();
    let again: Money = serde_json::from_str(&written).unwrap();
    assert_eq!(again, money);
    assert_eq!(again.amount.scale(), money.amount.scale());
});
