//! What a person sees who sits at a terminal.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::{Answer, Pgo, Stub, answered};

/// Runs a program at a terminal of its own; returns its exit code and all that was on the screen.
fn at_terminal(pgo: &Pgo) -> (i32, String) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let path = ptsname(&screen, Vec::new()).unwrap();
    let keyboard: OwnedFd = open(&path, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let end = || keyboard.try_clone().unwrap();
    let mut command = pgo.command();
    command.stdin(end()).stdout(end()).stderr(end());
    let mut child = command.spawn().unwrap();
    // The screen goes dark when nobody holds the other end any more.
    drop((command, keyboard));
    let mut seen = Vec::new();
    let _ = File::from(screen).read_to_end(&mut seen);
    let code = child.wait().unwrap().code().unwrap();
    (code, String::from_utf8(seen).unwrap().replace("\r\n", "\n"))
}

#[test]
fn good_is_green_and_bad_is_red_with_the_padding_inside() {
    let stub = answered(
        r#"{"Results":[{"Name":"a","PGSize":"1 MB","ClaimSize":"1Gi","Pct":50,"Working":true},
        {"Name":"b","PGSize":"1 MB","ClaimSize":"1Gi","Pct":51,"Working":false}],"Code":"ok"}"#,
    );
    let (code, seen) = at_terminal(&Pgo::at("df hippo", &stub).env("TERM", "xterm"));
    assert_eq!(code, 0);
    assert!(
        seen.contains("a \u{1b}[32mup        \u{1b}[0m1 MB      1Gi       \u{1b}[32m50\u{1b}[0m\n"),
        "{seen:?}"
    );
    assert!(
        seen.contains("b \u{1b}[31mdown      \u{1b}[0m1 MB      1Gi       \u{1b}[31m51\u{1b}[0m\n"),
        "{seen:?}"
    );
    let (_, seen) = at_terminal(&Pgo::at("df hippo", &stub).env("TERM", "dumb"));
    assert!(!seen.contains('\u{1b}'), "{seen:?}");
}

#[test]
fn an_error_is_seen_once() {
    let stub = answered(r#"{"Version":"","Code":"error","Msg":"no"}"#);
    let (code, seen) = at_terminal(&Pgo::at("version", &stub));
    assert_eq!((code, seen.matches("Error: no").count()), (2, 1), "{seen}");
}

#[test]
fn a_misspelt_cluster_is_recognised() {
    let there = r#"{"Results":[{"cluster":{"metadata":{"name":"hippo"},"spec":{}}},
        {"cluster":{"metadata":{"name":"rhino"},"spec":{}}}],"Code":"ok"}"#;
    let sentence = "There is no cluster \"hipo\" in namespace \"pgo\". Did you mean \"hippo\"?\n";
    for (line, answer, said, expected) in [
        (
            "show cluster hipo",
            r#"{"Results":[],"Code":"ok"}"#,
            "No clusters found.\n",
            0,
        ),
        (
            "scale hipo --no-prompt",
            r#"{"Results":null,"Code":"error","Msg":"pgclusters.crunchydata.com \"hipo\" not found"}"#,
            "Error: pgclusters.crunchydata.com \"hipo\" not found\n",
            2,
        ),
        (
            "clone hipo other",
            r#"{"Code":"error","Msg":"Could not get cluster"}"#,
            "Error: Could not get cluster\n",
            1,
        ),
    ] {
        let stub = Stub::answering(&[Answer::json(answer), Answer::json(there)]);
        let (code, seen) = at_terminal(&Pgo::at(line, &stub));
        assert_eq!((code, seen), (expected, format!("{said}{sentence}")), "{line}");
    }
}

#[test]
fn a_cluster_that_is_there_or_like_no_other_is_not_questioned() {
    let there = r#"{"Results":[{"cluster":{"metadata":{"name":"hippo"},"spec":{}}}],"Code":"ok"}"#;
    for line in [
        "scaledown hippo --query",
        "show cluster elephant",
        "show backup all",
    ] {
        let stub = Stub::answering(&[Answer::json(r#"{"Results":[],"Code":"ok"}"#), Answer::json(there)]);
        let (code, seen) = at_terminal(&Pgo::at(line, &stub));
        assert_eq!(code, 0);
        assert!(!seen.contains("Did you mean"), "{seen}");
    }
}

#[test]
fn a_script_is_told_nothing_that_it_did_not_ask_for() {
    let stub = answered(r#"{"Results":[],"Code":"ok"}"#);
    assert_eq!(Pgo::at("show cluster hipo", &stub).run().2, "");
    assert_eq!(stub.received().len(), 1);
}
