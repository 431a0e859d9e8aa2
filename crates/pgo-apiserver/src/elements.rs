//! A reply that is one list, in pieces that were written before.

use std::convert::Infallible;
use std::iter;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures::stream;
use pgo_api::{Frame, Reply, Status};

use crate::refusal;

/// How many elements are sent at once.
const AT_ONCE: usize = 16;

/// The elements of a reply's only list, in JSON. They are sent from where they are, so that a long list is never in
/// memory as a whole for each of those who ask for it.
#[derive(Debug, Default)]
pub(crate) struct Elements(pub(crate) Vec<Bytes>);

impl<R: Reply> refusal::Body<R> for Elements {
    fn write(self, status: Status) -> Response {
        refusal::written(Frame::of::<R>(status).map(|frame| {
            let pieces = self.pieces(frame).map(Ok::<_, Infallible>);
            Body::from_stream(stream::iter(pieces))
        }))
    }
}

impl Elements {
    fn pieces(self, frame: Frame) -> impl Iterator<Item = Vec<u8>> {
        let mut elements = self.0.into_iter();
        let mut between: &[u8] = &[];
        let middle = iter::from_fn(move || {
            let some: Vec<Bytes> = elements.by_ref().take(AT_ONCE).collect();
            let mut piece = Vec::with_capacity(some.iter().map(|element| element.len() + 1).sum());
            for element in some {
                piece.extend_from_slice(between);
                piece.extend_from_slice(&element);
                between = Frame::BETWEEN;
            }
            (!piece.is_empty()).then_some(piece)
        });
        iter::once(frame.before)
            .chain(middle)
            .chain(iter::once(frame.after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_elements_are_in_the_answer_and_in_their_order() {
        for count in [0, 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE] {
            let elements = (0..count).map(|it| Bytes::from(it.to_string())).collect();
            let frame = Frame {
                before: b"[".to_vec(),
                after: b"]".to_vec(),
            };
            let written: Vec<u8> = Elements(elements).pieces(frame).flatten().collect();
            let read: Vec<usize> = serde_json::from_slice(&written).unwrap();
            assert_eq!(read, (0..count).collect::<Vec<_>>());
        }
    }
}
