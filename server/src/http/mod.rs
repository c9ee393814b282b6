//! The server's HTTP side. Only this module knows status codes.

mod cookies;
mod current_user;
mod endpoint;
mod error;
mod middleware;
mod options_metadata;
mod request;
mod router;
mod routes;
mod site;
mod state;

pub use middleware::cors::CorsPolicy;
pub use request::body_budget::BodyLimits;
pub use request::client_address::Peer;
pub(crate) use request::target::check_target;
pub use router::router;
pub use routes::metrics::metrics_router;
pub use state::AppState;
