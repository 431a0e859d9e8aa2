//! Progress on stderr: drawn and redrawn for a person, one line per step for everything else.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::time::Instant;

use crate::commands::Format;
use crate::failure::Failure;
use crate::printer::Printer;

const TEMPLATE: &str = "{spinner} {prefix}: {wide_msg} {elapsed}";

/// The progress of several goals.
pub(super) struct Progress {
    printer: Printer,
    started: Instant,
    bars: MultiProgress,
    tracks: Vec<Track>,
}

/// The progress of one goal.
struct Track {
    cluster: String,
    told: Vec<String>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins to show progress, with a track for each cluster.
    pub(super) fn new<'a>(
        printer: Printer,
        started: Instant,
        clusters: impl Iterator<Item = &'a str>,
    ) -> Self {
        let bars = MultiProgress::new();
        let style =
            ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_spinner());
        let track = |cluster: &str| Track {
            cluster: cluster.to_owned(),
            told: Vec::new(),
            bar: printer.is_watched().then(|| {
                let bar = bars.add(ProgressBar::new_spinner().with_style(style.clone()));
                bar.set_prefix(cluster.to_owned());
                bar.enable_steady_tick(Duration::from_millis(120));
                bar
            }),
        };
        let tracks = clusters.map(track).collect();
        Self {
            printer,
            started,
            bars,
            tracks,
        }
    }

    /// Tells each step once, and what is waited for.
    pub(super) fn show(&mut self, at: usize, done: &[String], waiting: &str) {
        let elapsed = self.started.elapsed();
        let track = &mut self.tracks[at];
        for step in done {
            if !track.told.contains(step) {
                track.told.push(step.clone());
                let line = format!("{}: {step} ({})", track.cluster, seconds(elapsed));
                match &track.bar {
                    // The line stays above the bars.
                    Some(bar) => bar.suspend(|| self.printer.remark(&line)),
                    None => self.printer.remark(&line),
                }
            }
        }
        if let Some(bar) = &track.bar {
            bar.set_message(waiting.to_owned());
        }
    }

    /// Tells that a goal is reached.
    pub(super) fn reached(&mut self, at: usize, success: &str, format: Format) -> Result<(), Failure> {
        if let Some(bar) = &self.tracks[at].bar {
            bar.finish_and_clear();
        }
        let line = format!("{success} ({})", seconds(self.started.elapsed()));
        self.bars.suspend(|| {
            if format.is_for_machines() {
                self.printer.remark(&line);
                Ok(())
            } else {
                self.printer.line(&line)
            }
        })
    }

    /// Leaves the terminal clean.
    pub(super) fn finish(self) {
        for bar in self.tracks.iter().filter_map(|track| track.bar.as_ref()) {
            bar.finish_and_clear();
        }
    }
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f32())
}
