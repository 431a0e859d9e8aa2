//! Servers that are away, refuse or talk nonsense; credentials that are none.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;
use std::thread;

use crate::stub::{nobody, silent};
use crate::{Answer, Pgo, Stub};

fn plain(line: &str, address: &str) -> Pgo {
    Pgo::new(line)
        .env("DISABLE_TLS", "1")
        .env("PGO_APISERVER_URL", address)
}

#[test]
fn answers_that_are_none() {
    let answers = [
        Answer(200, String::new()),
        Answer(200, "<html>".to_owned()),
        Answer(200, r#"{"Version":5}"#.to_owned()),
        Answer(201, r#"{"Version":"4.2.0","Code":"ok"}"#.to_owned()),
        Answer(400, String::new()),
        Answer(401, "no".to_owned()),
        Answer(403, "no".to_owned()),
        Answer(404, "404 page not found\n".to_owned()),
        Answer(413, "the request is longer than 1048576 bytes\n".to_owned()),
        Answer(429, "too many failed logins\n".to_owned()),
        Answer(500, String::new()),
        Answer(503, "busy\n".to_owned()),
        Answer(
            200,
            r#"{"Version":"","Code":"error","Msg":"no namespace"}"#.to_owned(),
        ),
        Answer(200, r#"{"Version":"","Code":"OK","Msg":""}"#.to_owned()),
    ];
    let observed = answers.map(|answer| {
        let stub = Stub::answering(std::slice::from_ref(&answer));
        format!(
            "HTTP {} {:?}\n{}",
            answer.0,
            answer.1,
            Pgo::at("version", &stub).observe(Some(&stub))
        )
    });
    insta::assert_snapshot!(observed.join("\n"));
}

#[test]
fn a_server_that_is_away() {
    let address = nobody().to_string();
    let observed = plain("version", &format!("http://{address}"))
        .observe(None)
        .replace(&address, "<server>");
    insta::assert_snapshot!(observed);
}

#[test]
fn a_server_that_hangs_up() {
    let address = silent().to_string();
    let (code, stdout, _) = plain("version", &format!("http://{address}")).run();
    assert_eq!(code, 2);
    assert!(
        stdout.starts_with("Error: cannot reach the API server at http://127.0.0.1:"),
        "{stdout}"
    );
}

#[test]
fn addresses_that_are_none() {
    let addresses = ["127.0.0.1:8443", "localhost", "ftp://server", "https://"];
    insta::assert_snapshot!(
        addresses
            .map(|address| plain("version", address).observe(None))
            .join("\n")
    );
}

#[test]
fn a_host_that_nobody_knows() {
    let (code, stdout, _) = plain("version", "http://no-such-host.invalid:1").run();
    assert_eq!(code, 2);
    assert!(
        stdout.starts_with("Error: cannot reach the API server at http://no-such-host.invalid:1: "),
        "{stdout}"
    );
}

#[test]
fn a_start_that_fails_says_what_to_set() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pgouser");
    std::fs::write(&path, "no colon").unwrap();
    let without = || {
        Pgo::new("create")
            .env("PGOUSERNAME", "")
            .env("PGOUSERPASS", "")
            .env("PGO_APISERVER_URL", "x")
    };
    let observed = [
        Pgo::new("create"),
        without().env("HOME", "/nowhere"),
        without().env("PGOUSERNAME", "admin"),
        without().env("PGOUSERPASS", "secret"),
        without().env("PGOUSER", "/nowhere/pgouser"),
        without().env("PGOUSER", path.to_str().unwrap()),
    ]
    .map(|pgo| {
        pgo.observe(None)
            .replace(directory.path().to_str().unwrap(), "<directory>")
    });
    insta::assert_snapshot!(observed.join("\n"));
}

#[test]
fn an_error_appears_once_where_both_streams_are_the_same() {
    let stub = Stub::answering(&[Answer::json(r#"{"Version":"","Code":"error","Msg":"no"}"#)]);
    let directory = tempfile::tempdir().unwrap();
    let file = File::create(directory.path().join("both")).unwrap();
    let mut command = Pgo::at("version", &stub).command();
    command
        .stdin(Stdio::null())
        .stdout(file.try_clone().unwrap())
        .stderr(file);
    assert_eq!(command.status().unwrap().code(), Some(2));
    let both = std::fs::read_to_string(directory.path().join("both")).unwrap();
    assert_eq!(both, "pgo client version 4.2.0\nError: no\n");
}

#[test]
fn a_server_that_asks_for_patience_says_for_how_long() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        assert_ne!(stream.read(&mut request).unwrap(), 0);
        let answer = "HTTP/1.1 429 -\r\nRetry-After: 30\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let (code, stdout, _) = plain("version", &address).run();
    server.join().unwrap();
    assert_eq!(code, 2);
    assert!(
        stdout.starts_with("Error: Invalid Status Code: 429: "),
        "{stdout}"
    );
    assert!(stdout.ends_with("and try again in 30 s\n\n"), "{stdout}");
}
