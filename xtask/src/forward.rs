//! The way to the API server of a cluster that is not on this machine: `kubectl port-forward`, kept alive by a process of
//! ours, because it ends whenever the pod it found first ends.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::cluster::Cluster;
use crate::paths;
use crate::tool::Tool;
use crate::up::NAMESPACE;

/// The verb that this program starts itself with.
pub(crate) const VERB: &str = "forward";

/// Starts forwarding, unless it runs already, and returns the address.
pub(crate) fn start(cluster: &Cluster) -> Result<String> {
    let (file, port) = (file()?, port()?);
    let address = format!("https://127.0.0.1:{port}");
    if leads_to(&file, &cluster.kubeconfig) {
        return Ok(address);
    }
    stop()?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg(VERB)
        .args(["--port", &port.to_string(), "--kubectl"])
        .arg(&cluster.kubectl);
    command.env("KUBECONFIG", &cluster.kubeconfig);
    // A group of its own: it goes on when the terminal that `up` was run in is closed.
    command
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let child = command.spawn().context("the forwarder cannot be started")?;
    let content = format!("{}\n{}\n", child.id(), cluster.kubeconfig.display());
    fs::write(&file, content).with_context(|| file.display().to_string())?;
    for _ in 0..100 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(address)
}

/// Ends it.
pub(crate) fn stop() -> Result<()> {
    let file = file()?;
    if let Some(pid) = running(&file) {
        // The whole group, kubectl included.
        rustix::process::kill_process_group(pid, rustix::process::Signal::TERM).context("the forwarder")?;
    }
    drop(fs::remove_file(file));
    Ok(())
}

/// What the process in the background does.
pub(crate) fn serve(port: u16, kubectl: &Path) -> ! {
    loop {
        let ports = format!("{port}:8443");
        let args = [
            "-n",
            NAMESPACE,
            "port-forward",
            "--address=127.0.0.1",
            "service/postgres-operator",
            &ports,
        ];
        drop(Tool::new(kubectl).args(args).output());
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Whether a forwarder runs, and to this cluster.
fn leads_to(file: &Path, kubeconfig: &Path) -> bool {
    let content = fs::read_to_string(file).unwrap_or_default();
    running(file).is_some() && content.lines().nth(1).map(Path::new) == Some(kubeconfig)
}

/// The process of the file, if it lives and is one of ours: numbers are used again.
fn running(file: &Path) -> Option<rustix::process::Pid> {
    let pid: i32 = fs::read_to_string(file).ok()?.lines().next()?.parse().ok()?;
    let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let ours = command
        .split(|byte| *byte == 0)
        .nth(1)
        .is_some_and(|word| word == VERB.as_bytes());
    ours.then(|| rustix::process::Pid::from_raw(pid)).flatten()
}

/// A port that stays the same from one `up` to the next.
fn port() -> Result<u16> {
    let file = paths::state()?.join("forward.port");
    if let Some(port) = fs::read_to_string(&file)
        .ok()
        .and_then(|text| text.trim().parse().ok())
    {
        return Ok(port);
    }
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    paths::write_private(&file, port.to_string().as_bytes())?;
    Ok(port)
}

fn file() -> Result<PathBuf> {
    Ok(paths::state()?.join("forward.pid"))
}
