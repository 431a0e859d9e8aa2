//! At most one life of this instance touches the volume at a time.
//!
//! PostgreSQL's own lock does not see beyond its container. The agent holds a lock on a file of the volume for as long
//! as it lives; whoever comes second waits. The file also says who held it last, and under which kernel, because that
//! decides whether having the lock proves that the previous holder is dead.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

/// The lock's file on the volume.
pub(crate) const FILE: &str = ".pgo-agent.lock";

/// How long the processes of a container may outlive its first one.
const LAST_BREATH: Duration = Duration::from_millis(200);

/// Who holds the lock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Holder {
    pub(crate) pod: String,
    pub(crate) node: String,
    /// Changes when the node's kernel starts anew.
    pub(crate) boot: String,
}

impl Holder {
    /// Whether having the lock proves that every process of the previous holder is gone.
    ///
    /// The lock is the kernel's: it means something when both lives are on the same kernel, or when the previous
    /// one's kernel has ended.
    pub(crate) fn proves_the_end_of(&self, previous: &Self) -> bool {
        !self.boot.is_empty() && !previous.boot.is_empty() && self.node == previous.node
    }
}

/// The held lock. It is given back when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
    /// Who held it before.
    pub(crate) previous: Option<Holder>,
}

impl Lock {
    /// Takes the lock; calls `waiting` once if another holds it, and waits for as long as that takes.
    pub(crate) fn acquire(
        volume: &Path,
        me: &Holder,
        waiting: impl FnOnce(Option<Holder>),
    ) -> io::Result<Self> {
        let path = volume.join(FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            waiting(read(&mut file));
            loop {
                match flock(&file, FlockOperation::LockExclusive) {
                    Ok(()) => break,
                    Err(error) if error == rustix::io::Errno::INTR => (),
                    Err(error) => return Err(error.into()),
                }
            }
            // The kernel closes the files of a dying process 1 before it kills the rest of its container.
            std::thread::sleep(LAST_BREATH);
        }
        let previous = read(&mut file);
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(serde_json::to_string(me)?.as_bytes())?;
        Ok(Self {
            _file: file,
            previous,
        })
    }
}

/// This kernel's name for its own life.
pub(crate) fn boot() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(4096).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    fn holder(pod: &str, node: &str, boot: &str) -> Holder {
        Holder {
            pod: pod.to_owned(),
            node: node.to_owned(),
            boot: boot.to_owned(),
        }
    }

    #[test]
    fn the_second_waits_until_the_first_is_gone_and_knows_who_it_was() {
        let volume = tempfile::tempdir().unwrap();
        let first = Lock::acquire(volume.path(), &holder("a", "n1", "b1"), |_| {
            panic!("nobody was there")
        })
        .unwrap();
        let (said, heard) = mpsc::channel();
        let path = volume.path().to_owned();
        let second = std::thread::spawn(move || {
            let lock =
                Lock::acquire(&path, &holder("b", "n1", "b1"), |other| said.send(other).unwrap()).unwrap();
            lock.previous
        });
        assert_eq!(
            heard.recv_timeout(Duration::from_secs(10)).unwrap().unwrap().pod,
            "a"
        );
        assert!(!second.is_finished());
        drop(first);
        assert_eq!(second.join().unwrap(), Some(holder("a", "n1", "b1")));
    }

    #[test]
    fn a_lock_on_another_node_proves_nothing() {
        let me = holder("new", "n1", "b1");
        assert!(me.proves_the_end_of(&holder("old", "n1", "b1")));
        assert!(me.proves_the_end_of(&holder("old", "n1", "before the reboot")));
        assert!(!me.proves_the_end_of(&holder("old", "n2", "b9")));
        assert!(!me.proves_the_end_of(&Holder::default()));
    }
}
