//! `archive-push` and `archive-get`: pgBackRest in the hands of PostgreSQL, bounded in time.
//!
//! Pushing may wait: PostgreSQL keeps the file until it is stored. But when PostgreSQL's archiver gave up three times
//! it sleeps for up to a minute, so a repository that is just being made is waited for here instead, and the wait ends
//! at once when PostgreSQL stops.
//!
//! Fetching must not wait: a replica that is being promoted asks for files that are probably not there, and does not
//! write before it has an answer. A repository that does not answer is left alone for a while.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

use pgo_postgres::pgbackrest::command::{self, exit};
use pgo_postgres::pgbackrest::config::SERVER_PORT;
use pgo_postgres::pgbackrest::log;
use pgo_postgres::wal::{DEFAULT_SEGMENT, Segment};
use tracing::{info, warn};

use crate::helper::postmaster_state;
use crate::instance::settings::Settings;
use crate::instance::socket::{self, Answer, Request};

/// How long a repository that is not there, or has no stanza yet, is waited for.
const PUSH_PATIENCE: Duration = Duration::from_mins(1);
/// How long a new primary may take to say where its timeline began, while this one stops. Two rounds of Patroni do it.
const FORK_PATIENCE: Duration = Duration::from_secs(10);
/// Pause between two tries.
const PUSH_PAUSE: Duration = Duration::from_millis(700);
/// How long one try may take, with a file of 16 MiB over a slow network.
const PUSH_LIMIT: Duration = Duration::from_mins(1);
/// How long the repository may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(1);
/// How long one file may take to arrive once the repository was reached.
const GET_LIMIT: Duration = Duration::from_secs(10);
/// How long the supervisor may take to answer.
const ASK: Duration = Duration::from_secs(1);
/// How long what a command said may take to arrive after its end.
const ECHO: Duration = Duration::from_millis(200);
/// How long a repository that did not answer is left alone.
const BREAK: Duration = Duration::from_secs(10);

/// Stores one WAL file. The path is relative to the data directory, where PostgreSQL runs us.
pub(crate) fn push(settings: &Settings, wal: &str) -> ExitCode {
    let began = Instant::now();
    let command = command::Command::ArchivePush { wal: wal.to_owned() };
    let mut told = false;
    loop {
        let belongs = belongs(settings, wal);
        let failure = match (belongs, is_reachable(&settings.repo_host)) {
            (Answer::No, _) => {
                warn!(wal, "not archived: it goes on beyond the end of its timeline");
                return ExitCode::SUCCESS;
            }
            (Answer::Later, _) => "it is not known yet where its timeline ended".to_owned(),
            (Answer::Yes, Err(why)) => why,
            (Answer::Yes, Ok(())) => match run(settings, &command, PUSH_LIMIT, told) {
                Outcome::Ended(status, _) if status.success() => return ExitCode::SUCCESS,
                Outcome::Ended(status, error) => {
                    let why = error.unwrap_or_else(|| format!("pgbackrest ended with {status}"));
                    if is_hopeless(status) {
                        report(settings, &why);
                        return failed(status);
                    }
                    why
                }
                Outcome::TimedOut => "pgbackrest took too long".to_owned(),
                Outcome::NotStarted(why) => why,
            },
        };
        if began.elapsed() >= patience(belongs, is_stopping(Path::new("."))) {
            warn!(wal, failure, "the file cannot be archived now");
            report(settings, &failure);
            return ExitCode::FAILURE;
        }
        if !told {
            info!(wal, failure, "waiting until the file can be archived");
            report(settings, &failure);
            told = true;
        }
        std::thread::sleep(PUSH_PAUSE);
    }
}

/// How long a file that cannot be archived is tried again.
///
/// A primary that stops has handed the lock over, and for a moment the new one has not said where its timeline began.
/// What is left behind then is archived by nobody: the old one comes back as a replica, and those archive nothing.
fn patience(belongs: Answer, stopping: bool) -> Duration {
    match (stopping, belongs) {
        (false, _) => PUSH_PATIENCE,
        (true, Answer::Later) => FORK_PATIENCE,
        (true, _) => Duration::ZERO,
    }
}

