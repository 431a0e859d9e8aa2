//! Counters for whoever watches the operator. Labels are discriminants, never names.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64};

use pgo_kube::Error;
use pgo_kube::cache::Caches;
use pgo_kube::client::Requests;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeLabelValue, EncodeMetric as _};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;

use crate::actors::Then;

/// The counters, and how to print them.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    passes: Family<PassLabels, Counter<u64, AtomicU64>>,
    configuration_refused: Gauge<i64, AtomicI64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PassLabels {
    result: Passed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[expect(non_camel_case_types, reason = "the names are the values of a label")]
enum Passed {
    changed,
    unchanged,
    failed,
}

impl Metrics {
    pub(crate) fn new(requests: Requests, caches: Caches) -> Self {
        let mut registry = Registry::with_prefix("pgo");
        let passes = Family::default();
        registry.register("passes", "Passes over clusters, by result", passes.clone());
        let configuration_refused = Gauge::default();
        registry.register(
            "configuration_refused",
            "1 while what pgo-config says cannot be used and the configuration before it is in force",
            configuration_refused.clone(),
        );
        registry.register_collector(Box::new(Outside { requests, caches }));
        Self {
            registry,
            passes,
            configuration_refused,
        }
    }

    /// Notes whether the configuration is the one that the `ConfigMap` says.
    pub(crate) fn configured(&self, as_said: bool) {
        self.configuration_refused.set(i64::from(!as_said));
    }

    /// Counts a pass.
    pub(crate) fn passed(&self, fate: &Result<Then, Error>) {
        let result = match fate {
            Ok(Then::Again) => Passed::changed,
            Ok(_) => Passed::unchanged,
            Err(_) => Passed::failed,
        };
        self.passes.get_or_create(&PassLabels { result }).inc();
    }

    /// All metrics in the text format of `OpenMetrics`.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// What is counted elsewhere and read when somebody asks.
#[derive(Debug)]
struct Outside {
    requests: Requests,
    caches: Caches,
}

impl Collector for Outside {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for (name, help, count) in [
            (
                "api_reads",
                "Requests to the Kubernetes API that read",
                self.requests.reads(),
            ),
            (
                "api_watches",
                "Watches opened at the Kubernetes API",
                self.requests.watches(),
            ),
            (
                "api_writes",
                "Requests to the Kubernetes API that write",
                self.requests.writes(),
            ),
        ] {
            let counter = ConstCounter::new(count);
            let metric = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
            counter.encode(metric)?;
        }
        for (name, help, value) in [
            (
                "clusters",
                "Clusters that are known",
                i64::try_from(self.caches.clusters.len()).unwrap_or(i64::MAX),
            ),
            (
                "resident_memory_bytes",
                "Memory that the process occupies",
                resident_bytes().unwrap_or(0),
            ),
        ] {
            let gauge = ConstGauge::new(value);
            let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(metric)?;
        }
        Ok(())
    }
}

fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace()
        .next()?
        .parse::<i64>()
        .ok()
        .map(|kilobytes| kilobytes * 1024)
}
