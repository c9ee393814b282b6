//! Signet through its public API: the real router, a real database, a clock that stands still.
//! One file per route or topic; each test is a sentence.

mod answer;
mod app;
mod engine;
mod forge;
mod process;

mod algorithms;
mod blacklist;
mod config_cli;
mod cookie;
mod cors;
mod cors_explain;
mod database;
mod fields;
mod flushing;
mod invariants;
mod key_rotation;
mod keys;
mod limits;
mod me;
mod metrics;
mod obtain;
mod overload;
mod page_forms;
mod pages;
mod refresh;
mod register;
mod reload;
mod requests;
mod responses;
mod rotation;
mod serving;
mod settings;
mod settings_errors;
mod settings_refused;
mod starting;
mod throttle;
mod throttle_register;
mod token_rules;
mod users_cli;
mod users_list;
mod verdict_claims;
mod verdicts;
mod verify;
mod wycheproof;
