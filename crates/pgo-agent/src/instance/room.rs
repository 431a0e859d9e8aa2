//! Says on the pod when hardly any room is left on the volume: on a full one PostgreSQL stops, and does not start again.
//!
//! The file system is asked, so it is said whether or not PostgreSQL runs, and while another life holds the volume.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kube::Client;
use pgo_postgres::patroni::member::VOLUME_FULL;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, info, warn};

use super::herald::{Deed, Herald};
use super::notice::Notice;
use super::settings::Settings;

/// Pause between two looks.
const PAUSE: Duration = Duration::from_secs(10);

/// Bytes that have to be left on a small volume: two files of WAL.
const LEAST: u64 = 32 << 20;

/// Hundredths that have to be left on a large one.
const LEAST_PERCENT: u64 = 3;

/// The room on a file system, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) total: u64,
    /// What a process without privileges may still take.
    free: u64,
}

impl Room {
    /// Asks the file system, and waits for as long as that takes.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let found = rustix::fs::statvfs(path)?;
        Ok(Self {
            total: found.f_blocks.saturating_mul(found.f_frsize),
            free: found.f_bavail.saturating_mul(found.f_frsize),
        })
    }

    /// Whether hardly any is left; when that `was` so, it is over only with twice as much.
    fn is_full(self, was: bool) -> bool {
        let needed = LEAST.max(self.percent());
        self.free < if was { needed.saturating_mul(2) } else { needed }
    }

    fn percent(self) -> u64 {
        self.total / 100 * LEAST_PERCENT
    }

    /// What there is to say of a full one. No number in it moves, for it goes into a condition.
    fn sentence(self) -> String {
        if self.percent() > LEAST {
            format!("its volume is full (less than {LEAST_PERCENT} % was left)")
        } else {
            format!("its volume is full (less than {} MiB was left)", LEAST >> 20)
        }
    }
}

/// What to ask and whom to tell.
pub(crate) struct Watch {
    volume: PathBuf,
    herald: Herald,
    notice: Notice,
}

impl Watch {
    pub(crate) fn new(client: Client, settings: &Settings, herald: Herald) -> Self {
        Self {
            volume: settings.places.volume.clone(),
            herald,
            notice: Notice::new(client, settings, VOLUME_FULL),
        }
    }

    /// Watches for as long as the supervisor lives. A volume that hangs stops nothing but this.
    pub(crate) async fn keep(mut self) {
        let mut beat = interval(PAUSE);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut was_full = false;
        loop {
            beat.tick().await;
            let volume = self.volume.clone();
            match tokio::task::spawn_blocking(move || Room::of(&volume)).await {
                Ok(Ok(room)) => {
                    let is_full = room.is_full(was_full);
                    self.say(room, is_full, was_full);
                    was_full = is_full;
                }
                Ok(Err(error)) => debug!(%error, "the volume does not say how much room it has"),
                Err(error) => debug!(%error, "the volume could not be asked how much room it has"),
            }
            self.notice.show().await;
        }
    }

    fn say(&mut self, room: Room, is_full: bool, was_full: bool) {
        if !is_full {
            if was_full {
                info!(free = room.free, "the volume has room again");
            }
            return self.notice.take_down();
        }
        let sentence = room.sentence();
        self.notice.put_up(&sentence);
        if !was_full {
            warn!(free = room.free, total = room.total, "{sentence}");
            self.herald.tell(Deed::VolumeFull, sentence);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn room(total: u64, free: u64) -> Room {
        Room {
            total: total * MIB,
            free: free * MIB,
        }
    }

    #[test]
    fn a_small_volume_is_full_with_less_than_two_files_of_wal_and_no_longer_with_twice_as_much() {
        assert!(!room(974, 32).is_full(false));
        assert!(room(974, 31).is_full(false));
        assert!(room(974, 63).is_full(true));
        assert!(!room(974, 64).is_full(true));
        assert_eq!(
            room(974, 31).sentence(),
            "its volume is full (less than 32 MiB was left)"
        );
    }

    #[test]
    fn of_a_large_volume_a_part_counts() {
        assert!(!room(100_000, 3_001).is_full(false));
        assert!(room(100_000, 2_999).is_full(false));
        assert!(room(100_000, 5_999).is_full(true));
        assert!(!room(100_000, 6_001).is_full(true));
        assert_eq!(
            room(100_000, 40).sentence(),
            "its volume is full (less than 3 % was left)"
        );
    }

    #[test]
    fn a_file_system_says_how_much_room_it_has() {
        let found = Room::of(Path::new("/")).unwrap();
        assert!(found.total > 0 && found.free <= found.total, "{found:?}");
        assert!(Room::of(Path::new("/nowhere")).is_err());
    }
}
