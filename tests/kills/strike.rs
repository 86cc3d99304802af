//! One round: some work, one kill, a look at what is durable.

use std::time::Duration;

use serde_json::Value;
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};

use super::evidence::{OLDER, make_older};
use super::lane::{Lane, RUN_MAX, Shared};
use super::moment::{Moment, Point};
use super::power::{Recording, borrowed};
use super::program::{Run, authorize, ended, start};
use super::tally::Kind;

/// When a moment has not come by then, it does not come.
const MOMENT_MAX: Duration = Duration::from_secs(10);

/// What became of a program.
enum Fate {
    /// Killed, and whether the moment had come.
    Killed {
        came: bool,
    },
    Ended(Run),
}

impl Lane {
    /// Kills the program while it makes its database, then gives it what it needs.
    pub(super) async fn first_start(&mut self, kills: u64) -> Result<(), String> {
        for _ in 0..kills {
            let moment = self.starting();
            self.round(Kind::FirstStart, &["sync"], moment).await?;
        }
        authorize(&self.home(), &self.sandbox).await;
        Ok(())
    }

    /// A round of a kind drawn by lot.
    pub(super) async fn any_round(&mut self) -> Result<(), String> {
        let mut kinds = vec![
            Kind::Moment,
            Kind::Moment,
            Kind::Point,
            Kind::Posting,
            Kind::Posting,
            Kind::Posting,
            Kind::Refreshing,
            Kind::Migrating,
            Kind::Correcting,
            Kind::Correcting,
            Kind::Reconciling,
            Kind::Checkpointing,
        ];
        // A process that is stopped has not lost its power.
        if self.shared.power.is_none() {
            kinds.push(Kind::Overtaken);
        }
        let kind = self.draw.of(&kinds);
        self.outlive_the_lease().await;
        let nth = 1 + self.draw.below(3);
        match kind {
            Kind::Correcting => self.correcting().await,
            Kind::Overtaken => self.overtaken(nth).await,
            Kind::Reconciling => {
                let moment = Moment::Arrived(Point::listing(&self.draw), nth);
                self.round(kind, &["reconcile"], moment).await
            }
            Kind::Checkpointing => {
                let moment = self.starting();
                self.round(kind, &["audit", "checkpoint"], moment).await
            }
            Kind::Moment
            | Kind::Point
            | Kind::Posting
            | Kind::Refreshing
            | Kind::FirstStart
            | Kind::Migrating => {
                self.approve_report();
                let moment = self.of_a_pass(kind, nth).await?;
                self.round(kind, &["sync"], moment).await
            }
        }
    }

    async fn of_a_pass(&mut self, kind: Kind, nth: u64) -> Result<Moment, String> {
        Ok(match kind {
            Kind::Posting => Moment::Arrived(Point::write("POST", &self.draw), nth),
            Kind::Point if self.draw.below(3) == 0 => Moment::Arrived(Point::job(&self.draw), nth),
            Kind::Point => Moment::Arrived(Point::listing(&self.draw), self.draw.below(10) + 1),
            Kind::Refreshing => Moment::Arrived(Point::refresh(&self.draw), 1),
            Kind::Migrating => {
                make_older(&self.home(), self.draw.of(&OLDER)).await?;
                self.starting()
            }
            Kind::Moment
            | Kind::FirstStart
            | Kind::Correcting
            | Kind::Reconciling
            | Kind::Checkpointing
            | Kind::Overtaken => self.within(
                self.shared
                    .pass_ms
                    .load(std::sync::atomic::Ordering::Relaxed),
            ),
        })
    }

    /// A moment while a program opens its database.
    fn starting(&self) -> Moment {
        self.within(
            self.shared
                .start_ms
                .load(std::sync::atomic::Ordering::Relaxed),
        )
    }

    fn within(&self, milliseconds: u64) -> Moment {
        Moment::After(Duration::from_micros(
            self.draw.below(milliseconds.max(1) * 1_000),
        ))
    }

    async fn correcting(&mut self) -> Result<(), String> {
        let Some(report) = self.change_report() else {
            self.approve_report();
            return self.round(Kind::Moment, &["sync"], Moment::Ended).await;
        };
        self.round(Kind::Moment, &["sync"], Moment::Ended).await?;
        self.outlive_the_lease().await;
        let list = self.run(&["review", "list"]).await.result();
        let item = list["items"].as_array().into_iter().flatten().find(|item| {
            let holds = |id: &Value| id.as_str() == Some(report.as_str());
            item["kind"] == "changed_after_posting"
                && item["reports"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(holds))
        });
        // The pass may not have come so far: it had other records to prove first.
        let Some(item) = item else { return Ok(()) };
        let number = item["number"].to_string();
        let way = self.draw.of(&["--update", "--void-and-repost"]);
        let moment = match self.draw.below(3) {
            0 => self.within(
                self.shared
                    .start_ms
                    .load(std::sync::atomic::Ordering::Relaxed)
                    * 4,
            ),
            _ => Moment::Arrived(Point::write("PUT", &self.draw), 1),
        };
        let arguments = ["review", "correct", &number, way, "--reason", "agreed"];
        self.round(Kind::Correcting, &arguments, moment).await
    }

