//! The results of a run, in their order.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::command::say;
use crate::test::Counted;
use crate::test::counts::Counts;

/// The outcome of a step.
enum Outcome {
    /// A check without numbers, such as a linter.
    Passed,
    Counted(Counts),
    Failed(String),
    /// An earlier step did not make its input.
    NotRun(&'static str),
    /// The machine lacks a tool; with the tests that are skipped for it.
    LeftOut(Counts, String),
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
            .push((name, Duration::ZERO, Outcome::NotRun(why)));
    }

    /// Counts the tests of a step whose tools are missing, with the reason. The run does not fail,
    /// and its summary says that it is incomplete.
    pub(crate) fn leave_out(
        &mut self,
        name: &'static str,
        why: String,
        tests: impl FnOnce() -> Counted,
    ) {
        self.record(name, || {
            println!("    skipped: {why}");
            tests().map(|tests| Outcome::LeftOut(tests, why))
        });
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
                Outcome::Passed => {}
                Outcome::Counted(counts) | Outcome::LeftOut(counts, _) => total += *counts,
                Outcome::Failed(_) | Outcome::NotRun(_) => total.failed += 1,
            }
        }
        total
    }

    /// Prints the steps, and last of all `N passed, N failed`, and what was skipped.
    pub(crate) fn print(&self) -> ExitCode {
        println!("\n==> Summary");
        for (name, took, outcome) in &self.steps {
            let words = match outcome {
                Outcome::Passed => "passed".to_owned(),
                Outcome::Counted(counts) => counts.to_string(),
                Outcome::Failed(problem) => format!("FAILED: {problem}"),
                Outcome::NotRun(why) => format!("NOT RUN: {why}"),
                Outcome::LeftOut(counts, why) => format!("{counts}: {why}"),
            };
            println!("    {name:<22} {:>4} s   {words}", took.as_secs());
        }
        let total = self.total();
        println!("{total}");
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
        let why = "this machine has no such thing".to_owned();
        summary.leave_out("left out", why, || {
            Ok(Counts {
                passed: 0,
                failed: 0,
                skipped: 3,
            })
        });
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
                skipped: 4
            }
        );
    }
}
