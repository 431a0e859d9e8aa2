//! What still comes of a request when its answer is known.
//!
//! Whoever answers and hangs up while the other end is sending makes the kernel reset the connection, and the answer is
//! lost with it: the client hears of a broken pipe instead of a wrong password. So the rest is read first, and thrown
//! away.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::HeaderMap;
use http::header::EXPECT;
use http_body_util::BodyExt as _;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Instant, timeout, timeout_at};

/// How much is thrown away. Who sends more is not worth the trouble.
const MOST: u64 = 64 << 20;
/// For how long.
const LONGEST: Duration = Duration::from_secs(5);
/// And how long nothing of it may come: then the other end listens already.
const PAUSE: Duration = Duration::from_millis(500);

/// A body that whoever answers may read, and afterwards we.
#[derive(Clone)]
struct Lent(Arc<Mutex<State>>);

struct State {
    body: Incoming,
    /// Whether anybody wanted to read it.
    begun: bool,
}

/// The end of a body that was lent.
pub(super) struct Rest {
    body: Lent,
    /// The client sends nothing before somebody reads.
    waits: bool,
    /// When all of it should have come.
    due: Instant,
}

/// Lends a body that should have come by `due`.
pub(super) fn lend(body: Incoming, headers: &HeaderMap, due: Instant) -> (Body, Rest) {
    let body = Lent(Arc::new(Mutex::new(State { body, begun: false })));
    let rest = Rest {
        body: body.clone(),
        waits: headers.contains_key(EXPECT),
        due,
    };
    (Body::new(body), rest)
}

impl Lent {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl hyper::body::Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let mut state = self.state();
        state.begun = true;
        Pin::new(&mut state.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.state().body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.state().body.size_hint()
    }
}

impl Rest {
    /// Throws away what nobody has read, as far as it comes soon and is not too much.
    pub(super) async fn throw_away(mut self) {
        let (begun, least) = {
            let state = self.body.state();
            let hint = hyper::body::Body::size_hint(&state.body);
            (state.begun, hint.lower())
        };
        if least > MOST || (self.waits && !begun) {
            return;
        }
        let reading = async {
            let mut left = MOST;
            while let Ok(Some(Ok(frame))) = timeout(PAUSE, self.body.frame()).await {
                let length = frame.data_ref().map_or(0, Bytes::len);
                let Some(less) = left.checked_sub(u64::try_from(length).unwrap_or(u64::MAX)) else {
                    return;
                };
                left = less;
            }
        };
        // Too late is as good as too much: then it is cut off.
        drop(timeout_at(self.due.min(Instant::now() + LONGEST), reading).await);
    }
}
