//! Every line that people read while something runs. Progress goes to standard error, so that what a verb prints for
//! machines (`env`) or for the record (`demo`) stays alone on standard output.

use std::fmt::Display;
use std::io::Write as _;
use std::sync::LazyLock;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// How long a step may be silent.
const SILENCE: Duration = Duration::from_mins(1);

/// Says what happens, with the time since the first line.
pub(crate) fn progress(text: impl Display) {
    let seconds = START.elapsed().as_secs_f64();
    // Nobody listens any more when this fails; the work goes on.
    let _ = writeln!(std::io::stderr(), "[{seconds:6.1} s] {text}");
}

/// Says something that is no step of the work.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints a line of the verb's own output.
pub(crate) fn print(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A step that takes a while: named when it begins, timed when it ends, and heard of in between.
pub(crate) struct Step {
    name: String,
    begun: Instant,
    _pulse: Pulse,
}

impl Step {
    /// Names a step that begins now.
    pub(crate) fn begin(name: impl Into<String>) -> Self {
        LazyLock::force(&START);
        let (name, begun) = (name.into(), Instant::now());
        progress(format_args!("{name} …"));
        let still = name.clone();
        let pulse = Pulse::begin(SILENCE, move || {
            progress(format_args!(
                "{still}: goes on, {} min so far",
                begun.elapsed().as_secs() / 60
            ));
        });
        Self {
            name,
            begun,
            _pulse: pulse,
        }
    }

    /// Says that it is finished, and how.
    pub(crate) fn done(&self, result: impl Display) {
        progress(format_args!("{}: {result} ({:.1} s)", self.name, self.seconds()));
    }

    /// How long it has taken so far.
    pub(crate) fn seconds(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }
}

/// Something that is done again and again until this is dropped.
struct Pulse {
    _end: Sender<()>,
}

impl Pulse {
    fn begin(every: Duration, mut beat: impl FnMut() + Send + 'static) -> Self {
        let (end, ended) = mpsc::channel();
        thread::spawn(move || {
            while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                beat();
            }
        });
        Self { _end: end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_step_is_heard_of_until_it_ends() {
        let (heard, beats) = mpsc::channel();
        let pulse = Pulse::begin(Duration::from_millis(1), move || {
            let _ = heard.send(());
        });
        assert_eq!((beats.recv(), beats.recv()), (Ok(()), Ok(())));
        drop(pulse);
        // The sender goes with the thread: this ends only if the thread does.
        beats.into_iter().for_each(drop);
    }
}
