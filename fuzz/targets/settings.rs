//! What people write: schedules, zones, keys, and the notes of checkpoints. The first byte chooses.
//!
//! A schedule that is taken has its next run later than now, at any time; keys are read as they are written; a note is
//! believed only with a signature.

#![no_main]

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use sync_adapters::audit::{Checkpoint, PublicKey};
use sync_adapters::vault::KeyChain;
use sync_adapters::{ScheduleSpec, Zone};

/// Somebody's key; nobody has signed anything with it.
const KEY: &str = "example.com/foo+530c903d+AV6l1tNGnR5gfRArG0uwiSgbIwE9LbqCcltjTZ5TAm5k";

fn schedule(text: &str) {
    let mut lines = text
        .split('\n')
        .map(|line| (!line.is_empty()).then(|| line.to_owned()));
    let mut next = || lines.next().flatten();
    let mut spec = ScheduleSpec::default();
    spec.every = next();
    spec.at = next();
    spec.cron = next();
    spec.zone = next();
    spec.days = next().map(|days| days.split(' ').map(str::to_owned).collect());
    match spec.schedule() {
        Ok(schedule) => {
            for seconds in [0, 1_793_000_000, 4_000_000_000] {
                let after = DateTime::from_timestamp(seconds, 999_999_999).unwrap();
                if let Some(run) = schedule.next_run(after) {
                    assert!(run > after);
                }
            }
        }
        Err(error) => assert!(!error.field().is_empty() && !error.fix().is_empty()),
    }
}

fn keys(text: &str) {
    match KeyChain::parse(text, "a place") {
        Ok(chain) => {
            let again = KeyChain::parse(&chain.lines(), "a place").unwrap();
            assert_eq!(again.ids(), chain.ids());
            assert!(!format!("{chain:?}").contains(chain.lines().trim()));
        }
        Err(error) => assert!(error.to_string().contains("a place")),
    }
}

fn note(text: &str) {
    if let Ok(key) = PublicKey::parse(text) {
        assert_eq!(PublicKey::parse(&key.to_string()).unwrap(), key);
    }
    if let Ok(key) = PublicKey::parse(KEY) {
        assert!(key.verify(text).is_err());
    }
    if let Some(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(Checkpoint::parse(&checkpoint.text()), Some(checkpoint));
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    match choice % 4 {
        0 => schedule(text),
        1 => keys(text),
        2 => note(text),
        _ => {
            if let Some(zone) = Zone::parse(text) {
                assert_eq!(Zone::parse(zone.name()), Some(zone));
            }
        }
    }
});
