//! Notices that kubelet has changed what it mounted from a Secret or a ConfigMap.
//!
//! Kubelet writes all files of a mount anew beside the old ones and then turns the link `..data` to them, so that one
//! renaming tells of everything. The mount must be a whole directory: a single file (`subPath`) is never changed.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Room for a few events; more of them are read the next time.
const EVENTS: usize = 4096;

/// A mounted directory that is being watched.
pub(crate) struct Mount(AsyncFd<OwnedFd>);

impl Mount {
    /// Begins to watch. What changes from now on is not missed, whenever it is asked for.
    #[expect(
        deprecated,
        reason = "unsound for types that lie about their descriptor, as OwnedFd does not; what replaces it is unsafe to call"
    )]
    pub(crate) fn watch(directory: &Path) -> io::Result<Self> {
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        inotify::add_watch(&inotify, directory, WatchFlags::MOVED_TO | WatchFlags::ONLYDIR)?;
        Ok(Self(AsyncFd::with_interest(inotify, Interest::READABLE)?))
    }

    /// Waits until something has changed since it was asked the last time.
    pub(crate) async fn changed(&self) -> io::Result<()> {
        loop {
            let mut ready = self.0.readable().await?;
            let mut events = [0; EVENTS];
            match rustix::io::read(&self.0, &mut events) {
                Ok(_) => return Ok(()),
                Err(rustix::io::Errno::AGAIN) => ready.clear_ready(),
                Err(rustix::io::Errno::INTR) => (),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::time::Duration;

    use super::*;

    /// Mounts files as kubelet does, or changes what it had mounted.
    pub(crate) fn mount(at: &Path, files: &[(&str, &[u8])]) {
        let old = fs::read_link(at.join("..data"));
        let new = match &old {
            Ok(old) if old == Path::new("..one") => "..other",
            _ => "..one",
        };
        fs::create_dir(at.join(new)).unwrap();
        for (name, contents) in files {
            fs::write(at.join(new).join(name), contents).unwrap();
        }
        symlink(new, at.join("..data_tmp")).unwrap();
        fs::rename(at.join("..data_tmp"), at.join("..data")).unwrap();
        for (name, _) in files {
            if old.is_err() {
                symlink(Path::new("..data").join(name), at.join(name)).unwrap();
            }
        }
        if let Ok(old) = old {
            fs::remove_dir_all(at.join(old)).unwrap();
        }
    }

    #[tokio::test]
    async fn a_change_is_told_once_and_reading_is_none() {
        const SHORT: Duration = Duration::from_millis(50);
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        mount(at, &[("key", b"old")]);
        let watched = Mount::watch(at).unwrap();
        assert_eq!(fs::read(at.join("key")).unwrap(), b"old");
        assert!(tokio::time::timeout(SHORT, watched.changed()).await.is_err());

        mount(at, &[("key", b"new")]);
        watched.changed().await.unwrap();
        assert_eq!(fs::read(at.join("key")).unwrap(), b"new");
        assert!(tokio::time::timeout(SHORT, watched.changed()).await.is_err());
    }

    #[test]
    fn what_is_not_there_cannot_be_watched() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let _context = runtime.as_ref().unwrap().enter();
        assert!(Mount::watch(Path::new("/nowhere/tls")).is_err());
    }
}
