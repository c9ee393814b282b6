//! Signet is SimpleJWT as a server: the token endpoints of a Django REST Framework project with
//! `djangorestframework-simplejwt` and `django-cors-headers`, and a web UI of its own.
//!
//! The modules in reading order. The domain, which knows neither HTTP nor SQL and is handed the
//! time: [`claims`], [`keys`], [`token`], [`user`], [`password`], [`network`], [`throttle`],
//! [`registration`], [`credentials`], [`session`], [`flushing`], [`cors`], [`clock`]. Around it
//! [`storage`] for the database, [`http`] for the wire, [`settings`] and [`cli`] for whoever runs it,
//! [`telemetry`], and [`server`], which puts it on a socket, with [`signals`] to end it and
//! [`current`] for what is replaced while it runs.

// A page of the web UI is one type, as deep as its tree of elements.
#![recursion_limit = "256"]

pub mod claims;
pub mod cli;
mod client_stream;
pub mod clock;
mod connections;
pub mod cors;
pub mod credentials;
pub mod current;
mod descriptors;
pub mod flushing;
pub mod http;
pub mod keys;
pub mod metrics;
pub mod network;
pub mod password;
pub mod registration;
pub mod server;
pub mod session;
pub mod settings;
pub mod signals;
pub mod storage;
pub mod telemetry;
pub mod throttle;
pub mod token;
pub mod user;
