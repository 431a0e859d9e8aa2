//! What the processes of a pod use, read from the machine that the test bed shares with us.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

/// Memory and processor time of a pod's processes.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Resident memory in bytes.
    pub memory: u64,
    /// Processor time since the processes started.
    pub processor: Duration,
}

/// Reads what the processes of a pod use. The sandbox's own process, which only waits, is left out.
pub fn usage_of_pod(uid: &str) -> Result<Usage> {
    let mark = format!("pod{uid}");
    let mut usage = Usage {
        memory: 0,
        processor: Duration::ZERO,
    };
    let mut found = false;
    for entry in fs::read_dir("/proc").context("/proc cannot be read")? {
        let folder = entry?.path();
        let Ok(groups) = fs::read_to_string(folder.join("cgroup")) else {
            continue;
        };
        if !groups.contains(&mark) || is_sandbox(&folder) {
            continue;
        }
        // A process may end while we look.
        let (Ok(status), Ok(schedule)) = (fs::read_to_string(folder.join("status")), processor_time(&folder))
        else {
            continue;
        };
        found = true;
        usage.memory += resident(&status);
        usage.processor += schedule;
    }
    ensure!(
        found,
        "no process of the pod {uid} was found on this machine: only the test bed's pods run here"
    );
    Ok(usage)
}

fn is_sandbox(process: &Path) -> bool {
    fs::read_to_string(process.join("comm")).is_ok_and(|name| name.trim() == "pause")
}

/// `VmRSS` of a status file, in bytes.
fn resident(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}

/// The time of all threads, those that ended included; it counts in hundredths of a second.
fn processor_time(process: &Path) -> Result<Duration> {
    let stat = fs::read_to_string(process.join("stat"))?;
    // The name stands in brackets and may hold anything; `utime` and `stime` are the 12th and 13th field after it.
    let fields = stat.rsplit_once(')').context("a stat file without a name")?.1;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    let sum = ticks.sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(sum * 10))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seconds;

    #[test]
    fn resident_memory_is_read_in_bytes() {
        assert_eq!(
            resident("Name:\tx\nVmRSS:\t    2048 kB\nVmData:\t 1 kB\n"),
            2048 * 1024
        );
    }

    #[test]
    fn the_time_of_this_process_is_read() {
        assert!(processor_time(Path::new("/proc/self")).unwrap() < seconds(3600));
    }
}
