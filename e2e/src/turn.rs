//! Who may run beside whom.
//!
//! Most tests only look at their own namespace and run side by side. Those that take away something all share, the
//! operator or a node, run alone. The order is kept between processes, too: a file is locked, shared or exclusively.

use std::fs::{File, OpenOptions};

use anyhow::{Context as _, Result};

/// The right to run, given back when dropped.
#[derive(Debug)]
pub struct Turn {
    _lock: File,
}

impl Turn {
    /// Waits until nobody runs alone.
    pub async fn beside_others() -> Result<Self> {
        Self::take(File::lock_shared).await
    }

    /// Waits until nobody else runs.
    pub async fn alone() -> Result<Self> {
        Self::take(File::lock).await
    }

    async fn take(lock: fn(&File) -> std::io::Result<()>) -> Result<Self> {
        let path = std::env::temp_dir().join("pgo-e2e.lock");
        tokio::task::spawn_blocking(move || {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            lock(&file).map(|()| Self { _lock: file })
        })
        .await?
        .context("the lock that orders the tests cannot be taken")
    }
}
