//! Arguments and help.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

const AFTER_HELP: &str = "\
Examples:
  ml-connector demo                                  try it, without any account
  ml-connector init && ml-connector doctor           set it up and check the setup
  ml-connector plan                                  what would be written, and why
  ml-connector sync                                  one pass
  ml-connector sync --from 2026-10-01 --to 2026-10-31    a backfill
  ml-connector review list                           what waits for a person
  ml-connector --output json status                  for scripts

Exit codes:
  0   done
  10  done, items wait in the review queue
  20  needs re-authorization (run `connect`)
  30  configuration error: correct the configuration, argument or file named
  40  totals disagree, or the audit trail is broken
  50  temporary failure: the same command later succeeds
  60  stopped by the brake (confirm with `sync --confirm`)
  2   wrong usage, 1 a mistake of the program

Secrets are never read from arguments or from the configuration file, only from the environment, a prompt, or the vault.";

/// Approved Expensify reports become FreshBooks bills and expenses.
#[derive(Debug, Parser)]
#[command(name = "ml-connector", version, about, after_help = AFTER_HELP, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// Configuration file.
    #[arg(
        long,
        global = true,
        env = "ML_CONNECTOR_CONFIG",
        default_value = "ml-connector.toml",
        value_name = "FILE"
    )]
    pub(crate) config: PathBuf,
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t = OutputFormat::Text, value_name = "FORMAT")]
    pub(crate) output: OutputFormat,
    /// Only this connection of the configuration; without it, all of them.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) connection: Option<String>,
    /// More log lines on standard error; twice for still more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Tables for people.
    Text,
    /// One JSON document, whose `schema` names its format and version.
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show a whole sync on stand-ins of both services: no account, no network, a few seconds.
    Demo(DemoArgs),
    /// Write a commented configuration.
    Init(InitArgs),
    /// Store credentials, sealed.
    #[command(subcommand)]
    Connect(ConnectCommand),
    /// Check configuration, credentials, plan features, permissions and mapping.
    Doctor,
    /// Show what a pass would write, and which rule and source field is behind every line. Writes nothing.
    Plan(PlanArgs),
    /// Run one pass.
    Sync(SyncArgs),
    /// Run passes on each connection's schedule, and receive webhooks, until stopped.
    Serve,
    /// Show how far each connection has come.
    Status,
    /// Show and decide what waits for a person.
    #[command(subcommand)]
    Review(ReviewCommand),
    /// Look for one record in FreshBooks again, and send it if it is provably not there.
    Replay(ReplayArgs),
    /// Show, check, prove or export the audit trail, and report to auditors.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Show, rotate and destroy the keys that seal credentials.
    #[command(subcommand)]
    Vault(VaultCommand),
    /// Compare what Expensify approved with what FreshBooks holds, to the cent.
    Reconcile(PeriodArgs),
    /// Work on the mapping of categories.
    #[command(subcommand)]
    Mapping(MappingCommand),
    /// Run stand-ins of both services on loopback.
    Sandbox(SandboxArgs),
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Keep the demo's database, key and configuration in this new folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Where to write it; default is the file `--config` names.
    #[arg(long, value_name = "FILE")]
    pub(crate) path: Option<PathBuf>,
}

/// What to connect.
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectCommand {
    /// Store Expensify's key pair, from `EXPENSIFY_USER_ID` and `EXPENSIFY_USER_SECRET` or a prompt.
    Expensify,
    /// Grant access to FreshBooks in a browser and store the tokens.
    #[command(after_help = FRESHBOOKS_HELP)]
    Freshbooks(FreshbooksArgs),
}

const FRESHBOOKS_HELP: &str = "\
The application's id and secret come from FRESHBOOKS_CLIENT_ID and FRESHBOOKS_CLIENT_SECRET or a prompt.
FreshBooks accepts only https redirects. Register https://localhost/callback at the application: after granting access
the browser shows an error page, because nothing listens there; paste the address it shows.
Or register https://localhost:8910/callback and give --listen --redirect-uri https://localhost:8910/callback: the program
listens there itself. The browser then warns of its certificate once, because nobody issues one for localhost; go on.
Without a terminal: the first run prints the address to open; the second, with the redirected address in
FRESHBOOKS_REDIRECTED_URL and the state of the first in FRESHBOOKS_STATE, stores the tokens.";