    /// Starts the program, kills it at the moment, lets the power go with it where there is a disk for that, and looks.
    async fn round(
        &mut self,
        kind: Kind,
        arguments: &[&str],
        moment: Moment,
    ) -> Result<(), String> {
        self.tally.rounds += 1;
        let said = |what: String| format!("{kind}: {arguments:?} at {moment:?}: {what}");
        let recording = self
            .shared
            .power
            .as_ref()
            .map(|power| power.begin(&self.home()));
        let environment = recording
            .as_ref()
            .map(Recording::environment)
            .unwrap_or_default();
        self.sandbox.clear_faults();
        let before = arm(&moment, self);
        let begun = Instant::now();
        let program = start(
            &self.shared.binary,
            &self.home(),
            arguments,
            &borrowed(&environment),
        );
        let fate = self
            .wait_and_kill(program, &moment, before)
            .await
            .map_err(said)?;
        self.sandbox.clear_faults();
        if let Some(recording) = recording {
            let loss = recording
                .strike(&self.draw, matches!(fate, Fate::Ended(_)))
                .map_err(said)?;
            self.tally.losses += 1;
            self.tally.losses_that_bit += u64::from(loss.pending > 0);
            self.tally.changes += u64::try_from(loss.changes).unwrap();
            self.tally.unsynced += u64::try_from(loss.pending).unwrap();
        }
        match fate {
            Fate::Killed { came } => {
                let struck = if came { kind } else { Kind::Moment };
                *self.tally.struck.entry(struck).or_default() += 1;
                // Else the next run would wait until the renewal under way counts as abandoned, some minutes.
                if struck == Kind::Refreshing && !self.shared.patient {
                    authorize(&self.home(), &self.sandbox).await;
                }
            }
            Fate::Ended(run) => {
                if arguments == ["sync"] && matches!(run.code, Some(0 | 10)) {
                    Shared::note(&self.shared.pass_ms, begun.elapsed());
                }
                if kind == Kind::FirstStart {
                    Shared::note(&self.shared.start_ms, begun.elapsed());
                }
                self.judge_end(kind, &run).await.map_err(said)?;
            }
        }
        self.look().await.map_err(said)
    }

    async fn judge_end(&mut self, kind: Kind, run: &Run) -> Result<(), String> {
        match run.code {
            Some(0 | 10 | 50) => Ok(()),
            // No credentials have been given to it yet.
            Some(20) if kind == Kind::FirstStart => Ok(()),
            Some(20) => self.authorize_again(&run.told()).await,
            // What was in flight when it was killed is not in the books and not missing.
            Some(40) if kind == Kind::Reconciling => Ok(()),
            _ => Err(format!("it failed: {}", run.told())),
        }
    }

    async fn wait_and_kill(
        &self,
        mut program: Child,
        moment: &Moment,
        before: u64,
    ) -> Result<Fate, String> {
        let came = async {
            match moment {
                Moment::After(span) => sleep(*span).await,
                Moment::Arrived(point, nth) => {
                    while point.arrived(&self.sandbox) < before + nth {
                        if program.try_wait().unwrap().is_some() {
                            return false;
                        }
                        sleep(Duration::from_millis(2)).await;
                    }
                }
                Moment::Ended => drop(program.wait().await),
            }
            true
        };
        let came = timeout(RUN_MAX, came).await.unwrap_or(false);
        if program.try_wait().unwrap().is_none() {
            if matches!(moment, Moment::Ended) {
                return Err("it does not end".to_owned());
            }
            // SIGKILL, and reaped: nothing of it is left when this returns.
            program.kill().await.unwrap();
            return Ok(Fate::Killed { came });
        }
        Ok(Fate::Ended(ended(program).await))
    }

    /// Stops the program with a request on the wire until its lease is over, lets another one do the work, and lets the
    /// first one go on.
    async fn overtaken(&mut self, nth: u64) -> Result<(), String> {
        self.tally.rounds += 1;
        self.approve_report();
        let method = self.draw.of(&["POST", "GET"]);
        let moment = Moment::Arrived(Point::write(method, &self.draw), nth);
        let said = |what: String| format!("overtaken at {moment:?}: {what}");
        self.sandbox.clear_faults();
        let before = arm(&moment, self);
        let mut first = start(&self.shared.binary, &self.home(), &["sync"], &[]);
        let Moment::Arrived(point, _) = &moment else {
            return Ok(());
        };
        let deadline = Instant::now() + MOMENT_MAX;
        while point.arrived(&self.sandbox) < before + nth && Instant::now() < deadline {
            if first.try_wait().unwrap().is_some() {
                break;
            }
            sleep(Duration::from_millis(2)).await;
        }
        self.sandbox.clear_faults();
        if !signal(&first, "STOP").await {
            let run = ended(first).await;
            self.judge_end(Kind::Overtaken, &run).await.map_err(&said)?;
            return self.look().await.map_err(said);
        }
        self.look().await.map_err(&said)?;
        self.outlive_the_lease().await;
        let second = self.run(&["sync"]).await;
        self.judge_end(Kind::Overtaken, &second)
            .await
            .map_err(&said)?;
        signal(&first, "CONT").await;
        let first = timeout(RUN_MAX, ended(first)).await;
        let first = first.map_err(|_| said("it does not end after it was overtaken".to_owned()))?;
        self.judge_end(Kind::Overtaken, &first)
            .await
            .map_err(&said)?;
        *self.tally.struck.entry(Kind::Overtaken).or_default() += 1;
        self.look().await.map_err(said)
    }
}

/// Has the request of a moment held; gives how many like it have arrived before.
fn arm(moment: &Moment, lane: &Lane) -> u64 {
    if let Moment::Arrived(point, nth) = moment {
        point.hold(&lane.sandbox, *nth);
        return point.arrived(&lane.sandbox);
    }
    0
}

/// Sends a signal by its name; false when the program has ended.
async fn signal(program: &Child, name: &str) -> bool {
    let Some(id) = program.id() else { return false };
    let sent = tokio::process::Command::new("sh")
        .args(["-c", &format!("kill -{name} {id}")])
        .status()
        .await;
    sent.is_ok_and(|status| status.success())
}
