//! `pgo watch`
//!
//! Version 4.2 published its events through a server of NSQ, and this command listens there. This operator publishes
//! Kubernetes Events instead; whoever runs such a server beside it still reads it here.

use std::hash::{BuildHasher as _, RandomState};

use tokio::signal::unix::{SignalKind, signal};

use crate::args::WatchArgs;
use crate::commands::Context;
use crate::failure::Failure;
use crate::nsq::Consumer;

/// The exit code of a start that failed.
const FAILED: u8 = 1;

pub(super) async fn run(args: &WatchArgs, context: &Context) -> Result<(), Failure> {
    let topic = topic(args).map_err(|failure| failure.exiting_with(FAILED))?;
    let address = &args.pgo_event_address;
    let unreachable = |reason: String| {
        Failure::Transport(format!(
            "cannot read events at {address}: {reason}; is there an event server (--pgo-event-address)? This operator \
             publishes its events in Kubernetes: kubectl get events"
        ))
    };
    let mut consumer = Consumer::subscribe(address, topic, &channel())
        .await
        .map_err(|reason| unreachable(reason).exiting_with(FAILED))?;
    context
        .printer
        .remark(&format!("listening to {topic} at {address}"));
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    loop {
        let body = tokio::select! {
            body = consumer.next() => body.map_err(unreachable)?,
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
        };
        context
            .printer
            .line(&format!("{topic} | {}", String::from_utf8_lossy(&body)))?;
    }
}

/// Takes the first topic, if it is one: it is sent in a line of its own.
fn topic(args: &WatchArgs) -> Result<&str, Failure> {
    let Some(topic) = args.topics.first() else {
        return Err(Failure::Usage(
            "topic is required: alltopic is all of them".to_owned(),
        ));
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-#".contains(&byte);
    if topic.is_empty() || topic.len() > 64 || !topic.bytes().all(is_plain) {
        return Err(Failure::Usage(format!("{topic:?} is no topic")));
    }
    Ok(topic)
}

/// A channel of our own that goes away with us: every listener gets every message.
fn channel() -> String {
    let random = RandomState::new().hash_one(std::process::id()) % 1_000_000;
    format!("tail{random:06}#ephemeral")
}
