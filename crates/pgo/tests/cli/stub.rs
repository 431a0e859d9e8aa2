//! A server that answers what it was told to, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What is answered: an HTTP status and a body.
#[derive(Clone, Debug)]
pub(crate) struct Answer(pub(crate) u16, pub(crate) String);

impl Answer {
    /// An answer with status 200.
    pub(crate) fn json(body: &str) -> Self {
        Self(200, body.to_owned())
    }
}

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) line: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

/// The server. Its thread ends with the process.
pub(crate) struct Stub {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Stub {
    /// Answers each request with the next of these; the last serves for all that follow.
    pub(crate) fn answering(answers: &[Answer]) -> Self {
        Self::start(answers, None)
    }

    /// Does the same over TLS.
    pub(crate) fn with_tls(answers: &[Answer], config: ServerConfig) -> Self {
        Self::start(answers, Some(Arc::new(config)))
    }

    fn start(answers: &[Answer], tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let (answers, remembered) = (answers.to_vec(), Arc::clone(&received));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                // A connection that fails before its request is over asked nothing.
                let _ = match &tls {
                    None => serve(stream, &answers, &remembered),
                    Some(config) => {
                        let connection = ServerConnection::new(Arc::clone(config)).unwrap();
                        serve(StreamOwned::new(connection, stream), &answers, &remembered)
                    }
                };
            }
        });
        Self { address, received }
    }

    /// What was asked so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

/// Reads one request, remembers it, and only then answers it: who has the answer may look what was asked.
fn serve<S: Read + Write>(stream: S, answers: &[Answer], received: &Mutex<Vec<Received>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let mut request = Received {
        line,
        ..Received::default()
    };
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).ok()?;
        match header.trim_end() {
            "" => break,
            header => request.headers.push(header.to_ascii_lowercase()),
        }
    }
    let length = request
        .headers
        .iter()
        .find_map(|header| header.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).unwrap();
    let asked = {
        let mut received = received.lock().unwrap();
        received.push(request);
        received.len()
    };
    let Answer(status, body) = answers.get(asked - 1).or(answers.last())?;
    let head = format!(
        "HTTP/1.1 {status} -\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let stream = stream.get_mut();
    stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body.as_bytes()))
        .ok()?;
    stream.flush().ok()
}

/// An address where nobody listens.
pub(crate) fn nobody() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap()
}

/// A server that closes each connection without an answer.
pub(crate) fn silent() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    // Each connection is dropped as it comes.
    thread::spawn(move || listener.incoming().flatten().count());
    address
}
