//! Kills the real program many times, on real SQLite, and proves that nothing is twice and nothing is lost.
//!
//! ```sh
//! cargo run --release -p sync-tests --bin kills -- 2000              # kill -9
//! cargo run --release -p sync-tests --bin kills -- 300 --power       # and the power goes each time
//! cargo run --release -p sync-tests --bin kills -- 40 --power --lying-disk   # must be caught
//! cargo run --release -p sync-tests --bin kills -- 1 --seed 17       # one installation again
//! ```
//!
//! `--lanes N` runs so many installations side by side (default 16): most of a round is waiting for a lease to end,
//! or for a killed renewal of tokens to count as abandoned.
//! `--impatient` has a person authorize again at once instead.
//! `KILLS_PROGRAM=PATH` in the environment takes a program that is built already.
//! It ends with an error when anything happened that must not; with `--lying-disk`, when nothing did.

#![expect(clippy::print_stdout, reason = "the figures are its result")]

use std::process::ExitCode;

#[cfg(unix)]
#[tokio::main(flavor = "multi_thread")]
async fn main() -> ExitCode {
    match unix::plan() {
        Ok(plan) => unix::run(plan).await,
        Err(why) => {
            println!("{why}");
            ExitCode::from(2)
        }
    }
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    println!("this system has no SIGKILL");
    ExitCode::from(2)
}

#[cfg(unix)]
mod unix {
    use std::process::ExitCode;
    use std::time::Instant;

    use sync_tests::kills::{Library, Plan, Power, binary, kill};

    /// Reads the command line.
    pub(crate) fn plan() -> Result<Plan, String> {
        let mut plan = Plan {
            binary: std::path::PathBuf::new(),
            seed: 1,
            wanted: 2_000,
            lanes: 16,
            power: None,
            patient: true,
            stop_at_violation: false,
        };
        let (mut power, mut lies) = (false, false);
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--seed" => plan.seed = number(&mut words, &word)?,
                "--lanes" => {
                    plan.lanes = usize::try_from(number(&mut words, &word)?)
                        .unwrap_or(16)
                        .max(1);
                }
                "--impatient" => plan.patient = false,
                "--power" => power = true,
                "--lying-disk" => lies = true,
                count => {
                    plan.wanted = count
                        .parse()
                        .map_err(|_| format!("{count:?} is neither a count nor an option"))?;
                }
            }
        }
        // One lane for one kill: the seed names it.
        if plan.wanted == 1 {
            plan.lanes = 1;
        }
        if power || lies {
            plan.power = Some(Power::new(Library::compile()?, lies));
            plan.stop_at_violation = lies;
        }
        plan.binary = binary();
        Ok(plan)
    }

    fn number(words: &mut impl Iterator<Item = String>, what: &str) -> Result<u64, String> {
        let text = words.next().unwrap_or_default();
        text.parse().map_err(|_| format!("{what} needs a number"))
    }

    /// Runs it and prints what it comes to.
    pub(crate) async fn run(plan: Plan) -> ExitCode {
        let must_be_caught = plan.stop_at_violation;
        let (wanted, started) = (plan.wanted, Instant::now());
        println!(
            "{wanted} wanted, seed {}, {} installations side by side, program {}",
            plan.seed,
            plan.lanes,
            plan.binary.display()
        );
        let mut told = 0;
        let tally = kill(plan, |tally| {
            for violation in tally.violations.iter().skip(told) {
                println!("VIOLATION {violation}");
            }
            told = tally.violations.len();
            println!(
                "{:>6.0} s: {} kills, {} power losses, {} records, {} violations",
                started.elapsed().as_secs_f64(),
                tally.kills(),
                tally.losses,
                tally.records,
                tally.violations.len()
            );
        })
        .await;
        println!("{tally}");
        let took = started.elapsed();
        let each = took.as_millis() / u128::from(tally.kills().max(1));
        println!("time {took:.0?}, {each} ms per kill");
        let clean = tally.violations.is_empty();
        if must_be_caught {
            println!(
                "the lying disk {}",
                if clean { "WAS NOT CAUGHT" } else { "is caught" }
            );
        }
        if clean == must_be_caught {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }
}
