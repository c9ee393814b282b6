//! The server's metrics, in the text format of Prometheus. Each server counts for itself, and no
//! text of a client becomes a label: there are as many labels as routes, methods and statuses.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::password::Load;

/// The media type of [`Metrics::render`].
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper ends of the buckets that requests are sorted into, in seconds: around what a token costs
/// without a password (a millisecond), and with one (some tens).
const BUCKETS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// The counters. Clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    logins: Family<LoginLabels, Counter>,
    throttled: Family<ThrottledLabels, Counter>,
    hashing: Family<HashingLabels, Gauge>,
    /// Connections that are open now.
    pub open_connections: Gauge,
}

/// A kind of throttled event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Throttled {
    Login,
    Registration,
}

/// The outcome of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LoginOutcome {
    Succeeded,
    Failed,
    Throttled,
    Busy,
    Error,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LoginLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ThrottledLabels {
    what: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HashingLabels {
    state: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("signet");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let new_histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        let durations = Family::new_with_constructor(new_histogram);
        let help = "Seconds until a request was answered";
        registry.register("http_request_duration_seconds", help, durations.clone());
        let logins = Family::default();
        registry.register("logins", "Logins by how they ended", logins.clone());
        let throttled = Family::default();
        let help = "Logins and registrations refused because there were too many";
        registry.register("throttled", help, throttled.clone());
        let hashing = Family::default();
        let help = "Passwords being hashed, and waiting for it";
        registry.register("hashing_jobs", help, hashing.clone());
        let open_connections = Gauge::default();
        let help = "Connections that are open";
        registry.register("open_connections", help, open_connections.clone());
        Self {
            registry: Arc::new(registry),
            requests,
            durations,
            logins,
            throttled,
            hashing,
            open_connections,
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// Counts an answer. `route` is the route's own text, not the path that was asked for.
    pub(crate) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let (method, route) = (known(method), route.to_owned());
        let labels = RouteLabels {
            method,
            route: route.clone(),
        };
        self.durations
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
        let labels = RequestLabels {
            method,
            route,
            status,
        };
        self.requests.get_or_create(&labels).inc();
    }

    /// Counts a login.
    pub(crate) fn login(&self, outcome: LoginOutcome) {
        let outcome = match outcome {
            LoginOutcome::Succeeded => "succeeded",
            LoginOutcome::Failed => "failed",
            LoginOutcome::Throttled => "throttled",
            LoginOutcome::Busy => "busy",
            LoginOutcome::Error => "error",
        };
        self.logins.get_or_create(&LoginLabels { outcome }).inc();
    }

    /// Counts a throttled event.
    pub(crate) fn throttled(&self, what: Throttled) {
        let what = match what {
            Throttled::Login => "login",
            Throttled::Registration => "registration",
        };
        let labels = ThrottledLabels { what };
        self.throttled.get_or_create(&labels).inc();
    }

    /// Everything, as text. `hashing` is what the threads that hash have to do now.
    pub(crate) fn render(&self, hashing: Load) -> String {
        for (state, jobs) in [("running", hashing.running), ("waiting", hashing.waiting)] {
            let jobs = i64::try_from(jobs).unwrap_or(i64::MAX);
            self.hashing
                .get_or_create(&HashingLabels { state })
                .set(jobs);
        }
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)
            .expect("a text can be written to");
        text
    }
}

/// Returns the label of a standard method. Clients may invent methods.
fn known(method: &str) -> &'static str {
    const KNOWN: [&str; 8] = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
    ];
    let known = KNOWN.into_iter().find(|known| *known == method);
    known.unwrap_or("other")
}