/// Arguments of `connect freshbooks`.
#[derive(Debug, Args)]
pub(crate) struct FreshbooksArgs {
    /// Redirect URI, exactly as registered at the application.
    #[arg(long, default_value = "https://localhost/callback", value_name = "URL")]
    pub(crate) redirect_uri: url::Url,
    /// Listen at the redirect URI, which must be on this machine, instead of asking for the address to be pasted.
    #[arg(long)]
    pub(crate) listen: bool,
    /// How long to listen, in seconds.
    #[arg(long, default_value_t = 300, value_name = "SECONDS", requires = "listen", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) listen_timeout: u64,
}

/// Which reports.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SelectionArgs {
    /// Only this report, by id; can be given several times.
    #[arg(long = "report", value_name = "ID", conflicts_with_all = ["from", "to"])]
    pub(crate) reports: Vec<String>,
    /// Backfill from this day on, by submission date; the start date does not apply.
    #[arg(long, value_name = "YYYY-MM-DD", requires = "to")]
    pub(crate) from: Option<NaiveDate>,
    /// Backfill to this day.
    #[arg(long, value_name = "YYYY-MM-DD", requires = "from")]
    pub(crate) to: Option<NaiveDate>,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    /// Save the plan for `sync --plan`.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Arguments of `sync`.
#[derive(Debug, Args)]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    /// Write exactly this saved plan; refused when anything it rests on has changed.
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
    /// Go on although the brake would stop this pass.
    #[arg(long)]
    pub(crate) confirm: bool,
}

/// What to do with the review queue.
#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCommand {
    /// List what waits.
    List {
        /// Closed items too.
        #[arg(long)]
        all: bool,
    },
    /// Show one item with everything it holds up.
    Show {
        /// The item's number.
        item: u64,
    },
    /// The cause is dealt with: plan what it holds up again in the next pass.
    Resolve(ItemDecision),
    /// Nothing that the item holds up is to be written.
    Skip(ItemDecision),
    /// Correct written records that are not as the report says, or not as they were written; or leave them so.
    #[command(after_help = CORRECT_HELP)]
    Correct(CorrectArgs),
    /// An intended record is this existing FreshBooks record.
    Adopt {
        /// Key of the intended record, such as `EXP-R00X9oNOn2MO`.
        key: String,
        /// Number of the record in FreshBooks.
        record: u64,
        /// Why; goes into the audit trail.
        #[arg(long)]
        reason: String,
    },
}

const CORRECT_HELP: &str = "\
A record is read before and after: what is ordered is proven done or stays ordered, and the next `sync` carries it on.
A bill with payments is never changed or voided; it can only be left as it is, or be the copy that is kept.

Examples:
  ml-connector review correct 3 --update --reason \"agreed with Ann\"
  ml-connector review correct 3 --void-and-repost --reason \"wrong vendor\"
  ml-connector review correct 4 --keep 1042 --reason \"entered twice\"     `review show 4` names the records";

/// Arguments of `review correct`.
#[derive(Debug, Args)]
pub(crate) struct CorrectArgs {
    #[command(flatten)]
    pub(crate) decision: ItemDecision,
    #[command(flatten)]
    pub(crate) way: CorrectionWay,
    /// Keep the record although it is not as planned; the difference stays named in every reconciliation.
    #[arg(long, requires = "keep", conflicts_with_all = ["update", "void_and_repost", "accept"])]
    pub(crate) as_it_is: bool,
}

/// How a record is corrected.
#[derive(Clone, Copy, Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct CorrectionWay {
    /// Change the record in place.
    #[arg(long)]
    pub(crate) update: bool,
    /// Void the record; what the report still holds is written anew as the next revision, such as `EXP-R00X9oNOn2MO-2`.
    #[arg(long)]
    pub(crate) void_and_repost: bool,
    /// Leave it as it is; the difference stays named in every reconciliation.
    #[arg(long)]
    pub(crate) accept: bool,
    /// Of several records that carry one mark, keep the one of this number in FreshBooks and void the others, one by one.
    #[arg(long, value_name = "RECORD")]
    pub(crate) keep: Option<u64>,
}

/// A decision on one item.
#[derive(Debug, Args)]
pub(crate) struct ItemDecision {
    /// The item's number.
    pub(crate) item: u64,
    /// Why; goes into the audit trail.
    #[arg(long)]
    pub(crate) reason: String,
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Key of the intended record, such as `EXP-R00X9oNOn2MO`.
    pub(crate) key: String,
    /// Why; goes into the audit trail.
    #[arg(long)]
    pub(crate) reason: String,
}

