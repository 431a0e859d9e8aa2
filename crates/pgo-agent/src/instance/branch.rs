//! Which segments of the write-ahead log belong to the cluster's history.
//!
//! A primary that was lost wrote on after its replica had received the last of it. When it comes back, Patroni has it
//! archive what was left over before it is rewound, the end of the dead branch included: PostgreSQL completes its last
//! segment as it recovers. Another instance that looks for that part of the log, before the new primary has archived
//! its own, would find the dead branch in the archive, replay it, and fit nowhere any more.
//!
//! So a segment that reaches beyond the end of its timeline is neither stored nor fetched. What was written before the
//! end is in the segment of the same number of the next timeline, too.

use pgo_postgres::wal::Segment;

use super::leader::View;
use super::socket::Answer;

/// Whether a file of the log, in segments of `size` bytes, may be stored or fetched by the instance `me`.
///
/// `Later` means that it is not known yet: another leads, and has not said where the timeline ended.
pub(crate) fn belongs(view: &View, me: &str, file: &str, size: u64) -> Answer {
    let Some(segment) = Segment::parse(file) else {
        return Answer::Yes;
    };
    match (view.forks.end_of(segment.timeline), view.leader.as_deref()) {
        (Some(end), _) if segment.end(size) > end => Answer::No,
        (None, Some(leader)) if leader != me => Answer::Later,
        (None, None) if view.version.is_empty() => Answer::Later,
        _ => Answer::Yes,
    }
}

#[cfg(test)]
mod tests {
    use pgo_postgres::wal::{DEFAULT_SEGMENT, Forks};

    use super::*;

    fn view(leader: Option<&str>, history: &str) -> View {
        View {
            leader: leader.map(str::to_owned),
            version: "1".to_owned(),
            forks: Forks::parse(history).unwrap(),
            ..View::default()
        }
    }

    fn asked(view: &View, file: &str) -> Answer {
        belongs(view, "old", file, DEFAULT_SEGMENT)
    }

    #[test]
    fn the_end_of_a_dead_branch_is_nobodys() {
        // Timeline 4 ended in the middle of its segment 0C.
        let view = view(Some("new"), "[[4,201336232]]");
        assert_eq!(asked(&view, "00000004000000000000000B"), Answer::Yes);
        assert_eq!(asked(&view, "00000004000000000000000C"), Answer::No);
        assert_eq!(asked(&view, "00000004000000000000000D"), Answer::No);
        assert_eq!(asked(&view, "00000004000000000000000C.partial"), Answer::Yes);
        assert_eq!(asked(&view, "00000005.history"), Answer::Yes);
    }

    #[test]
    fn the_leader_stores_what_it_writes() {
        let view = view(Some("old"), "[[4,201336232]]");
        assert_eq!(asked(&view, "00000005000000000000000C"), Answer::Yes);
    }

    #[test]
    fn a_lost_primary_waits_until_it_is_known_where_it_was_left() {
        assert_eq!(
            asked(&view(Some("new"), "[]"), "00000004000000000000000C"),
            Answer::Later
        );
        assert_eq!(asked(&View::default(), "00000004000000000000000C"), Answer::Later);
        assert_eq!(asked(&view(None, "[]"), "00000004000000000000000C"), Answer::Yes);
    }
}
