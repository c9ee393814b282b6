//! Signet is SimpleJWT as a server: the token endpoints of a Django REST Framework project with
//! `djangorestframework-simplejwt` and `django-cors-headers`, and a web UI of its own.
//!
//! The modules in reading order. The domain, which knows neither HTTP nor SQL and is handed the
//! time: [`clock`], [`network`], [`model`], [`password`], [`keys`], [`token`], [`throttle`],
//! [`cors`]. [`storage`] keeps its records in a database, and [`auth`] holds the flows over all of
//! them. Around the flows stand [`settings`], [`http`] for the wire, [`server`] for the socket and
//! its signals, and [`cli`] for operators; [`metrics`] and [`telemetry`] observe, and
//! [`reloadable`] holds values that SIGHUP replaces.

// A page of the web UI is one type, as deep as its tree of elements.
#![recursion_limit = "256"]

pub mod auth;
pub mod cli;
pub mod clock;
pub mod cors;
pub mod http;
pub mod keys;
pub mod metrics;
pub mod model;
pub mod network;
pub mod password;
pub mod reloadable;
pub mod server;
pub mod settings;
pub mod storage;
pub mod telemetry;
pub mod throttle;
pub mod token;
