//! Help, completion, version, status, and lines that cannot be read.

use std::io::Read as _;
use std::process::Stdio;

use crate::{Answer, Pgo, Stub, recorded};

#[test]
fn version() {
    let stub = Stub::answering(&[Answer::json(recorded!("version.response.json"))]);
    insta::assert_snapshot!(Pgo::at("version", &stub).observe(Some(&stub)));
}

#[test]
fn status() {
    let stub = Stub::answering(&[Answer::json(recorded!("status.response.json"))]);
    insta::assert_snapshot!(Pgo::at("status ignored", &stub).observe(Some(&stub)));
}

#[test]
fn status_with_images_and_something_not_ready() {
    let stub = Stub::answering(&[Answer::json(
        r#"{"Result":{"OperatorStartTime":"2019-12-31 15:04:05 +0000 UTC","NumDatabases":12,"NumClaims":0,
        "VolumeCap":"0","DbTags":{"b:2":1,"a:1":10},"NotReady":["hippo"],"Nodes":null,"Labels":null},
        "Code":"ok","Msg":""}"#,
    )]);
    insta::assert_snapshot!(Pgo::at("status", &stub).observe(None));
}

#[test]
fn status_as_json_and_as_nothing_we_know() {
    let stub = Stub::answering(&[Answer::json(recorded!("status.response.json"))]);
    let observed = ["status -o json", "status -o wide"].map(|line| Pgo::at(line, &stub).observe(None));
    insta::assert_snapshot!(observed.join("\n"));
}

#[test]
fn help_needs_no_server() {
    let bare = |line: &str| {
        Pgo::new(line)
            .env("PGOUSERNAME", "")
            .env("PGOUSERPASS", "")
            .observe(None)
    };
    insta::assert_snapshot!(
        ["--help", "help show", "show cluster --help", "help nothing"]
            .map(bare)
            .join("\n")
    );
    assert_eq!(Pgo::new("").run().1, Pgo::new("help").run().1);
}

#[test]
fn completion_needs_no_server() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, stdout, stderr) = Pgo::new(&format!("completion {shell}"))
            .env("PGOUSERNAME", "")
            .run();
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert!(stdout.contains("scaledown"), "{shell}");
    }
    insta::assert_snapshot!(
        ["completion", "completion csh"]
            .map(|line| Pgo::new(line).observe(None))
            .join("\n")
    );
}

#[test]
fn a_line_that_cannot_be_read() {
    let lines = ["shw", "show cluster --bogus", "scale a --replica-count=many"];
    insta::assert_snapshot!(lines.map(|line| Pgo::new(line).observe(None)).join("\n"));
}

#[test]
fn debug_says_what_is_done_and_never_the_password() {
    let stub = Stub::answering(&[Answer::json(recorded!("version.response.json"))]);
    let (code, _, stderr) = Pgo::at("version --debug", &stub).run();
    assert_eq!(code, 0);
    assert!(stderr.contains("level=debug msg=\"server http://"), "{stderr}");
    assert!(!stderr.contains("secret"), "{stderr}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let long = format!(r#"{{"Version":"{}","Code":"ok","Msg":""}}"#, "x".repeat(1 << 20));
    let stub = Stub::answering(&[Answer::json(&long)]);
    let mut child = Pgo::at("version", &stub)
        .command()
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let mut first = [0; 4];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(0), b"".as_slice())
    );
}

#[test]
fn a_plugin_of_kubectl_speaks_of_itself_as_such() {
    let stub = Stub::answering(&[Answer::json(r#"{"Version":"","Code":"error","Msg":"no"}"#)]);
    let lines = [
        "--help",
        "show cluster -h",
        "shw",
        "scale hippo --bogus",
        "help nothing",
        "version",
    ];
    let observed = lines.map(|line| Pgo::at(line, &stub).called("/bin/kubectl-pgo").observe(None));
    insta::assert_snapshot!(observed.join("\n"));
}

#[test]
fn kubectl_completes_the_plugin() {
    let (code, stdout, _) = Pgo::new("show wor")
        .called("/bin/kubectl_complete-pgo")
        .env("PGOUSERNAME", "")
        .run();
    assert_eq!(
        (code, stdout.as_str()),
        (0, "workflow\tShow how far a workflow has come\n:4\n")
    );
}

#[test]
fn manual_pages_need_no_server() {
    let page = |line| Pgo::new(line).env("PGOUSERNAME", "");
    insta::assert_snapshot!(
        ["man show workflow", "man nothing"]
            .map(|line| page(line).observe(None))
            .join("\n")
    );
    assert!(page("man").run().1.contains("apiserver\\-url"));

    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("man1");
    let (code, stdout, _) = page("man --directory").arg(pages.to_str().unwrap()).run();
    let mut written: Vec<String> = std::fs::read_dir(&pages)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    written.sort();
    assert_eq!(code, 0);
    assert!(
        stdout.starts_with(&format!("{} pages written to ", written.len())),
        "{stdout}"
    );
    assert!(written.contains(&"pgo.1".to_owned()) && written.contains(&"pgo-create-cluster.1".to_owned()));
}

#[test]
fn a_misspelt_type_is_recognised() {
    let stub = Stub::answering(&[Answer::json("{}")]);
    let observed = ["show clutser", "create Cluster", "delete elephant"]
        .map(|line| Pgo::at(line, &stub).observe(Some(&stub)));
    insta::assert_snapshot!(observed.join("\n"));
}
