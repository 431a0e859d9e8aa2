//! `watch`, against a server that speaks as much of NSQ as it takes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use crate::Pgo;
use crate::stub::nobody;

/// Serves one listener: answers to the start, a heartbeat, one message. Returns what the listener sent, and the
/// connection.
fn serve(listener: &TcpListener) -> (Vec<u8>, TcpStream) {
    let (mut stream, _) = listener.accept().unwrap();
    let frame = |kind: u8, data: &[u8]| {
        let length = u32::try_from(data.len() + 4).unwrap();
        [&length.to_be_bytes()[..], &[0, 0, 0, kind], data].concat()
    };
    let message = [&[0; 10][..], b"0123456789abcdef", b"{\"a\":1}"].concat();
    for part in [
        frame(0, b"OK"),
        frame(0, b"OK"),
        frame(0, b"_heartbeat_"),
        frame(2, &message),
    ] {
        stream.write_all(&part).unwrap();
    }
    let mut sent = Vec::new();
    // Until the message is finished; then the listener is told to go.
    while !sent.ends_with(b"FIN 0123456789abcdef\n") {
        let mut part = [0; 256];
        let length = stream.read(&mut part).unwrap();
        assert_ne!(length, 0, "{}", String::from_utf8_lossy(&sent));
        sent.extend(&part[..length]);
    }
    (sent, stream)
}

fn plain(line: &str) -> Pgo {
    Pgo::new(line)
        .env("DISABLE_TLS", "1")
        .env("PGO_APISERVER_URL", "http://unused")
}

#[test]
fn messages_are_printed_and_a_signal_ends_it() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let mut child = plain(&format!("watch alltopic -a {address}"))
        .command()
        .spawn()
        .unwrap();
    let (sent, connection) = serve(&listener);
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "alltopic | {\"a\":1}\n");

    let kill = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drop(connection);

    let sent = String::from_utf8_lossy(&sent).into_owned();
    assert!(sent.starts_with("  V2IDENTIFY\n"), "{sent}");
    assert!(
        sent.contains("SUB alltopic tail") && sent.contains("#ephemeral\n"),
        "{sent}"
    );
    assert!(sent.contains("RDY 200\nNOP\n"), "{sent}");
}

#[test]
fn a_start_that_fails_is_exit_code_1() {
    let address = nobody().to_string();
    let line = format!("watch alltopic --pgo-event-address={address}");
    let away = plain(&line).observe(None).replace(&address, "<server>");
    let observed = [
        plain("watch").observe(None),
        plain("watch a$b").observe(None),
        away,
    ];
    insta::assert_snapshot!(observed.join("\n"));
}
