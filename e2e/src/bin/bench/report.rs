//! Samples, medians and the table.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::Load;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// All figures of a run.
pub(crate) struct Report {
    file: File,
    run: Timestamp,
    figures: Vec<Line>,
}

/// What a figure is and where it should be.
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) unit: Unit,
    /// What stands in the column of the aim.
    pub(crate) aim: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Milliseconds,
    Mebibytes,
    Count,
}

struct Line {
    figure: Figure,
    values: Vec<f64>,
    floors: Vec<f64>,
}

impl Figure {
    pub(crate) fn seconds(name: &str, aim: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            unit: Unit::Seconds,
            aim,
        }
    }

    pub(crate) fn count(name: &str, aim: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            unit: Unit::Count,
            aim,
        }
    }
}

impl Report {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self {
            file,
            run: Timestamp::now(),
            figures: Vec::new(),
        })
    }

    /// Takes one sample with what belongs to it.
    pub(crate) fn sample(
        &mut self,
        figure: Figure,
        value: f64,
        floor: Option<f64>,
        more: Value,
    ) -> Result<()> {
        let mut line = Map::new();
        line.insert("run".into(), json!(self.run));
        line.insert("at".into(), json!(Timestamp::now()));
        line.insert("figure".into(), json!(figure.name));
        line.insert("value".into(), json!(value));
        line.insert("floor".into(), json!(floor));
        line.insert("load".into(), json!(Load::now()?));
        if let Value::Object(more) = more {
            line.extend(more);
        }
        let text = Value::Object(line).to_string();
        writeln!(self.file, "{text}")?;
        say(&format!("  {}: {}", figure.name, show(figure.unit, value)))?;
        let known = self
            .figures
            .iter()
            .position(|known| known.figure.name == figure.name);
        let index = known.unwrap_or(self.figures.len());
        if known.is_none() {
            self.figures.push(Line {
                figure,
                values: Vec::new(),
                floors: Vec::new(),
            });
        }
        let line = &mut self.figures[index];
        line.values.push(value);
        line.floors.extend(floor);
        Ok(())
    }

    /// Prints the medians.
    pub(crate) fn table(&self) -> Result<()> {
        let mut out = std::io::stdout().lock();
        let (figure, median, max, floor, ratio) = ("figure", "median", "max", "floor", "ratio");
        writeln!(
            out,
            "{figure:<66} {median:>9} {max:>9} {floor:>9} {ratio:>7}  {:<3} aim",
            "n"
        )?;
        for line in &self.figures {
            let unit = line.figure.unit;
            let of = |values: &[f64]| median_of(values).map_or("–".to_owned(), |value| show(unit, value));
            let max = line.values.iter().copied().fold(f64::MIN, f64::max);
            writeln!(
                out,
                "{:<66} {:>9} {:>9} {:>9} {:>7}  {:<3} {}",
                line.figure.name,
                of(&line.values),
                show(unit, max),
                of(&line.floors),
                line.ratio()
                    .map_or("–".to_owned(), |ratio| format!("{ratio:.2} ×")),
                line.values.len(),
                line.figure.aim,
            )?;
        }
        Ok(())
    }
}

impl Line {
    /// The median of the pairs' ratios: machine speed cancels within a pair, not between medians.
    fn ratio(&self) -> Option<f64> {
        if self.floors.len() != self.values.len() {
            return None;
        }
        let ratios: Vec<_> = self
            .values
            .iter()
            .zip(&self.floors)
            .map(|(value, floor)| value / floor)
            .collect();
        median_of(&ratios)
    }
}

fn show(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Seconds => format!("{value:.2} s"),
        Unit::Milliseconds => format!("{value:.0} ms"),
        Unit::Mebibytes => format!("{value:.1} MiB"),
        Unit::Count => format!("{value:.0}"),
    }
}

pub(crate) fn median_of(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        count if count % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// Tells whoever waits how far it is.
pub(crate) fn say(line: &str) -> Result<()> {
    Ok(writeln!(std::io::stderr(), "{line}")?)
}

/// A duration as figures have it.
pub(crate) fn secs(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_count_lies_between() {
        assert_eq!(median_of(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median_of(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median_of(&[]), None);
    }
}
