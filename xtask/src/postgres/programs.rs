//! The programs of an installed PostgreSQL server.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::command::find_program;

/// The folder with the server's programs. Debian keeps most of them off PATH.
pub(super) fn folder() -> Option<PathBuf> {
    let on_path = ["postgres", "initdb"]
        .into_iter()
        .filter_map(find_program)
        // A link may lead to the folder of the other programs.
        .filter_map(|program| Some(program.canonicalize().ok()?.parent()?.to_owned()));
    on_path
        .chain(named_by_pg_config())
        .chain(debians())
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// The folder that PostgreSQL's own `pg_config` names.
fn named_by_pg_config() -> Option<PathBuf> {
    let output = Command::new(find_program("pg_config")?)
        .arg("--bindir")
        .output()
        .ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(folder.trim()))
}

/// Debian's folders, one for each version, the newest first.
fn debians() -> Vec<PathBuf> {
    let mut versions: Vec<u32> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    versions.sort_unstable();
    let newest_first = versions.into_iter().rev();
    newest_first
        .map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")))
        .collect()
}
