//! What every pass needs.

use std::sync::{Arc, PoisonError, RwLock};

use pgo_kube::Kube;
use pgo_plan::Defaults;

use crate::metrics::Metrics;

/// Hands, configuration and counters.
pub(crate) struct Context {
    pub(crate) kube: Kube,
    pub(crate) metrics: Metrics,
    defaults: RwLock<Arc<Defaults>>,
}

impl Context {
    pub(crate) fn new(kube: Kube, metrics: Metrics, defaults: Defaults) -> Self {
        Self {
            kube,
            metrics,
            defaults: RwLock::new(Arc::new(defaults)),
        }
    }

    /// The configuration as it is now.
    pub(crate) fn defaults(&self) -> Arc<Defaults> {
        Arc::clone(&self.defaults.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes up a changed configuration; says whether it differs.
    pub(crate) fn configure(&self, defaults: Defaults) -> bool {
        let mut present = self.defaults.write().unwrap_or_else(PoisonError::into_inner);
        let differs = **present != defaults;
        *present = Arc::new(defaults);
        differs
    }
}
