//! Files of the write-ahead log by name, and where timelines end.

use std::collections::BTreeMap;

use crate::lsn::{Lsn, Timeline};

/// The size of a segment unless `initdb` was told otherwise, in bytes.
pub const DEFAULT_SEGMENT: u64 = 16 << 20;

/// A whole segment, as its file's name says: `000000010000000000000003`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The timeline it was written on.
    pub timeline: Timeline,
    high: u32,
    low: u32,
}

impl Segment {
    /// Reads a file's name. Nothing for history files, backup labels and partial segments.
    pub fn parse(name: &str) -> Option<Self> {
        if name.len() != 24 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let number = |from: usize| u32::from_str_radix(name.get(from..from + 8)?, 16).ok();
        Some(Self {
            timeline: Timeline(number(0)?),
            high: number(8)?,
            low: number(16)?,
        })
    }

    /// The first position behind it, with segments of `size` bytes.
    pub fn end(self, size: u64) -> Lsn {
        let start = u64::from(self.high) << 32;
        Lsn(start.saturating_add((u64::from(self.low) + 1).saturating_mul(size)))
    }
}

/// Where each timeline that ended was left for the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forks(BTreeMap<u32, u64>);

impl Forks {
    /// Reads Patroni's `history`: a list of lists that begin with a timeline and its end.
    pub fn parse(history: &str) -> Option<Self> {
        let lines: Vec<Vec<serde_json::Value>> = serde_json::from_str(history).ok()?;
        let fork = |line: &Vec<serde_json::Value>| {
            let timeline = line.first()?.as_u64()?.try_into().ok()?;
            Some((timeline, line.get(1)?.as_u64()?))
        };
        Some(Self(lines.iter().filter_map(fork).collect()))
    }

    /// Where a timeline ended, if it did.
    pub fn end_of(&self, timeline: Timeline) -> Option<Lsn> {
        self.0.get(&timeline.0).copied().map(Lsn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_segments_are_segments() {
        let segment = Segment::parse("0000000400000000000000FF").unwrap();
        assert_eq!(segment.timeline, Timeline(4));
        assert_eq!(segment.end(DEFAULT_SEGMENT), Lsn(1 << 32));
        for other in [
            "00000002.history",
            "00000004000000000000000C.partial",
            "000000010000000000000002.00000028.backup",
            "",
            "00000004000000000000000é",
        ] {
            assert_eq!(Segment::parse(other), None, "{other}");
        }
    }

    #[test]
    fn patronis_history_says_where_timelines_ended() {
        let forks = Forks::parse(
            r#"[[4,201336232,"no recovery target specified","2026-11-21T16:56:36+00:00","good-1"],[5,"x"],[]]"#,
        )
        .unwrap();
        assert_eq!(forks.end_of(Timeline(4)), Some(Lsn(201_336_232)));
        assert_eq!(forks.end_of(Timeline(5)), None);
        assert_eq!(Forks::parse("no list"), None);
    }
}
