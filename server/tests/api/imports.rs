//! Imports run one way: no circles between the rooms of `server/src` and `app/src`, nor between the
//! files of one room.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::invariants::{Code, server, sources};

/// The imports of modules: each module with those that it names.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// Returns the modules that stand in a circle: those that can be reached from themselves.
fn circles(imports: &Imports) -> Vec<&String> {
    let is_in_circle = |start: &&String| {
        let mut seen = BTreeSet::new();
        let mut open = vec![*start];
        while let Some(module) = open.pop() {
            for next in imports.get(module).into_iter().flatten() {
                if next == *start {
                    return true;
                }
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        false
    };
    imports.keys().filter(is_in_circle).collect()
}

/// Returns the module of a file, such as `storage::engine`.
fn module_of(path: &str) -> String {
    let path = path.strip_suffix(".rs").unwrap();
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.replace('/', "::")
}

/// Returns the paths below the crate that a file names, each from a `use` or in place.
fn paths_of(module: &str, text: &str) -> Vec<String> {
    let path = Regex::new(r"\b(crate|super|self)((::\w+)+)(::\{)?").unwrap();
    let mut paths = Vec::new();
    for found in path.captures_iter(text) {
        let mut start: Vec<&str> = match &found[1] {
            "crate" => Vec::new(),
            _ => module.split("::").collect(),
        };
        if &found[1] == "super" {
            start.pop();
        }
        let rest: Vec<&str> = found[2].trim_start_matches("::").split("::").collect();
        for part in rest {
            if part == "super" {
                start.pop();
            } else {
                start.push(part);
            }
        }
        if found.get(4).is_none() {
            paths.push(start.join("::"));
            continue;
        }
        let names = &text[found.get(0).unwrap().end()..];
        for name in names[..names.find('}').unwrap()].split(',') {
            let name = name.trim().split("::").next().unwrap();
            if name != "self" && !name.is_empty() {
                paths.push(format!("{}::{name}", start.join("::")));
            } else {
                paths.push(start.join("::"));
            }
        }
    }
    paths
}

/// Returns the names that the `mod.rs` of a folder passes on from its files: `storage::Store` is
/// `storage::store::Store`.
fn reexports(files: &[Code]) -> BTreeMap<String, String> {
    let passed_on = Regex::new(r"pub(?:\([a-z]+\))? use (\w[\w:]*)::(\{[^}]*\}|\w+);").unwrap();
    let mut names = BTreeMap::new();
    for file in files.iter().filter(|file| file.path.ends_with("/mod.rs")) {
        let module = module_of(&file.path);
        for found in passed_on.captures_iter(&file.text) {
            for name in found[2].trim_matches(['{', '}']).split(',') {
                let name = name.trim();
                let origin = format!("{module}::{}::{name}", &found[1]);
                names.insert(format!("{module}::{name}"), origin);
            }
        }
    }
    names
}

/// Returns the imports between the files of a folder. A `mod.rs` that only passes names on is no
/// file of its own: the names count as those of the file that has them.
fn imports_of_files(files: &[Code]) -> Imports {
    let modules: BTreeSet<String> = files.iter().map(|file| module_of(&file.path)).collect();
    let reexports = reexports(files);
    let owner = |path: &str| {
        let mut path = path.to_owned();
        while let Some(origin) = reexports.get(&path) {
            path.clone_from(origin);
        }
        let mut path = path.as_str();
        while !modules.contains(path) {
            path = path.rsplit_once("::")?.0;
        }
        Some(path.to_owned())
    };
    let mut imports = Imports::new();
    for file in files {
        let module = module_of(&file.path);
        let named = paths_of(&module, &file.text).into_iter();
        let named = named.filter_map(|path| owner(&path));
        let named = named.filter(|other| *other != module).collect();
        imports.insert(module, named);
    }
    imports
}

#[test]
fn rooms_do_not_import_each_other_in_circles() {
    for folder in ["src", "../app/src"] {
        let mut rooms = Imports::new();
        for file in sources(&server().join(folder)) {
            let room = |module: &str| module.split("::").next().unwrap().to_owned();
            let module = module_of(&file.path);
            if ["lib", "main"].contains(&module.as_str()) {
                continue;
            }
            let named = paths_of(&module, &file.text).into_iter();
            let named = named.map(|path| room(&path));
            let own = room(&module);
            let named = named.filter(|other| *other != own);
            rooms.entry(own.clone()).or_default().extend(named);
        }
        assert!(rooms.len() > 3, "{folder}");
        assert_eq!(circles(&rooms), [""; 0], "{folder}");
    }
}

#[test]
fn files_of_a_room_do_not_import_each_other_in_circles() {
    let files = sources(&server().join("src"));
    let imports = imports_of_files(&files);
    assert!(imports["storage::users"].contains("storage::store"));
    assert!(imports["http::endpoint"].contains("http::current_user"));
    assert_eq!(circles(&imports), [""; 0]);
}

#[test]
fn a_circle_is_found() {
    let file = |path: &str, text: &str| Code {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let files = [
        file(
            "room/mod.rs",
            "mod a;\nmod b;\npub use a::{First, Other};\n",
        ),
        file("room/a.rs", "use crate::room::b;\n"),
        file("room/b.rs", "fn f(x: super::First) {}\n"),
        file("room/c.rs", "use crate::room::{Other, b::Third};\n"),
    ];
    let imports = imports_of_files(&files);
    assert_eq!(circles(&imports), ["room::a", "room::b"]);
}
