//! The part of Rust that compiles for the browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{find_program, must_succeed, say};

/// The browser, in the compiler's words.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Makes sure that the compiler can build for the browser; adds the target by rustup if it is
/// missing.
pub(crate) fn ensure_wasm_target() -> Result<()> {
    if wasm_library().is_some_and(|folder| folder.is_dir()) {
        return Ok(());
    }
    if find_program("rustup").is_none() {
        bail!(
            "Rust's {WASM} target is missing, and so is rustup, which would fetch it.\n\
             Install the target with your system's package manager (Debian: \
             `apt-get install libstd-rust-dev-wasm32`), or install Rust from https://rustup.rs"
        );
    }
    // Not left to rust-toolchain.toml: an environment may have switched that off.
    say(&format!("Adding Rust's {WASM} target (a few seconds)"));
    must_succeed(Command::new("rustup").args(["target", "add", WASM]))
}

/// Returns the folder of the compiler's standard library for the browser, installed or not.
fn wasm_library() -> Option<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "sysroot"])
        .output()
        .ok()?;
    let sysroot = String::from_utf8(output.stdout).ok()?;
    Some(
        Path::new(sysroot.trim())
            .join("lib/rustlib")
            .join(WASM)
            .join("lib"),
    )
}
