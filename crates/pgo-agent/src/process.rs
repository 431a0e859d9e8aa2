//! Processes of this container: what `/proc` says of them, reaping, and killing all of them.
//!
//! As process 1 of a container the agent is the parent of every orphan. Nothing here waits for disks: a hung volume
//! must not hang the one process that can still act.

use std::collections::HashSet;
use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, kill_process_group, waitpid};

use crate::title::{Duty, duty};

/// One line of `/proc/*/stat`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    /// The program's name, cut to 15 characters by the kernel.
    pub(crate) name: String,
    pub(crate) state: char,
    pub(crate) parent: i32,
}

impl Process {
    /// Reads one line: `17 (post gres) S 1 …`. The name may contain anything, even a bracket.
    fn parse(stat: &str) -> Option<Self> {
        let (pid, rest) = stat.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        let mut words = rest.split(' ');
        Some(Self {
            pid: pid.parse().ok()?,
            name: name.to_owned(),
            state: words.next()?.chars().next()?,
            parent: words.next()?.parse().ok()?,
        })
    }

    fn is_zombie(&self) -> bool {
        self.state == 'Z'
    }

    /// Whether it is any process of PostgreSQL's server that still lives.
    pub(crate) fn is_postgres(&self) -> bool {
        self.name == "postgres" && !self.is_zombie()
    }

    /// Whether it is a child of a postmaster: those have a title.
    fn is_backend(&self) -> bool {
        self.is_postgres() && self.title().starts_with("postgres: ")
    }

    /// Whether it is a process of PostgreSQL that could commit, given that postmasters start no other any more.
    ///
    /// A child that has no title yet looks like its postmaster, whose parent is this process.
    pub(crate) fn can_commit(&self) -> bool {
        let is_postmaster = self.parent == getpid().as_raw_pid() && !self.is_backend();
        self.is_postgres() && !is_postmaster && duty(&self.title()) == Duty::Commit
    }

    /// The first argument. PostgreSQL's children write their title there.
    pub(crate) fn title(&self) -> String {
        let line = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        let first = line.split(|byte| *byte == 0).next().unwrap_or_default();
        String::from_utf8_lossy(first).into_owned()
    }
}

/// Everything that runs in this container.
pub(crate) fn all() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .bytes()
                .all(|byte| byte.is_ascii_digit())
        })
        .filter_map(|entry| Process::parse(&fs::read_to_string(entry.path().join("stat")).ok()?))
        .collect()
}

/// How a child of ours ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) pid: i32,
    pub(crate) name: String,
    pub(crate) how: How,
}

/// By its own will or by a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Exited(i32),
    Killed(i32),
}

/// Reaps every child that has ended, and says which it was.
///
/// The name is read before the zombie is gone: afterwards nobody knows what a process was.
pub(crate) fn reap() -> Vec<Ended> {
    let me = getpid().as_raw_pid();
    let zombies = all()
        .into_iter()
        .filter(|process| process.is_zombie() && process.parent == me);
    zombies
        .filter_map(|zombie| {
            let (_, status) = waitpid(Some(Pid::from_raw(zombie.pid)?), WaitOptions::NOHANG).ok()??;
            let how = match status.terminating_signal() {
                Some(signal) => How::Killed(signal),
                None => How::Exited(status.exit_status().unwrap_or(-1)),
            };
            Some(Ended {
                pid: zombie.pid,
                name: zombie.name,
                how,
            })
        })
        .collect()
}

/// Sends a signal; a process that is gone is none to worry about.
pub(crate) fn signal(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        let _ = kill_process(pid, signal);
    }
}

/// Kills PostgreSQL's backends whose postmaster is dead, and says which.
///
/// An orphan's parent is this process, and its title says that it is a backend: a postmaster, new or old, has no such
/// title. A backend that lives on could acknowledge a commit after another instance was promoted.
pub(crate) fn kill_orphan_backends() -> HashSet<i32> {
    let me = getpid().as_raw_pid();
    let mut killed = HashSet::new();
    for _ in 0..200 {
        let orphans: Vec<Process> = all()
            .into_iter()
            .filter(|process| process.parent == me && process.is_backend())
            .collect();
        if orphans.is_empty() {
            break;
        }
        for orphan in &orphans {
            signal(orphan.pid, Signal::KILL);
            killed.insert(orphan.pid);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    killed
}

/// The postmasters of this container; there should be one at most.
pub(crate) fn postmasters() -> Vec<i32> {
    let me = getpid().as_raw_pid();
    all()
        .into_iter()
        .filter(|process| process.parent == me && process.is_postgres() && !process.is_backend())
        .map(|process| process.pid)
        .collect()
}

/// Kills everything in this container except this process, and waits until all of it is gone.
///
/// Answers whether it is: a process that the kernel cannot kill yet (it waits for a disk) may still be there, and then
/// nobody may conclude that the database has stopped.
pub(crate) fn kill_everything(patience: Duration) -> bool {
    if !getpid().is_init() {
        // Outside of a container this would end the whole machine.
        return false;
    }
    let deadline = Instant::now() + patience;
    loop {
        let _ = kill_process_group(Pid::INIT, Signal::KILL);
        reap();
        if all().iter().all(|process| process.pid == 1) {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_contain_brackets_and_spaces() {
        let process = Process::parse("17 (a) b (c) S 1 17 17 0 -1").unwrap();
        assert_eq!(
            process,
            Process {
                pid: 17,
                name: "a) b (c".to_owned(),
                state: 'S',
                parent: 1
            }
        );
    }

    #[test]
    fn this_test_is_a_process() {
        let me = getpid().as_raw_pid();
        assert!(all().iter().any(|process| process.pid == me));
    }

    #[test]
    fn outside_of_a_container_nothing_is_killed() {
        assert!(!kill_everything(Duration::ZERO));
    }
}
