//! The proof in small, for every `cargo test`; the whole of it is run by `.ci/run`.

use sync_simulation::{Bounds, Figures, Hunt, Merge, Planted, PortBug, play, visit};

/// No second restart and no overtaking: a model small enough to walk twice.
const SMALL: Bounds = Bounds {
    restarts: 0,
    overtaken_in: 0,
    unique_numbers: false,
    merge: Merge::Equal,
};

#[test]
fn worlds_full_of_faults_violate_nothing() {
    let figures = Figures::of(0..100, 2);
    assert!(figures.is_clean(), "{figures}");
    assert!(figures.records > 100, "{figures}");
}

#[test]
fn a_seed_takes_the_same_course_again_and_another_takes_another() {
    assert_eq!(play(7, false).hash, play(7, true).hash);
    assert_ne!(play(7, false).hash, play(8, false).hash);
}

#[test]
fn every_path_of_the_smallest_model_is_clean_and_merging_states_loses_none() {
    let merged = visit(SMALL);
    let apart = visit(Bounds {
        merge: Merge::Never,
        ..SMALL
    });
    assert!(merged.violations.is_empty(), "{merged}");
    assert!(apart.violations.is_empty(), "{apart}");
    assert_eq!(merged.paths, apart.paths);
    assert!(merged.states < apart.states, "{merged}{apart}");
}

/// Every digest that decides about merging holds all that what comes next depends on: else equal states would lead apart.
#[test]
fn states_that_are_merged_after_a_restart_lead_to_the_same() {
    let visited = visit(Bounds {
        restarts: 1,
        merge: Merge::EqualProvenOneIn(400),
        ..SMALL
    });
    assert!(visited.violations.is_empty(), "{visited}");
    assert!(visited.proven > 20, "{visited}");
}

#[test]
fn planted_bugs_are_caught() {
    for bug in [
        PortBug::IntentNotStored,
        PortBug::WatermarkApart,
        PortBug::ServerErrorIsRefusal,
        PortBug::OnePageOnly,
        PortBug::OtherBooks,
        PortBug::SecretInErrorText,
    ] {
        let hunt = Hunt::of(Planted::Port(bug), 1, 50);
        assert!(hunt.is_caught(), "{hunt}");
    }
}
