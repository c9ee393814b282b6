//! `cargo xtask bundle`: the browser's files, in `target/site/`, ready to be embedded in the server.
//!
//! The frontend crate is compiled to WebAssembly, wasm-bindgen writes the JavaScript that loads it,
//! the style sheets become one. Each file is named after its content, so that a browser may keep it
//! for ever, and has a `.br` and a `.gz` twin. `manifest.json` tells the server the names:
//!
//! ```json
//! {"script":"/pkg/signet-<hash>.js","wasm":"/pkg/signet-<hash>.wasm","stylesheet":"/pkg/signet-<hash>.css"}
//! ```

mod compress;
mod shrink;
mod site;
mod style;
mod wasm;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::bundle::site::Site;
use crate::command::{cargo, find_program, must_succeed, say};
use crate::toolchain::{self, WASM};
use crate::workspace::Workspace;

/// The limit for a visitor's first page, in compressed bytes of WebAssembly.
const WASM_LIMIT: usize = 200_000;

/// The purpose of the bundle.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Quick to build.
    Dev,
    /// Quick to download: what ships.
    Release,
}

/// Brings `target/site/` up to date with the sources; leaves it untouched if it is.
pub(crate) fn bundle(workspace: &Workspace, mode: Mode) -> Result<()> {
    toolchain::ensure_wasm_target()?;
    let compiled = compile(workspace, mode)?;
    let start = read_text(&workspace.root.join("frontend/start.js"))?;
    let style = style::concatenate(&workspace.root.join("style"))?;
    let favicon_path = workspace.root.join("style/favicon.svg");
    let favicon = fs::read(&favicon_path)
        .with_context(|| format!("the icon {} is missing", favicon_path.display()))?;
    let optimizer = match mode {
        Mode::Dev => None,
        Mode::Release => find_optimizer(workspace),
    };

    let stamp = fingerprint(&(
        mode,
        &compiled,
        &start,
        &style,
        &favicon,
        &optimizer,
        this_program(),
    ));
    let stamp_path = workspace.root.join("target/site.stamp");
    if fs::read_to_string(&stamp_path).is_ok_and(|last| last == stamp)
        && workspace.site().join("manifest.json").is_file()
    {
        say("target/site/ is up to date");
        return Ok(());
    }

    let module = wasm::bind(&compiled, mode, optimizer.is_some())?;
    let binary = match &optimizer {
        Some(words) => wasm::optimize(words, &module.binary)?,
        None => module.binary,
    };
    let mut site = Site::default();
    let wasm = site.add_named("wasm", binary, mode);
    // The script's own default for the module's address: right even if no address is passed.
    let script = [module.script, wasm::without_comments(&start)]
        .join("\n")
        .replace(wasm::MODULE_NAME, wasm.trim_start_matches("/pkg/"));
    let script = site.add_named("js", script.into_bytes(), mode);
    let stylesheet = site.add_named("css", style.into_bytes(), mode);
    for (path, content) in module.snippets {
        site.add(&format!("pkg/{path}"), content.into_bytes(), mode);
    }
    site.add("favicon.svg", favicon, mode);
    let manifest =
        serde_json::json!({ "script": script, "wasm": wasm, "stylesheet": stylesheet }).to_string();
    site.add_alone("manifest.json", manifest.into_bytes());
    site.print_sizes();
    let travels = site.compressed_size(&wasm);
    // Without wasm-opt it weighs what it must; `cargo xtask test` has it, and holds the limit.
    if mode == Mode::Release && optimizer.is_some() && travels > WASM_LIMIT {
        bail!(
            "the WebAssembly is {travels} bytes after compression; the limit is {WASM_LIMIT}. \
             Look for a new dependency of `app` that does not belong in a browser."
        );
    }
    site.write(&workspace.site())?;
    fs::write(&stamp_path, stamp).context("target/site.stamp could not be written")
}

/// Compiles the frontend crate; returns the WebAssembly as the compiler left it.
fn compile(workspace: &Workspace, mode: Mode) -> Result<Vec<u8>> {
    let (profile, folder, hint) = match mode {
        Mode::Dev => ("dev", "debug", "a minute when new"),
        Mode::Release => (
            "wasm-release",
            "wasm-release",
            "two to four minutes when new",
        ),
    };
    say(&format!("Compiling the web UI to WebAssembly ({hint})"));
    must_succeed(cargo(workspace).args([
        "build",
        "--package",
        "signet-frontend",
        "--target",
        WASM,
        "--profile",
        profile,
    ]))?;
    let path = workspace
        .target
        .join(WASM)
        .join(folder)
        .join("signet_frontend.wasm");
    fs::read(&path).with_context(|| format!("the compiler left no {}", path.display()))
}

/// The words that start wasm-opt. It makes the module a fifth smaller, and is no must: the browser
/// tests bring it along from npm, as a script for Node.
fn find_optimizer(workspace: &Workspace) -> Option<Vec<PathBuf>> {
    if let Some(installed) = find_program("wasm-opt") {
        return Some(vec![installed]);
    }
    let script = workspace
        .end2end()
        .join("node_modules/binaryen/bin/wasm-opt");
    if let Some(node) = find_program("node")
        && script.is_file()
    {
        return Some(vec![node, script]);
    }
    say("wasm-opt was not found; the WebAssembly will be a little larger than it could be");
    None
}

/// A short name for content. The hash need not be secure, nor the same in the next release of
/// Rust: it only has to change when the content does.
fn fingerprint(content: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Identifies this build of xtask: a changed bundler makes a changed bundle.
fn this_program() -> Option<(u64, std::time::SystemTime)> {
    let metadata = fs::metadata(std::env::current_exe().ok()?).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

/// Reads a text that must be there.
fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))
}
