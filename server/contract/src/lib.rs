//! Replays recorded cases against a server: requests to a Django project with SimpleJWT, and its
//! answers, under each profile of settings.
//!
//! The cases lie in `server/tests/contract/`, whose README explains their form. [`cases`] reads
//! them, [`expected`] has their answers, [`template`] fills in values known only while a case runs,
//! [`forge`] makes the tokens of attackers, [`wire`] asks, [`expect`] compares, [`replay`] puts these
//! together, and [`waivers`] is the list of intended differences. The caller creates the users: a test
//! has the server's store at hand, the program of this crate a command line.

pub mod cases;
mod compact;
pub mod expect;
pub mod expected;
pub mod forge;
pub mod replay;
pub mod template;
pub mod waivers;
pub mod wire;

use std::path::PathBuf;

/// Returns the folder of the cases, the waivers and the test keys.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/contract")
}
