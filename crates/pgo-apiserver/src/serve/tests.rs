//! Real sockets and callers who do not play by the rules. The clock is paused: what waits for nothing waits no time.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use super::guests::EACH;
use super::patient::STALL;
use super::*;
use crate::router;
use crate::testing::{PASSWORD, World, basic};

/// The whole server without TLS, in front of a Kubernetes in memory.
struct Open {
    world: World,
    address: SocketAddr,
    stop: CancellationToken,
}

impl Open {
    async fn start() -> Self {
        let world = World::with([]).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = router::table(Arc::clone(&world.app)).into_service();
        let stop = CancellationToken::new();
        tokio::spawn(serve(listener, None, router, stop.clone()));
        Self { world, address, stop }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes, and returns all that comes back until the server hangs up, and after how long.
    async fn send(&self, bytes: &[u8]) -> (String, Duration) {
        let mut stream = self.connect().await;
        let begun = Instant::now();
        // It may have hung up before it has heard everything.
        drop(stream.write_all(bytes).await);
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer).await);
        (String::from_utf8_lossy(&answer).into_owned(), begun.elapsed())
    }

    /// The status of the answer to bytes that end with a request to close.
    async fn status(&self, bytes: &[u8]) -> u16 {
        let (answer, _) = self.send(bytes).await;
        let word = answer.split(' ').nth(1).unwrap_or_default();
        word.parse().unwrap_or(0)
    }

    /// It lives, and nothing was created.
    async fn is_unharmed(&self) {
        let request = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        assert_eq!(self.status(request.as_bytes()).await, 200);
        assert!(self.world.made().is_empty(), "{:?}", self.world.made());
    }
}

fn head(method: &str, path: &str, more: &str) -> String {
    let authorization = basic("pgoadmin", PASSWORD);
    format!("{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n{more}\r\n")
}

#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_come_to_its_end_is_not_waited_for() {
    let server = Open::start().await;
    for beginning in ["", "G", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let (answer, took) = server.send(beginning.as_bytes()).await;
        assert!(answer.is_empty() || answer.contains(" 408 "), "{answer}");
        assert!(took >= HEAD && took < HEAD * 2, "{beginning:?} {took:?}");
    }
    server.is_unharmed().await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_kept_for_nothing_is_closed() {
    let server = Open::start().await;
    let (answer, took) = server.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(took >= HEAD && took < HEAD * 2, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let server = Open::start().await;
    let slow = head(
        "POST",
        "/clusters",
        "Content-Length: 100\r\nConnection: close\r\n",
    ) + "{\"Name\":\"hippo\",";
    let (answer, took) = server.send(slow.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(took < Duration::from_secs(20), "{took:?}");
    server.is_unharmed().await;
}

#[tokio::test(start_paused = true)]
async fn a_body_without_end_is_refused_at_a_mebibyte() {
    let server = Open::start().await;
    let long = format!("Content-Length: {}\r\nConnection: close\r\n", 1 << 30);
    let announced = head("POST", "/clusters", &long) + &"x".repeat(2 << 20);
    assert_eq!(server.status(announced.as_bytes()).await, 413);
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let chunked = head(
        "POST",
        "/clusters",
        "Transfer-Encoding: chunked\r\nConnection: close\r\n",
    ) + &chunk.repeat(40);
    assert_eq!(server.status(chunked.as_bytes()).await, 413);
    server.is_unharmed().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_no_http_is_answered_with_an_error_or_not_at_all() {
    let server = Open::start().await;
    let many = "X-Header: x\r\n".repeat(65);
    let table: [(&[u8], &[u16]); 9] = [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", &[0, 400]),
        (b"\x00\x00\x00\x00\r\n\r\n", &[0, 400]),
        (b"GET /healthz\r\n\r\n", &[0, 400]),
        (b"GET /health z HTTP/1.1\r\n\r\n", &[0, 400]),
        (b"GET /healthz HTTP/9.9\r\n\r\n", &[0, 400]),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[0, 400]),
        (
            b"POST /clusters HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            &[0, 400],
        ),
        (
            b"POST /clusters HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
            &[0, 400],
        ),
        (
            &format!("GET /healthz HTTP/1.1\r\n{many}\r\n").into_bytes(),
            &[431],
        ),
    ];
    for (bytes, expected) in table {
        let status = server.status(bytes).await;
        assert!(
            expected.contains(&status),
            "{status} for {:?}",
            String::from_utf8_lossy(bytes)
        );
    }
    let endless = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1 << 20));
    let status = server.status(endless.as_bytes()).await;
    assert!([0, 400, 414, 431].contains(&status), "{status}");
    server.is_unharmed().await;
}

