//! Embeds the web UI's bundle, so that Signet is one file. `cargo xtask bundle` makes the bundle;
//! without one the server builds all the same, and its pages come unstyled and still.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-env-changed=SIGNET_SITE_DIR");
    let root = match std::env::var_os("SIGNET_SITE_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site"),
    };
    println!("cargo:rerun-if-changed={}", root.display());
    let root = root.canonicalize().unwrap_or(root);

    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut table = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&root).expect("a file below the root");
        let name = name.to_str().expect("a name of ours is ASCII");
        writeln!(table, "    (\"/{name}\", include_bytes!({file:?})),")
            .expect("memory is writable");
    }
    table.push(']');
    let out = std::env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR");
    std::fs::write(Path::new(&out).join("site.rs"), table).expect("OUT_DIR is writable");
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = dir.read_dir() else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => collect(&path, files),
            false => files.push(path),
        }
    }
}
