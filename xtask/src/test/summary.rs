//! What the run found, in the order in which it was found.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::command::say;
use crate::test::Counted;
use crate::test::counts::Counts;

/// How a step ended.
enum Outcome {
    /// A check without numbers, such as a linter.
    Passed,
    Counted(Counts),
    Failed(String),
    Skipped(&'static str),
    /// What this machine does not have; no failure.
    LeftOut(String),
}

/// The steps of a run.
#[derive(Default)]
pub(crate) struct Summary {
    steps: Vec<(&'static str, Duration, Outcome)>,
}

impl Summary {
    /// Runs a step that passes or fails; says which.
    pub(crate) fn check(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) -> bool {
        self.record(name, || step().map(|()| Outcome::Passed))
    }

    /// Runs a step that counts its tests.
    pub(crate) fn count(&mut self, name: &'static str, step: impl FnOnce() -> Counted) {
        self.record(name, || step().map(Outcome::Counted));
    }

    /// Notes a step that cannot be run. That is a failure: what was not tested has not passed.
    pub(crate) fn skip(&mut self, name: &'static str, why: &'static str) {
        self.steps
            .push((name, Duration::ZERO, Outcome::Skipped(why)));
    }

    /// Notes a step that asks for more than every machine has, and why it was not run. That is no
    /// failure, but it is said.
    pub(crate) fn leave_out(&mut self, name: &'static str, why: String) {
        self.steps
            .push((name, Duration::ZERO, Outcome::LeftOut(why)));
    }

    fn record(&mut self, name: &'static str, step: impl FnOnce() -> Result<Outcome>) -> bool {
        say(name);
        let begun = Instant::now();
        let outcome = step().unwrap_or_else(|problem| Outcome::Failed(format!("{problem:#}")));
        let good = matches!(&outcome, Outcome::Passed)
            || matches!(&outcome, Outcome::Counted(counts) if counts.failed == 0);
        self.steps.push((name, begun.elapsed(), outcome));
        good
    }

    /// All numbers added up. A failed check adds one to the failures, so that a run is good exactly
    /// when this says `0 failed`; checks that passed are no tests and are not counted.
    fn total(&self) -> Counts {
        let mut total = Counts::default();
        for (_, _, outcome) in &self.steps {
            match outcome {
                Outcome::Passed | Outcome::LeftOut(_) => {}
                Outcome::Counted(counts) => total += *counts,
                Outcome::Failed(_) | Outcome::Skipped(_) => total.failed += 1,
            }
        }
        total
    }

    /// Prints the steps, and last of all `N passed, N failed`.
    pub(crate) fn print(&self) -> ExitCode {
        println!("\n==> Summary");
        for (name, took, outcome) in &self.steps {
            let words = match outcome {
                Outcome::Passed => "passed".to_owned(),
                Outcome::Counted(Counts {
                    passed,
                    failed,
                    skipped: 0,
                }) => {
                    format!("{passed} passed, {failed} failed")
                }
                Outcome::Counted(Counts {
                    passed,
                    failed,
                    skipped,
                }) => {
                    format!("{passed} passed, {failed} failed, {skipped} skipped")
                }
                Outcome::Failed(problem) => format!("FAILED: {problem}"),
                Outcome::Skipped(why) => format!("NOT RUN: {why}"),
                Outcome::LeftOut(why) => format!("skipped: {why}"),
            };
            println!("    {name:<22} {:>4} s   {words}", took.as_secs());
        }
        let total = self.total();
        println!("{} passed, {} failed", total.passed, total.failed);
        if total.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn a_failed_check_and_one_not_run_make_the_run_fail() {
        let mut summary = Summary::default();
        assert!(summary.check("good", || Ok(())));
        assert!(!summary.check("bad", || bail!("no")));
        summary.skip("not run", "nothing to test");
        summary.leave_out("left out", "this machine has no such thing".to_owned());
        summary.count("tests", || {
            Ok(Counts {
                passed: 5,
                failed: 0,
                skipped: 1,
            })
        });
        assert_eq!(
            summary.total(),
            Counts {
                passed: 5,
                failed: 2,
                skipped: 1
            }
        );
    }
}