/// What to do with the audit trail.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List entries.
    List {
        /// Only entries after this number.
        #[arg(long, default_value_t = 0, value_name = "N")]
        after: u64,
        /// At most so many.
        #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Check that nothing was edited, removed, reordered or cut off, against itself and against the signed checkpoints.
    Verify,
    /// Sign the trail as it is.
    Checkpoint,
    /// Write a proof that an entry is part of what was signed, which others can check without this program.
    Prove {
        /// Number of the entry; or a record's key, such as `EXP-R00X9oNOn2MO`, for the last entry about it.
        entry: String,
        /// Where to write it; never overwritten.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Write a report for auditors: every approved report of a period and where each cent of it is, signed.
    Report {
        #[command(flatten)]
        period: PeriodArgs,
        /// File format.
        #[arg(long, value_enum, default_value_t = ReportFormat::Csv)]
        format: ReportFormat,
        /// Where to write it; never overwritten. Its signature goes beside it, with `.note` added to the name.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Write the whole trail to a file.
    Export {
        /// File format.
        #[arg(long, value_enum)]
        format: AuditFormat,
        /// Where to write it; never overwritten.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// What to do with the keys that seal credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum VaultCommand {
    /// Show which key each connection is sealed under. Shows no key.
    Status,
    /// Change the key: a new one in front of the key file, every connection sealed under it, the old one removed.
    ///
    /// In the keyring the same. Nothing has to stop meanwhile, and after an interruption the same command goes on. With a key from the environment
    /// or systemd: put the new key in front of the old one yourself, restart what runs, then run this.
    RotateKey,
    /// Put the key of a file into the entry of the keyring that the configuration names.
    ///
    /// For a key that was kept in a file so far, and for a copy of a lost entry. The file is not removed. It refuses when the
    /// entry holds anything else.
    PutKey {
        /// A key file: base64 text of 32 bytes, one key a line; readable by its owner alone.
        file: PathBuf,
    },
    /// Give each connection a new data key and seal its credentials anew.
    RotateDataKeys,
    /// Destroy a connection's data key: its credentials can never be opened again. Needs no key.
    Shred {
        /// Its name; it need not be configured any more.
        connection: String,
        /// Without it, nothing is destroyed.
        #[arg(long)]
        confirm: bool,
    },
}

/// Format of an audit export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditFormat {
    /// For spreadsheets, guarded against formulas.
    Csv,
    /// JSON Lines, unchanged, hashes included.
    Jsonl,
}

/// Format of a report for auditors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For spreadsheets, guarded against formulas.
    Csv,
    /// One JSON document.
    Json,
}

/// A period; without bounds, everything known.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct PeriodArgs {
    /// First day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: Option<NaiveDate>,
    /// Last day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) to: Option<NaiveDate>,
}

/// What to do with the mapping.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum MappingCommand {
    /// Propose rules for what waits because no category or vendor fits.
    Suggest,
    /// List every reference that waiting reports miss.
    Check,
}

/// Arguments of `sandbox`.
#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// Port of the Expensify side on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 8098, value_name = "PORT")]
    pub(crate) expensify_port: u16,
    /// Port of the FreshBooks side on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 8099, value_name = "PORT")]
    pub(crate) freshbooks_port: u16,
    /// Scenario file, TOML or JSON; default is the demo's.
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,
    /// Do not enforce the request budgets of the services.
    #[arg(long)]
    pub(crate) no_rate_limits: bool,
}

/// Reads the arguments; wrong usage ends the program with clap's message and code 2.
pub(crate) fn parse() -> Cli {
    Cli::parse()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_period_needs_both_ends_for_a_backfill_and_excludes_single_reports() {
        for arguments in [
            vec!["ml-connector", "sync", "--from", "2026-10-01"],
            vec![
                "ml-connector",
                "sync",
                "--report",
                "R1",
                "--from",
                "2026-10-01",
                "--to",
                "2026-10-02",
            ],
            vec!["ml-connector", "review", "skip", "3"],
            vec!["ml-connector", "review", "correct", "3", "--reason", "r"],
            vec![
                "ml-connector",
                "review",
                "correct",
                "3",
                "--reason",
                "r",
                "--update",
                "--accept",
            ],
            vec![
                "ml-connector",
                "review",
                "correct",
                "3",
                "--reason",
                "r",
                "--accept",
                "--as-it-is",
            ],
        ] {
            assert!(Cli::try_parse_from(&arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn help_documents_every_exit_code() {
        let help = Cli::command().render_help().to_string();
        for number in ["0 ", "10 ", "20 ", "30 ", "40 ", "50 ", "60 "] {
            assert!(help.contains(&format!("  {number}")), "{number}");
        }
    }
}
