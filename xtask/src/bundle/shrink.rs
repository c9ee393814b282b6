//! Removes the parts of the module that a visitor need not download: messages of panics, unused
//! exports, long names of imports.

use std::collections::HashMap;

use walrus::ir::Value;
use walrus::{ConstExpr, DataKind, FunctionBuilder, FunctionId, FunctionKind, Module, passes};

/// The functions of the standard library that every panic passes through, by what their names
/// begin with. One that a later Rust names differently stays, and only weighs.
const PANICS: [&str; 13] = [
    "__rustc::rust_begin_unwind",
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::raw_vec::handle_error",
    "core::cell::panic_already",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::panicking::panic",
    "core::panicking::assert_failed",
    "core::result::unwrap_failed",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::slice::index::slice_index_fail",
    "core::str::slice_error_fail",
];

/// The exported classes of `wasm-streams`, which Leptos brings along for server functions that
/// stream. Signet has none, and an export keeps alive all that it reaches.
const UNUSED_EXPORTS: &str = "intounderlying";

/// Makes every panic a bare trap. It ends the module as before, and the browser's console shows the
/// place. It removes the messages, the code that composes them, and the paths of the sources, which
/// would tell the folders of the machine that built it.
pub(crate) fn strip_panic_messages(module: &mut Module) {
    let panics: Vec<FunctionId> = module
        .funcs
        .iter_local()
        .map(|(id, _)| id)
        .filter(|id| module.funcs.get(*id).name.as_deref().is_some_and(is_panic))
        .collect();
    for id in panics {
        let signature = module.types.get(module.funcs.get(id).ty());
        let (parameters, results) = (signature.params().to_vec(), signature.results().to_vec());
        let mut trap = FunctionBuilder::new(&mut module.types, &parameters, &results);
        trap.func_body().unreachable();
        let arguments = parameters.iter().map(|kind| module.locals.add(*kind));
        let trap = trap.local_func(arguments.collect());
        module.funcs.get_mut(id).kind = FunctionKind::Local(trap);
    }
    let segments: Vec<_> = module.data.iter().map(|segment| segment.id()).collect();
    for id in segments {
        let segment = module.data.get_mut(id);
        if let DataKind::Active { offset, .. } = &segment.kind
            && let ConstExpr::Value(Value::I32(start)) = offset
        {
            blank_locations(start.cast_unsigned(), &mut segment.value);
        }
    }
}

/// Overwrites with zeros each `core::panic::Location` of the data that begins at address `start`,
/// with the path that it points to: two words for the path, one each for the line and the column.
fn blank_locations(start: u32, data: &mut [u8]) {
    const SIZE: usize = 16;
    let skip = start.wrapping_neg() as usize % 4;
    let mut found = Vec::new();
    for at in (skip..data.len().saturating_sub(SIZE - 1)).step_by(4) {
        let word = |index: usize| {
            let at = at + 4 * index;
            u32::from_le_bytes([data[at], data[at + 1], data[at + 2], data[at + 3]])
        };
        let path_start = word(0).wrapping_sub(start) as usize;
        let path = path_start..path_start.saturating_add(word(1) as usize);
        let is_path = data
            .get(path.clone())
            .is_some_and(|path| path.ends_with(b".rs") && path.iter().all(u8::is_ascii_graphic));
        if is_path && word(2) > 0 && word(3) > 0 {
            found.push(at..at + SIZE);
            found.push(path);
        }
    }
    for range in found {
        data[range].fill(0);
    }
}

/// Returns `true` if a function of this name only panics. Rust writes a crate's hash in brackets
/// behind its name.
fn is_panic(name: &str) -> bool {
    let mut plain = String::new();
    let mut depth = 0_u32;
    for character in name.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(character),
            _ => {}
        }
    }
    PANICS.iter().any(|panic| plain.starts_with(panic))
}

/// Removes unused exports, and the code that only they reach.
pub(crate) fn drop_unused_exports(module: &mut Module) {
    let unused: Vec<_> = module
        .exports
        .iter()
        .filter(|export| export.name.contains(UNUSED_EXPORTS))
        .map(|export| export.id())
        .collect();
    for id in unused {
        module.exports.delete(id);
    }
    passes::gc::run(module);
}

/// Shortens the names of the imports, in the module and in the returned `script`: those of
/// wasm-bindgen end in a hash, which does not compress.
pub(crate) fn shorten_imports(module: &mut Module, script: &str) -> String {
    let mut names = HashMap::new();
    for (index, import) in module.imports.iter_mut().enumerate() {
        let short = format!("i{index}");
        names.insert(std::mem::replace(&mut import.name, short.clone()), short);
    }
    rename(script, &names)
}

/// `script` with other names for its functions; members of objects (`wasm.name`) keep theirs.
fn rename(script: &str, names: &HashMap<String, String>) -> String {
    let in_name = |character: char| character.is_ascii_alphanumeric() || "_$".contains(character);
    let mut out = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(start) = rest.find(in_name) {
        let length = rest[start..].find(|character| !in_name(character));
        let end = length.map_or(rest.len(), |length| start + length);
        out.push_str(&rest[..start]);
        let name = &rest[start..end];
        let renamed = names.get(name).filter(|_| !out.ends_with('.'));
        out.push_str(renamed.map_or(name, String::as_str));
        rest = &rest[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_known_by_its_name_whatever_its_hashes() {
        assert!(is_panic("core[c5930c85a12de822]::panicking::panic_fmt"));
        assert!(is_panic("core::option::unwrap_failed::h0123456789abcdef"));
        assert!(!is_panic(
            "std[a543996e6e7dbf1e]::panicking::panic_count::is_zero"
        ));
        assert!(!is_panic("signet_app::session::core::panicking"));
    }

    #[test]
    fn a_location_goes_with_its_path_and_other_data_stays() {
        let mut data = b"src/a.rs".to_vec();
        for word in [1024_u32, 8, 7, 3, 1024, 8, 7, 0, 42] {
            data.extend(word.to_le_bytes());
        }
        let kept = data[24..].to_vec();
        blank_locations(1024, &mut data);
        assert_eq!(data[..24], [0; 24]);
        assert_eq!(data[24..], kept);
    }

    #[test]
    fn whole_names_change_and_members_do_not() {
        let names = HashMap::from([("__wbg_a_1".to_owned(), "i0".to_owned())]);
        assert_eq!(
            rename("{ __wbg_a_1: f, __wbg_a_12: g }; wasm.__wbg_a_1()", &names),
            "{ i0: f, __wbg_a_12: g }; wasm.__wbg_a_1()"
        );
    }
}
