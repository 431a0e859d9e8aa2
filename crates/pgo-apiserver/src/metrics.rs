//! Numbers for Prometheus. Labels are routes and outcomes, never names: nothing about users or clusters leaves here.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use http::StatusCode;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::auth::Login;
use crate::refusal::Verdict;

/// From a cached answer to a client's patience.
const SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 10.0, 60.0];

/// What the server counts.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    seconds: Family<Route, Histogram>,
    in_flight: Gauge<i64, AtomicI64>,
    logins: Family<Outcome, Counter>,
    configuration_refused: Gauge<i64, AtomicI64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    route: &'static str,
    status: u16,
    verdict: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

impl Metrics {
    /// Everything at zero.
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("pgo_apiserver");
        let requests = Family::default();
        let seconds = Family::new_with_constructor(histogram as fn() -> Histogram);
        let in_flight = Gauge::default();
        registry.register(
            "requests",
            "Requests answered, by route and outcome",
            requests.clone(),
        );
        registry.register(
            "request_duration_seconds",
            "Time until the answer, by route",
            seconds.clone(),
        );
        registry.register("requests_in_flight", "Requests being answered", in_flight.clone());
        let logins = Family::default();
        registry.register("logins", "Attempts to log in, by outcome", logins.clone());
        let configuration_refused = Gauge::default();
        registry.register(
            "configuration_refused",
            "1 while what pgo-config says cannot be used and the configuration before it is in force",
            configuration_refused.clone(),
        );
        let metrics = Self {
            registry,
            requests,
            seconds,
            in_flight,
            logins,
            configuration_refused,
        };
        // A rate begins at zero, not at the first failure.
        for login in Login::ALL {
            drop(metrics.logins_of(login));
        }
        metrics
    }

    /// Counts an attempt to log in.
    pub(crate) fn login(&self, login: Login) {
        self.logins_of(login).inc();
    }

    fn logins_of(&self, login: Login) -> Counter {
        let outcome = login.as_str();
        self.logins.get_or_create_owned(&Outcome { outcome })
    }

    /// Notes whether the configuration is the one that the `ConfigMap` says.
    pub(crate) fn configured(&self, as_said: bool) {
        self.configuration_refused.set(i64::from(!as_said));
    }

    /// Counts one request that was answered.
    pub(crate) fn count(&self, route: &'static str, verdict: Verdict, status: StatusCode, took: Duration) {
        let verdict = match verdict {
            Verdict::Ok => "ok",
            Verdict::Error => "error",
            Verdict::Turned => "turned_away",
        };
        self.requests
            .get_or_create(&Request {
                route,
                status: status.as_u16(),
                verdict,
            })
            .inc();
        self.seconds
            .get_or_create(&Route { route })
            .observe(took.as_secs_f64());
    }

    /// Counts a request as being answered for as long as the value lives.
    pub(crate) fn in_flight(&self) -> InFlight<'_> {
        self.in_flight.inc();
        InFlight(&self.in_flight)
    }

    /// Writes everything as `OpenMetrics` text.
    pub(crate) fn encode(&self) -> String {
        let mut written = String::new();
        // Writing to a String cannot fail.
        let _ = text::encode(&mut written, &self.registry);
        written
    }
}

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}

/// A request that is being answered.
pub(crate) struct InFlight<'a>(&'a Gauge<i64, AtomicI64>);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}
