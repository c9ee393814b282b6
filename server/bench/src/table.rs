//! The table of what was measured.

use std::time::Duration;

use crate::database::Database;
use crate::load::{Load, Measured};
use crate::token::live;

/// Prints what the next rows are about.
pub(crate) fn print_head(database: &Database, users: u64, seconds: u64) {
    println!(
        "\n{}: {users} users, {users} tokens on record, {} of them blacklisted; {seconds} s each\n",
        database.engine(),
        users - live(users)
    );
    println!(
        "{:<13}{:>8}{:>11}{:>9}{:>9}{:>10}{:>7}{:>14}{:>14}",
        "operation",
        "clients",
        "answers/s",
        "p50 ms",
        "p99 ms",
        "failures",
        "shed",
        "server cores",
        "client cores"
    );
}

/// Prints a row.
pub(crate) fn print_row(load: &Load, mut measured: Measured) {
    measured.took.sort_unstable();
    let rate = measured.took.len() as f64 / load.time.as_secs_f64();
    let share = |cores: Option<f64>| cores.map_or("-".to_owned(), |cores| format!("{cores:.2}"));
    println!(
        "{:<13}{:>8}{:>11.0}{:>9}{:>9}{:>10}{:>7}{:>14}{:>14}",
        load.operation.name(),
        load.clients,
        rate,
        percentile(&measured.took, 50),
        percentile(&measured.took, 99),
        measured.failures,
        measured.shed,
        share(measured.cores.map(|(server, _)| server)),
        share(measured.cores.map(|(_, clients)| clients)),
    );
}

/// The milliseconds that so many of a hundred did not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> String {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    match sorted.get(rank - 1) {
        Some(took) => format!("{:.2}", took.as_secs_f64() * 1000.0),
        None => "-".to_owned(),
    }
}