/// Fetches one WAL file. Any failure means to PostgreSQL that the file is not there.
pub(crate) fn get(settings: &Settings, wal: &str, to: &str) -> ExitCode {
    let breaker = Breaker(settings.places.tmp.join("pgbackrest/archive-get.broken"));
    if breaker.is_open(SystemTime::now()) {
        return ExitCode::FAILURE;
    }
    if belongs(settings, wal) == Answer::No {
        info!(wal, "not fetched: it goes on beyond the end of its timeline");
        return ExitCode::FAILURE;
    }
    if let Err(why) = is_reachable(&settings.repo_host) {
        warn!(
            wal,
            why, "the repository does not answer and is left alone for a while"
        );
        breaker.open();
        return ExitCode::FAILURE;
    }
    let command = command::Command::ArchiveGet {
        wal: wal.to_owned(),
        to: to.to_owned(),
    };
    match run(settings, &command, GET_LIMIT, false) {
        Outcome::Ended(status, _) if status.success() => ExitCode::SUCCESS,
        Outcome::Ended(status, _) => failed(status),
        Outcome::TimedOut => {
            warn!(wal, "the repository is too slow and is left alone for a while");
            breaker.open();
            ExitCode::FAILURE
        }
        Outcome::NotStarted(why) => {
            warn!(wal, why, "the file cannot be fetched");
            ExitCode::FAILURE
        }
    }
}

/// Asks the supervisor whether a file belongs to the cluster's history.
fn belongs(settings: &Settings, wal: &str) -> Answer {
    let path = Path::new(wal);
    let request = Request::Wal {
        file: path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        size: segment_size(path),
    };
    socket::ask(&settings.places.socket(), &request, ASK).unwrap_or(Answer::Later)
}

/// Tells the supervisor why a file could not be archived. It is no harm if it does not hear.
fn report(settings: &Settings, why: &str) {
    let request = Request::NotArchived { why: why.to_owned() };
    let _ = socket::ask(&settings.places.socket(), &request, ASK);
}

/// The size of a segment: that of the file itself, or of any other.
fn segment_size(wal: &Path) -> u64 {
    let size = |path: &Path| {
        let is_segment = Segment::parse(path.file_name()?.to_str()?).is_some();
        let length = fs::metadata(path).ok().filter(|_| is_segment)?.len();
        length.is_power_of_two().then_some(length)
    };
    let others = || {
        let files = fs::read_dir("pg_wal").ok()?;
        files.filter_map(Result::ok).find_map(|file| size(&file.path()))
    };
    size(wal).or_else(others).unwrap_or(DEFAULT_SEGMENT)
}

/// Remembers in a file that the repository did not answer.
struct Breaker(PathBuf);

impl Breaker {
    fn is_open(&self, now: SystemTime) -> bool {
        let since = fs::metadata(&self.0).and_then(|file| file.modified());
        // A clock that jumped back must not keep it open for ever.
        since.is_ok_and(|since| now.duration_since(since).is_ok_and(|age| age < BREAK))
    }

    fn open(&self) {
        if let Err(error) = fs::write(&self.0, "") {
            warn!(%error, "the next file will be asked for at once");
        }
    }
}

enum Outcome {
    /// With what, and the first error that it told of.
    Ended(ExitStatus, Option<String>),
    TimedOut,
    NotStarted(String),
}

/// Runs pgBackRest; `quietly` when it would only say again what it said before.
fn run(settings: &Settings, command: &command::Command, limit: Duration, quietly: bool) -> Outcome {
    let conf = settings.places.pgbackrest_conf();
    let mut child = match Command::new("pgbackrest")
        .args(command.argv(&conf.to_string_lossy(), &settings.stanza))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
    {
        Ok(child) => child,
        Err(error) => return Outcome::NotStarted(format!("pgbackrest cannot be started: {error}")),
    };
    let error = listen(child.stdout.take(), quietly);
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(2);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Outcome::Ended(status, error.recv_timeout(ECHO).ok().flatten()),
            Ok(None) if Instant::now() < deadline => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(20));
            }
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return Outcome::TimedOut;
            }
        }
    }
}

