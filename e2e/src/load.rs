//! How busy the machine is: a figure taken on a busy machine says little.

use anyhow::{Context as _, Result};

/// The load of the last minute.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Load(pub f64);

impl Load {
    /// Reads it.
    pub fn now() -> Result<Self> {
        let text = std::fs::read_to_string("/proc/loadavg").context("/proc/loadavg cannot be read")?;
        let first = text.split_whitespace().next().context("/proc/loadavg is empty")?;
        Ok(Self(first.parse()?))
    }
}
