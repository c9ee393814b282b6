//! The web UI: its pages, its forms without WebAssembly, and the embedded bundle.

pub(crate) mod assets;
pub(crate) mod bundle;
pub(crate) mod fingerprint;
pub(crate) mod forms;
pub(crate) mod pages;
pub(crate) mod render;
