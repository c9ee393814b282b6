//! From the compiler's WebAssembly to a module that a browser can load.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::bundle::{Mode, shrink};
use crate::command::{must_succeed, say};

/// The module's name as wasm-bindgen writes it into the script.
pub(crate) const MODULE_NAME: &str = "signet_bg.wasm";

/// WebAssembly features the compiler uses by default; every browser has had them since 2023.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The passes of wasm-opt. Rust keeps its stack at the bottom of the memory, where no pointer
/// leads; functions of the same name are copies of one generic, and compress best side by side.
const OPTIMIZATIONS: [&str; 3] = ["-Oz", "--low-memory-unused", "--reorder-functions-by-name"];

/// The files that the browser loads.
pub(crate) struct Module {
    /// The WebAssembly.
    pub(crate) binary: Vec<u8>,
    /// The JavaScript that loads it, an ES module.
    pub(crate) script: String,
    /// JavaScript that crates bring along, by its path beside the script.
    pub(crate) snippets: BTreeMap<String, String>,
}

/// Writes the JavaScript that joins the module to the browser, as `wasm-bindgen --target web` does.
/// `keep_names` leaves the names of the functions in, for wasm-opt.
pub(crate) fn bind(compiled: &[u8], mode: Mode, keep_names: bool) -> Result<Module> {
    say("Writing the JavaScript that loads it");
    let mut output = Bindgen::new()
        .input_bytes("signet", compiled.to_vec())
        .web(true)
        .and_then(|bindgen| {
            bindgen
                .typescript(false)
                .omit_default_module_path(false)
                .remove_name_section(!keep_names)
                .remove_producers_section(true)
                .generate_output()
        })
        .context(
            "wasm-bindgen could not read the module; are wasm-bindgen and \
             wasm-bindgen-cli-support of one version in Cargo.toml?",
        )?;
    let mut snippets: BTreeMap<String, String> = output
        .local_modules()
        .iter()
        .map(|(path, content)| (format!("snippets/{path}"), content.clone()))
        .collect();
    for (krate, inline) in output.snippets() {
        for (index, content) in inline.iter().enumerate() {
            snippets.insert(
                format!("snippets/{krate}/inline{index}.js"),
                content.clone(),
            );
        }
    }
    let mut script = output.js().to_owned();
    shrink::drop_unused_exports(output.wasm_mut());
    if mode == Mode::Release {
        shrink::strip_panic_messages(output.wasm_mut());
        script = shrink::shorten_imports(output.wasm_mut(), &script);
    }
    Ok(Module {
        script,
        snippets,
        binary: output.wasm_mut().emit_wasm(),
    })
}

/// Returns a script without the lines that only hold a comment.
pub(crate) fn without_comments(script: &str) -> String {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    script
        .lines()
        .filter(is_code)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Makes the module smaller with wasm-opt, which `words` start.
pub(crate) fn optimize(words: &[PathBuf], binary: &[u8]) -> Result<Vec<u8>> {
    say("Making it smaller with wasm-opt");
    let folder = env::temp_dir().join(format!("signet-wasm-opt-{}", std::process::id()));
    fs::create_dir_all(&folder)
        .with_context(|| format!("the folder {} could not be made", folder.display()))?;
    let (input, output) = (folder.join("in.wasm"), folder.join("out.wasm"));
    let optimized = fs::write(&input, binary)
        .context("the module could not be written to the folder for temporary files")
        .and_then(|()| {
            let (program, script) = words.split_first().context("there is no wasm-opt")?;
            let mut command = Command::new(program);
            must_succeed(
                command
                    .args(script)
                    .args(OPTIMIZATIONS)
                    .args(FEATURES)
                    .arg(&input)
                    .arg("-o")
                    .arg(&output),
            )
        })
        .and_then(|()| fs::read(&output).context("wasm-opt left no module behind"));
    // A leftover folder does no harm, so a failure to remove it is ignored.
    let _ = fs::remove_dir_all(&folder);
    optimized
}
