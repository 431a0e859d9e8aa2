//! Programs that this process started, and how it learns that they ended.
//!
//! As process 1 the agent reaps everything, so nothing else in it may wait for a child: ends come through here.

use std::collections::HashMap;
use std::io;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::process::{self, Ended, How};

/// The children that somebody waits for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Children(Arc<Mutex<HashMap<i32, oneshot::Sender<How>>>>);

/// A child that runs.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) pid: i32,
    /// Comes when it has ended.
    pub(crate) end: oneshot::Receiver<How>,
    /// The end of its standard output, if that was asked for.
    pub(crate) stdout: Option<std::process::ChildStdout>,
}

impl Children {
    /// Starts a program.
    pub(crate) fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        // Held until the child is known, so that its end cannot come first.
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut child = command.spawn()?;
        let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
        let (sender, end) = oneshot::channel();
        waiting.insert(pid, sender);
        Ok(Child {
            pid,
            end,
            stdout: child.stdout.take(),
        })
    }

    /// Reaps what has ended and tells whoever waits; the rest, orphans of others, is returned.
    pub(crate) fn reap(&self) -> Vec<Ended> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut others = Vec::new();
        for ended in process::reap() {
            match waiting.remove(&ended.pid) {
                // Nobody listens any more: that is fine.
                Some(sender) => drop(sender.send(ended.how)),
                None => others.push(ended),
            }
        }
        others
    }
}
