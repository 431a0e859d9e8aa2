//! As much of NSQ's protocol, version 2, as it takes to listen to a topic.
//!
//! A consumer says who it is, subscribes to a topic through a channel, and says how many messages it can take. The
//! server sends frames: answers, errors and messages; a heartbeat wants an answer, a message wants to be finished.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the server may take to answer at the start.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest frame that is read, in bytes.
const LARGEST: u32 = 16 * 1024 * 1024;

/// Messages that may be under way.
const IN_FLIGHT: u32 = 200;

/// What stands before the body of a message: a time, a count of attempts and an id.
const HEAD: usize = 8 + 2 + 16;

/// A subscription.
#[derive(Debug)]
pub(crate) struct Consumer {
    stream: TcpStream,
}

/// What the server sends.
#[derive(Debug, PartialEq, Eq)]
enum Frame {
    Response(Vec<u8>),
    Error(String),
    Message { id: [u8; 16], body: Vec<u8> },
}

impl Consumer {
    /// Connects and subscribes to a topic through a channel.
    pub(crate) async fn subscribe(address: &str, topic: &str, channel: &str) -> Result<Self, String> {
        let connected = timeout(PATIENCE, TcpStream::connect(address)).await;
        let mut stream = connected
            .map_err(|_| "no answer".to_owned())?
            .map_err(|error| error.to_string())?;
        let who = r#"{"client_id":"pgo","hostname":"pgo","user_agent":"pgo"}"#;
        let mut hello = b"  V2IDENTIFY\n".to_vec();
        hello.extend(u32::try_from(who.len()).unwrap_or_default().to_be_bytes());
        hello.extend(who.as_bytes());
        hello.extend(format!("SUB {topic} {channel}\n").as_bytes());
        stream
            .write_all(&hello)
            .await
            .map_err(|error| error.to_string())?;
        // One answer to each of the two.
        for _ in 0..2 {
            match timeout(PATIENCE, read_frame(&mut stream)).await {
                Err(_) => return Err("no answer".to_owned()),
                Ok(frame) => match frame? {
                    Frame::Error(reason) => return Err(reason),
                    Frame::Response(_) | Frame::Message { .. } => {}
                },
            }
        }
        let ready = format!("RDY {IN_FLIGHT}\n");
        stream
            .write_all(ready.as_bytes())
            .await
            .map_err(|error| error.to_string())?;
        Ok(Self { stream })
    }

    /// Waits for the next message and returns its body.
    pub(crate) async fn next(&mut self) -> Result<Vec<u8>, String> {
        loop {
            let (answer, body) = match read_frame(&mut self.stream).await? {
                Frame::Response(text) if text == b"_heartbeat_" => (b"NOP\n".to_vec(), None),
                Frame::Response(_) => continue,
                Frame::Error(reason) => return Err(reason),
                Frame::Message { id, body } => ([b"FIN ", id.as_slice(), b"\n"].concat(), Some(body)),
            };
            self.stream
                .write_all(&answer)
                .await
                .map_err(|error| error.to_string())?;
            if let Some(body) = body {
                return Ok(body);
            }
        }
    }
}

/// Reads `length, type, data`, where the length counts type and data.
async fn read_frame(stream: &mut (impl AsyncRead + Unpin)) -> Result<Frame, String> {
    let length = stream.read_u32().await.map_err(|error| error.to_string())?;
    let kind = stream.read_u32().await.map_err(|error| error.to_string())?;
    let length = length
        .checked_sub(4)
        .filter(|length| *length <= LARGEST)
        .ok_or_else(|| format!("a frame of {length} bytes"))?;
    let mut data = vec![0; length as usize];
    stream
        .read_exact(&mut data)
        .await
        .map_err(|error| error.to_string())?;
    match kind {
        0 => Ok(Frame::Response(data)),
        1 => Ok(Frame::Error(String::from_utf8_lossy(&data).into_owned())),
        2 => match data.split_at_checked(HEAD) {
            Some((head, body)) => Ok(Frame::Message {
                id: head[HEAD - 16..].try_into().unwrap_or_default(),
                body: body.to_vec(),
            }),
            None => Err("a message without an id".to_owned()),
        },
        kind => Err(format!("a frame of type {kind}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> Result<Frame, String> {
        read_frame(&mut &*bytes).await
    }

    fn frame(kind: u8, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len() + 4).unwrap();
        [&length.to_be_bytes()[..], &[0, 0, 0, kind], data].concat()
    }

    #[tokio::test]
    async fn frames_of_every_kind_are_read() {
        assert_eq!(read(&frame(0, b"OK")).await, Ok(Frame::Response(b"OK".to_vec())));
        assert_eq!(
            read(&frame(1, b"E_BAD_TOPIC")).await,
            Ok(Frame::Error("E_BAD_TOPIC".to_owned()))
        );
        let message = [&[0; 10][..], b"0123456789abcdef", b"{}"].concat();
        assert_eq!(
            read(&frame(2, &message)).await,
            Ok(Frame::Message {
                id: *b"0123456789abcdef",
                body: b"{}".to_vec()
            })
        );
    }

    #[tokio::test]
    async fn nonsense_is_an_error_and_takes_no_memory() {
        assert_eq!(read(&frame(3, b"")).await, Err("a frame of type 3".to_owned()));
        assert_eq!(
            read(&frame(2, b"short")).await,
            Err("a message without an id".to_owned())
        );
        assert_eq!(
            read(b"HTTP/1.1 400 Bad Request").await,
            Err("a frame of 1213486160 bytes".to_owned())
        );
        assert_eq!(
            read(&[0, 0, 0, 3, 0, 0, 0, 0]).await,
            Err("a frame of 3 bytes".to_owned())
        );
        assert!(read(&[0, 0]).await.is_err());
    }
}