/// Passes on what is said, unless `quietly`. At the end of it the first error comes out, if there is one.
fn listen(output: Option<ChildStdout>, quietly: bool) -> mpsc::Receiver<Option<String>> {
    let (sender, error) = mpsc::channel();
    std::thread::spawn(move || {
        let mut lines = Vec::new();
        for line in output
            .into_iter()
            .flat_map(|output| BufReader::new(output).lines())
            .map_while(Result::ok)
        {
            if !quietly {
                info!("{line}");
            }
            lines.push(line);
        }
        let _ = sender.send(log::first_error(lines.iter().map(String::as_str)));
    });
    error
}

/// Whether the repository's server accepts a connection, found out within a second, the name's resolution included.
fn is_reachable(host: &str) -> Result<(), String> {
    let (sender, answer) = mpsc::channel();
    let name = host.to_owned();
    // Resolving a name cannot be given a limit, so it is left behind with its thread when it takes too long.
    std::thread::spawn(move || {
        let connect = || {
            let mut addresses = (name.as_str(), SERVER_PORT)
                .to_socket_addrs()
                .map_err(|e| e.to_string())?;
            let address = addresses.next().ok_or("it has no address")?;
            TcpStream::connect_timeout(&address, CONNECT).map_err(|e| e.to_string())
        };
        let _ = sender.send(connect().map(drop));
    });
    match answer.recv_timeout(CONNECT) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(why)) => Err(format!("{host} cannot be reached: {why}")),
        Err(_) => Err(format!("{host} does not answer")),
    }
}

/// Whether trying again cannot help: the repository belongs to another database, or has another file of that name.
fn is_hopeless(status: ExitStatus) -> bool {
    matches!(
        status.code(),
        Some(exit::ARCHIVE_MISMATCH | exit::ARCHIVE_DUPLICATE)
    )
}

/// PostgreSQL takes a status above 125 for a reason to stop: pgBackRest's own go no higher.
fn failed(status: ExitStatus) -> ExitCode {
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .filter(|code| *code <= 125);
    ExitCode::from(code.unwrap_or(1))
}

/// Whether the postmaster of this data directory is stopping.
fn is_stopping(data: &Path) -> bool {
    postmaster_state(&data.join("postmaster.pid")).as_deref() == Some("stopping")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_pgbackrest_tells_of_comes_out() {
        let told = |script: &str| {
            let mut child = Command::new("sh")
                .args(["-c", script])
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let error = listen(child.stdout.take(), true).recv().unwrap();
            child.wait().unwrap();
            error
        };
        assert_eq!(
            told("echo 'P00  ERROR: [82]: timed out'; exit 82").unwrap(),
            "[82]: timed out"
        );
        assert_eq!(told("echo 'P00   WARN: slow'"), None);
    }

    #[test]
    fn a_repository_that_did_not_answer_is_left_alone_for_a_while() {
        let directory = tempfile::tempdir().unwrap();
        let breaker = Breaker(directory.path().join("broken"));
        let now = SystemTime::now();
        assert!(!breaker.is_open(now));
        breaker.open();
        let opened = fs::metadata(&breaker.0).unwrap().modified().unwrap();
        assert!(breaker.is_open(opened + Duration::from_secs(9)));
        assert!(!breaker.is_open(opened + Duration::from_secs(11)));
    }

    #[test]
    fn a_clock_that_jumped_back_does_not_keep_the_repository_out_of_reach() {
        let directory = tempfile::tempdir().unwrap();
        let breaker = Breaker(directory.path().join("broken"));
        breaker.open();
        let opened = fs::metadata(&breaker.0).unwrap().modified().unwrap();
        assert!(!breaker.is_open(opened - Duration::from_hours(1)));
    }

    #[test]
    fn a_primary_that_stops_waits_for_its_successors_word_only() {
        assert_eq!(patience(Answer::Yes, false), PUSH_PATIENCE);
        assert_eq!(patience(Answer::Yes, true), Duration::ZERO);
        assert_eq!(patience(Answer::Later, true), FORK_PATIENCE);
    }

    #[test]
    fn nobody_listening_is_found_out_at_once() {
        let began = Instant::now();
        assert!(is_reachable("127.0.0.1").is_err());
        assert!(began.elapsed() < Duration::from_secs(2));
    }
}
