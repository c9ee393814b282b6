//! The numbers of passed and failed tests, from the output of the test runners.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::io::{BufRead, BufReader};
use std::ops::AddAssign;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command::shown;
use crate::test::Counted;

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Display for Counts {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.skipped {
            0 => Ok(()),
            skipped => write!(f, ", {skipped} skipped"),
        }
    }
}

/// Runs `cargo test`, or what reports as it does, and adds up its `test result:` lines while
/// passing its output on.
pub(crate) fn of_cargo(command: &mut Command) -> Counted {
    let shown = shown(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{shown}` could not be started"))?;
    let output = child.stdout.take().context("the output was not piped")?;
    let mut counts = Counts::default();
    for line in BufReader::new(output).lines() {
        let line = line.with_context(|| format!("the output of `{shown}` could not be read"))?;
        println!("{line}");
        counts += result_line(&line).unwrap_or_default();
    }
    let status = child
        .wait()
        .with_context(|| format!("`{shown}` was lost"))?;
    if !status.success() && counts.failed == 0 {
        bail!("`{shown}` failed ({status}) before or beside its tests");
    }
    Ok(counts)
}

/// Counts the tests that `cargo test -- --list` names, without running them.
pub(crate) fn listed(command: &mut Command) -> Counted {
    let shown = shown(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("`{shown}` could not be started"))?;
    if !output.status.success() {
        bail!("`{shown}` failed ({})", output.status);
    }
    Ok(skipped(&String::from_utf8_lossy(&output.stdout)))
}

/// Reads a line `module::a_name: test` for each.
fn skipped(list: &str) -> Counts {
    let tests = list.lines().filter(|line| line.ends_with(": test"));
    Counts {
        skipped: tests.map(|_| 1).sum(),
        ..Counts::default()
    }
}

/// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; ...`.
fn result_line(line: &str) -> Option<Counts> {
    let (_, numbers) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |what: &str| {
        numbers
            .split("; ")
            .find_map(|part| part.strip_suffix(what)?.trim().parse().ok())
            .unwrap_or(0)
    };
    Some(Counts {
        passed: number("passed"),
        failed: number("failed"),
        skipped: number("ignored"),
    })
}

/// Runs Playwright, which shows its progress and leaves its numbers in `report`, as its
/// configuration says.
pub(crate) fn of_playwright(command: &mut Command, report: &Path) -> Counted {
    // A report of an earlier run must not speak for this one.
    let _ = fs::remove_file(report);
    let status = command
        .status()
        .with_context(|| format!("`{}` could not be started", shown(command)))?;
    let text = fs::read(report)
        .with_context(|| format!("Playwright ended ({status}) without a report"))?;
    let report: serde_json::Value =
        serde_json::from_slice(&text).context("Playwright's report is no JSON")?;
    let counts = report_stats(&report)?;
    if !status.success() && counts.failed == 0 {
        bail!("Playwright failed ({status}) before or beside its tests");
    }
    Ok(counts)
}

/// Reads the numbers at the end of Playwright's report. A flaky test is no passed one.
fn report_stats(report: &serde_json::Value) -> Result<Counts> {
    let number = |name: &str| {
        report["stats"][name]
            .as_u64()
            .with_context(|| format!("Playwright's report has no number `{name}`"))
    };
    Ok(Counts {
        passed: number("expected")?,
        failed: number("unexpected")? + number("flaky")?,
        skipped: number("skipped")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_result_lines_are_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; \
                    2 filtered out; finished in 0.10s";
        assert_eq!(
            result_line(line),
            Some(Counts {
                passed: 12,
                failed: 3,
                skipped: 1
            })
        );
        assert_eq!(result_line("test a_name ... ok"), None);
    }

    #[test]
    fn tests_that_are_only_listed_are_skipped() {
        let list = "verify::a_name: test\nverify::another: test\n\n2 tests, 0 benchmarks\n";
        assert_eq!(
            skipped(list),
            Counts {
                passed: 0,
                failed: 0,
                skipped: 2
            }
        );
    }

    #[test]
    fn a_flaky_browser_test_counts_as_failed() {
        let report = serde_json::json!({
            "stats": { "expected": 4, "unexpected": 1, "flaky": 1, "skipped": 2 }
        });
        let counts = report_stats(&report).unwrap();
        assert_eq!(
            counts,
            Counts {
                passed: 4,
                failed: 2,
                skipped: 2
            }
        );
        assert!(report_stats(&serde_json::json!({})).is_err());
    }
}
