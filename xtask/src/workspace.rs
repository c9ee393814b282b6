//! The folders: the repository, Cargo's target folder, the browser tests.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The folders that the tasks work in.
pub(crate) struct Workspace {
    /// The root of the repository.
    pub(crate) root: PathBuf,
    /// The folder of Cargo's output; `target/` unless CARGO_TARGET_DIR or a configuration names
    /// another.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks Cargo, which knows every way in which the target folder can be moved.
    pub(crate) fn find() -> Result<Self> {
        // Cargo sets the variable when it runs us; the constant serves a binary started by hand.
        let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest_dir
            .parent()
            .context("the xtask crate has no folder above it")?
            .to_owned();
        let output = Command::new(cargo_program())
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(&root)
            .output()
            .context("cargo could not be started; is Rust installed? See https://rustup.rs")?;
        if !output.status.success() {
            bail!(
                "`cargo metadata` failed:\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
            .context("`cargo metadata` answered something that is no JSON")?;
        let target = metadata["target_directory"]
            .as_str()
            .context("`cargo metadata` names no target folder")?;
        Ok(Self {
            root,
            target: PathBuf::from(target),
        })
    }

    /// The browser's files, ready to be embedded in the server. Always in the repository, wherever
    /// Cargo's target folder is, so that the server's build script finds them.
    pub(crate) fn site(&self) -> PathBuf {
        self.root.join("target/site")
    }

    /// The Playwright project.
    pub(crate) fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// The server that a build with `profile` (`debug` or `release`) leaves behind.
    pub(crate) fn server(&self, profile: &str) -> PathBuf {
        let name = format!("signet{}", std::env::consts::EXE_SUFFIX);
        self.target.join(profile).join(name)
    }
}

/// The very Cargo that runs this task, so that both use one toolchain.
pub(crate) fn cargo_program() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}