#[tokio::test(start_paused = true)]
async fn no_address_can_take_all_the_places() {
    let server = Open::start().await;
    let mut held = Vec::new();
    for _ in 0..EACH {
        let mut stream = server.connect().await;
        // One answer, to know that it has been let in.
        let known = head("GET", "/version", "");
        stream.write_all(known.as_bytes()).await.unwrap();
        assert_ne!(stream.read(&mut [0; 1024]).await.unwrap(), 0);
        held.push(stream);
    }
    let (answer, took) = server
        .send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    assert_eq!((answer.as_str(), took < Duration::from_secs(1)), ("", true));
    drop(held);
    tokio::time::sleep(Duration::from_millis(10)).await;
    server.is_unharmed().await;
}

#[tokio::test(start_paused = true)]
async fn strangers_keep_nobody_out_who_comes_from_where_they_come_from() {
    let server = Open::start().await;
    let mut strangers = Vec::new();
    for silent in 0..2 * EACH {
        let mut stream = server.connect().await;
        if silent % 2 == 0 {
            // One who may not come in is as much of a stranger as one who says nothing.
            let wrong = "GET /version HTTP/1.1\r\nHost: x\r\n\r\n";
            stream.write_all(wrong.as_bytes()).await.unwrap();
        }
        strangers.push(stream);
    }
    let begun = Instant::now();
    let mut known = server.connect().await;
    for _ in 0..2 {
        let request = head("GET", "/version", "");
        known.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 1024];
        let read = known.read(&mut answer).await.unwrap();
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"), "{answer:?}");
        // And he stays when more of them come.
        for _ in 0..EACH {
            strangers.push(server.connect().await);
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_asks_and_does_not_read_the_answers_is_given_up() {
    let server = Open::start().await;
    let mut stream = server.connect().await;
    let many = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000);
    let mut asked = 0;
    // Until neither side can send any more.
    while timeout(Duration::from_secs(1), stream.write_all(many.as_bytes()))
        .await
        .is_ok()
    {
        asked += 1;
        assert!(asked < 1000, "it takes everything");
    }
    tokio::time::sleep(STALL * 2).await;
    let begun = Instant::now();
    drop(stream.read_to_end(&mut Vec::new()).await);
    // One that was only slow would be answered now, and waited for.
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    server.is_unharmed().await;
}

#[tokio::test(start_paused = true)]
async fn who_is_slow_does_not_keep_the_server_from_stopping() {
    let server = Open::start().await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    assert_ne!(idle.read(&mut [0; 1024]).await.unwrap(), 0);
    let slow = head("POST", "/clusters", "Content-Length: 100\r\n") + "{";
    let mut unfinished = server.connect().await;
    unfinished.write_all(slow.as_bytes()).await.unwrap();
    // Until it has come as far as the body.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let begun = Instant::now();
    server.stop.cancel();
    // Those who want nothing are sent away at once, the other has as long as a body has.
    assert_eq!(idle.read(&mut [0; 1024]).await.unwrap(), 0);
    assert!(begun.elapsed() < Duration::from_secs(1));
    let mut answer = String::new();
    unfinished.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(begun.elapsed() < Duration::from_secs(20));
}

/// Sends a head, then the body, then reads: as a client does that does not listen while it speaks.
async fn speaks_to_the_end(server: &Open, head: &str, body: usize) -> u16 {
    let mut stream = server.connect().await;
    let text = vec![b'x'; body];
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&text).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let word = answer.split(' ').nth(1).unwrap_or_default();
    word.parse().unwrap_or(0)
}

#[tokio::test]
async fn who_speaks_to_the_end_hears_the_answer_that_was_known_before() {
    let server = Open::start().await;
    let long = 8 << 20;
    let close = format!("Content-Length: {long}\r\nConnection: close\r\n");
    let stranger = format!("POST /policies HTTP/1.1\r\nHost: x\r\n{close}\r\n");
    for (head, status) in [
        (stranger, 401),
        (head("POST", "/policies", &close), 413),
        (head("POST", "/nowhere", &close), 404),
        (head("GET", "/openapi.json", &close), 200),
    ] {
        assert_eq!(speaks_to_the_end(&server, &head, long).await, status, "{head}");
    }
    server.is_unharmed().await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_reads_and_that_does_not_come_is_not_waited_for_long() {
    let server = Open::start().await;
    let stranger = "POST /policies HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 9\r\n";
    for more in ["", "Expect: 100-continue\r\n"] {
        let (answer, took) = server.send(format!("{stranger}{more}\r\n").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        assert!(took < Duration::from_secs(1), "{more:?} {took:?}");
    }
}
