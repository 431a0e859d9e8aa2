//! What every pass needs.

use std::sync::{Arc, PoisonError, RwLock};

use pgo_kube::Kube;
use pgo_plan::Defaults;
use pgo_plan::defaults::{Change, InForce};

use crate::metrics::Metrics;

/// Hands, configuration and counters.
pub(crate) struct Context {
    pub(crate) kube: Kube,
    pub(crate) metrics: Metrics,
    configuration: RwLock<InForce>,
}

impl Context {
    pub(crate) fn new(kube: Kube, metrics: Metrics, configuration: InForce) -> Self {
        Self {
            kube,
            metrics,
            configuration: RwLock::new(configuration),
        }
    }

    /// The configuration as it is now.
    pub(crate) fn defaults(&self) -> Arc<Defaults> {
        self.configuration
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .defaults()
    }

    /// The configuration with what is to be said about it.
    pub(crate) fn in_force(&self) -> InForce {
        self.configuration
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Lets the configuration be changed, and counts it if it could not be.
    pub(crate) fn configure(&self, change: impl FnOnce(&mut InForce) -> Change) -> Change {
        let mut present = self.configuration.write().unwrap_or_else(PoisonError::into_inner);
        let change = change(&mut present);
        self.metrics.configured(present.trouble().is_none());
        change
    }
}
