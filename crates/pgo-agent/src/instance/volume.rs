//! The volume: there, ours, and with data that this image can serve.

use std::time::Duration;

use tracing::warn;

use super::health::Signs;
use super::life::Ears;
use super::lock::{self, Holder, Lock};
use super::settings::Settings;

/// What we write into the lock's file.
pub(super) fn holder(settings: &Settings) -> Holder {
    Holder {
        pod: settings.pod.clone(),
        node: settings.node.clone(),
        boot: lock::boot(),
    }
}

/// Waits for the volume; the container is alive meanwhile. Nothing when it is asked to stop before.
pub(super) async fn hold(
    settings: &Settings,
    signs: &Signs,
    ears: &mut Ears,
) -> anyhow::Result<Option<Lock>> {
    let (volume, me) = (settings.places.volume.clone(), holder(settings));
    let waiting = tokio::task::spawn_blocking(move || {
        Lock::acquire(&volume, &me, |other| {
            warn!(?other, "another life holds the volume, waiting for its end");
        })
    });
    tokio::pin!(waiting);
    loop {
        tokio::select! {
            lock = &mut waiting => return Ok(Some(lock??)),
            _ = ears.term.recv() => return Ok(None),
            () = tokio::time::sleep(Duration::from_secs(1)) => signs.beat(),
        }
    }
}

/// Whether there is a volume, and it can be written.
pub(super) fn check(settings: &Settings) -> anyhow::Result<()> {
    let volume = &settings.places.volume;
    anyhow::ensure!(volume.is_dir(), "there is no volume at {}", volume.display());
    let probe = volume.join(lock::FILE);
    std::fs::OpenOptions::new().append(true).create(true).open(&probe).map_err(|error| {
        anyhow::anyhow!(
            "the volume at {} cannot be written by user {}: {error} (does its storage configuration set the right fsgroup?)",
            volume.display(),
            rustix::process::getuid().as_raw()
        )
    })?;
    Ok(())
}

/// A data directory of another major version cannot be served.
pub(super) fn check_version(settings: &Settings) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let data = settings.data();
    let Ok(found) = std::fs::read_to_string(data.join("PG_VERSION")) else {
        return Ok(());
    };
    // Kubernetes may have opened it to the volume's group; PostgreSQL refuses to start then.
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700))?;
    let ours = settings
        .places
        .bin
        .parent()
        .and_then(|root| root.file_name())
        .unwrap_or_default();
    anyhow::ensure!(
        found.trim() == ours.to_string_lossy() || ours.to_string_lossy().parse::<u16>().is_err(),
        "the data directory {} was made by PostgreSQL {}, this image has {}",
        data.display(),
        found.trim(),
        ours.display()
    );
    Ok(())
}
