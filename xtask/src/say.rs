//! Every line that people read while something runs. Progress goes to standard error, so that what a verb prints for
//! machines (`env`) or for the record (`demo`) stays alone on standard output.

use std::fmt::Display;
use std::io::Write as _;
use std::sync::LazyLock;
use std::time::Instant;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

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

/// A step that takes a while: named when it begins, timed when it ends.
pub(crate) struct Step {
    name: String,
    begun: Instant,
}

impl Step {
    /// Names a step that begins now.
    pub(crate) fn begin(name: impl Into<String>) -> Self {
        LazyLock::force(&START);
        let step = Self {
            name: name.into(),
            begun: Instant::now(),
        };
        progress(format_args!("{} …", step.name));
        step
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
