//! The data directory of a new cluster, made while Patroni still starts.
//!
//! Patroni needs most of a second before it knows that a cluster has to be made, and `initdb` needs about as long. So
//! the agent makes a data directory beside the real place at once. When Patroni asks for one (its `initdb` is this
//! program), the prepared one is moved into place; when it does not, because the cluster exists, it is thrown away.
//! Nothing can have been written to it by then, so nothing is lost either way.
//!
//! `initdb` is told not to wait for the disk; the agent makes the disk catch up meanwhile, and the cluster does not
//! become usable before that is done.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tracing::{error, info, warn};

use super::files::Rendered;
use super::half_born;
use super::settings::Settings;
use crate::children::Children;
use crate::process::How;

/// How far a birth has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// `initdb` runs.
    Making,
    /// The directory can be used.
    Made,
    /// It is also on the disk.
    Durable,
    /// It could be used, but the disk refused it.
    Lost,
    /// It was not made; Patroni has to do it itself.
    Failed,
}

/// A prepared data directory.
#[derive(Clone, Debug)]
pub(crate) struct Birth {
    stage: watch::Receiver<Stage>,
    prepared: PathBuf,
    data: PathBuf,
}

/// Options of every new data directory; the same that Patroni would use.
const OPTIONS: [&str; 3] = ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"];

impl Birth {
    /// Whether a data directory has to be made here at all, as far as the volume tells.
    fn is_due(settings: &Settings) -> bool {
        settings.may_bootstrap
            && settings.rules.early_birth
            && fs::read_dir(settings.data()).map_or(true, |mut entries| entries.next().is_none())
    }

    /// Begins, if there is no data directory yet and this instance may make one.
    pub(crate) fn begin_if_due(
        settings: &Settings,
        rendered: &Rendered,
        children: &Children,
    ) -> io::Result<Option<Self>> {
        Self::is_due(settings)
            .then(|| Self::begin(settings, rendered, children))
            .transpose()
    }

    fn begin(settings: &Settings, rendered: &Rendered, children: &Children) -> io::Result<Self> {
        let prepared = settings.places.volume.join(format!(".{}.new", settings.instance));
        remove(&prepared)?;
        let child = children.spawn(
            Command::new(settings.places.bin.join("initdb"))
                .args(OPTIONS)
                .arg("--no-sync")
                .arg(format!("--username={}", rendered.superuser))
                .arg(format!("--pwfile={}", rendered.superuser_password.display()))
                .arg("--pgdata")
                .arg(&prepared)
                .stdin(Stdio::null())
                .stdout(Stdio::null()),
        )?;
        let (sender, stage) = watch::channel(Stage::Making);
        let (volume, made, started) = (settings.places.volume.clone(), prepared.clone(), Instant::now());
        tokio::spawn(async move {
            if child.end.await != Ok(How::Exited(0)) || half_born::mark(&made).is_err() {
                warn!("the data directory could not be made ahead of time");
                sender.send_replace(Stage::Failed);
                return;
            }
            info!(took = ?started.elapsed(), "a data directory is ready");
            sender.send_replace(Stage::Made);
            let synced = tokio::task::spawn_blocking(move || sync(&volume)).await;
            if let Ok(Ok(())) = synced {
                info!(took = ?started.elapsed(), "the data directory is on the disk");
                sender.send_replace(Stage::Durable);
            } else {
                error!(?synced, "the data directory could not be brought onto the disk");
                sender.send_replace(Stage::Lost);
            }
        });
        Ok(Self {
            stage,
            prepared,
            data: settings.data(),
        })
    }

    /// Moves the prepared directory into place; false if there is none.
    pub(crate) async fn take(&mut self) -> bool {
        let made = self.stage.wait_for(|stage| *stage != Stage::Making).await;
        if !matches!(made.as_deref(), Ok(Stage::Made | Stage::Durable)) {
            return false;
        }
        drop(made);
        match move_into_place(&self.prepared, &self.data) {
            Ok(()) => true,
            Err(error) => {
                warn!(%error, "the prepared data directory cannot be used");
                false
            }
        }
    }

    /// Waits until it is known whether the directory is on the disk. One that Patroni made itself is.
    pub(crate) async fn durable(&mut self) -> bool {
        let stage = self
            .stage
            .wait_for(|stage| matches!(stage, Stage::Durable | Stage::Lost | Stage::Failed))
            .await;
        matches!(stage.as_deref(), Ok(Stage::Durable | Stage::Failed))
    }

    /// Throws the prepared directory away, if it was not used.
    pub(crate) async fn discard(mut self) {
        let _ = self.stage.wait_for(|stage| *stage != Stage::Making).await;
        if let Err(error) = remove(&self.prepared) {
            warn!(%error, "the prepared data directory cannot be removed");
        }
    }
}

fn sync(volume: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(volume)?)?)
}

fn move_into_place(prepared: &Path, data: &Path) -> io::Result<()> {
    // An empty directory may be there already; one that is not empty is never touched.
    match fs::remove_dir(data) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => fs::rename(prepared, data)?,
    }
    File::open(data.parent().unwrap_or(data))?.sync_all()
}

fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// How long `initdb` in Patroni's hands waits for the supervisor before it does the work itself.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_with_anything_in_it_is_never_replaced() {
        let volume = tempfile::tempdir().unwrap();
        let (prepared, data) = (volume.path().join("new"), volume.path().join("data"));
        fs::create_dir(&prepared).unwrap();
        fs::create_dir(&data).unwrap();
        fs::write(data.join("PG_VERSION"), "17").unwrap();
        assert!(move_into_place(&prepared, &data).is_err());
        assert!(data.join("PG_VERSION").exists());
    }

    #[tokio::test]
    async fn a_directory_that_the_disk_refused_is_not_durable() {
        for (last, durable) in [
            (Stage::Durable, true),
            (Stage::Failed, true),
            (Stage::Lost, false),
        ] {
            let (sender, stage) = watch::channel(Stage::Made);
            let mut birth = Birth {
                stage,
                prepared: PathBuf::new(),
                data: PathBuf::new(),
            };
            sender.send_replace(last);
            assert_eq!(birth.durable().await, durable, "{last:?}");
        }
        // Whoever made it has gone without a word.
        let (_, stage) = watch::channel(Stage::Made);
        let mut birth = Birth {
            stage,
            prepared: PathBuf::new(),
            data: PathBuf::new(),
        };
        assert!(!birth.durable().await);
    }

    #[test]
    fn an_empty_directory_or_none_is_replaced() {
        let volume = tempfile::tempdir().unwrap();
        for exists in [true, false] {
            let (prepared, data) = (volume.path().join("new"), volume.path().join("data"));
            let _ = fs::remove_dir_all(&data);
            fs::create_dir(&prepared).unwrap();
            fs::write(prepared.join("PG_VERSION"), "17").unwrap();
            if exists {
                fs::create_dir(&data).unwrap();
            }
            move_into_place(&prepared, &data).unwrap();
            assert!(data.join("PG_VERSION").exists());
        }
    }
}
