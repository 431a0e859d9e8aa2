//! What PostgreSQL's processes write about themselves where a program's first argument is seen.
//!
//! A role or a database may be called like a process of the server, and comes where that process says what it does. So
//! a title counts for something only when all of it is what that process, and no session, would say.

/// What a process with a title is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Duty {
    /// It stores WAL away or writes the log. Nobody outside waits for it.
    Keep,
    /// It writes or sends what others committed.
    Carry,
    /// Anything else. It may commit.
    Commit,
}

/// What a process with this title is there for.
pub(crate) fn duty(title: &str) -> Duty {
    let Some(text) = title.strip_prefix("postgres: ") else {
        return Duty::Commit;
    };
    // The cluster's name comes first, if it has one.
    let text = text.split_once(": ").map_or(text, |(_, rest)| rest).trim_end();
    match text {
        "logger" | "archiver" => Duty::Keep,
        "background writer"
        | "checkpointer"
        | "checkpointer performing shutdown checkpoint"
        | "walsummarizer"
        | "walwriter" => Duty::Carry,
        _ if is_archiving(text) => Duty::Keep,
        _ if is_streaming(text) => Duty::Carry,
        _ => Duty::Commit,
    }
}

fn is_archiving(text: &str) -> bool {
    let is_wal = |name: &str| name.len() >= 8 && name.bytes().take(8).all(|byte| byte.is_ascii_hexdigit());
    ["archiver archiving ", "archiver last was ", "archiver failed on "]
        .iter()
        .any(|said| text.strip_prefix(said).is_some_and(is_wal))
}

/// Whether it is `walsender ROLE HOST(PORT) streaming LSN`: what a process does comes last, and no session says that.
fn is_streaming(text: &str) -> bool {
    let is_lsn =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'/') && text.contains('/');
    text.starts_with("walsender ")
        && text
            .rsplit_once(" streaming ")
            .is_some_and(|(_, last)| is_lsn(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archiver_with_a_backlog_and_the_logger_keep() {
        for title in [
            "postgres: hippo: archiver archiving 000000010000000000000003",
            "postgres: archiver last was 00000002.history",
            "postgres: hippo: archiver ",
            "postgres: hippo: logger ",
        ] {
            assert_eq!(duty(title), Duty::Keep, "{title}");
        }
    }

    #[test]
    fn whoever_writes_or_sends_what_was_committed_carries() {
        for title in [
            "postgres: hippo: walsender primaryuser 10.0.0.1(5) streaming 0/3000060",
            "postgres: hippo: checkpointer performing shutdown checkpoint",
            "postgres: hippo: checkpointer ",
            "postgres: walwriter ",
        ] {
            assert_eq!(duty(title), Duty::Carry, "{title}");
        }
    }

    #[test]
    fn whoever_could_commit_does_not_hide_behind_a_name() {
        for title in [
            "postgres: hippo: testuser userdb 10.0.0.1(5) INSERT",
            "postgres: hippo: archiver userdb 10.0.0.1(4711) INSERT",
            "postgres: hippo: archiver archiving [local] idle",
            "postgres: hippo: logger userdb [local] idle",
            "postgres: hippo: checkpointer performing [local] idle",
            "postgres: hippo: background writer [local] COMMIT",
            "postgres: hippo: walsender streaming 10.0.0.1(5) idle",
            "postgres: hippo: walsender primaryuser userdb 10.0.0.1(5) INSERT",
            "postgres: hippo: walsender 0/3 streaming [local] idle",
            "postgres: hippo: autovacuum worker userdb",
            "/usr/lib/postgresql/17/bin/postgres -D /pgdata/hippo",
        ] {
            assert_eq!(duty(title), Duty::Commit, "{title}");
        }
    }
}
