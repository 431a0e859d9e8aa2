//! `--wait`: looks at the server until what was asked for has come about, and shows how far it is.
//!
//! Looking is `show cluster`, several times a second: the server answers from memory, and a server of version 4.2
//! knows no other way. The request that is waited for has been accepted; giving up here takes nothing back.

mod goal;
mod progress;

use std::time::Duration;

use pgo_api::{ShowClusterDetail, ShowClusterRequest, ShowNamespaceRequest, VERSION};
use tokio::time::{Instant, sleep};

use crate::commands::{Context, Format};
use crate::failure::Failure;

pub(crate) use goal::Goal;
use goal::{End, Sight, Subject};
use progress::Progress;

/// How long to look away.
const PAUSE: Duration = Duration::from_millis(250);

/// Waits until every goal is reached or has failed, or the time is up.
///
/// What is reached is told where results go, unless a program reads them.
pub(crate) async fn until(
    mut goals: Vec<Goal>,
    timeout: Duration,
    format: Format,
    context: &Context,
) -> Result<(), Failure> {
    let started = Instant::now();
    let mut progress = Progress::new(context.printer, started, goals.iter().map(Goal::name));
    let mut open: Vec<usize> = (0..goals.len()).collect();
    let mut missed = Vec::new();
    while !open.is_empty() {
        let is_over = started.elapsed() >= timeout;
        let mut still_open = Vec::with_capacity(open.len());
        for at in open {
            let goal = &mut goals[at];
            let Sight { done, waiting, end } = look(goal, context).await?;
            progress.show(at, &done, &waiting);
            match end {
                Some(End::Reached) => progress.reached(at, &goal.success(), format)?,
                Some(End::Failed(reason)) => missed.push(reason),
                None if is_over => missed.push(goal.overdue(timeout, &waiting)),
                None => still_open.push(at),
            }
        }
        open = still_open;
        if !open.is_empty() {
            sleep(PAUSE.min(timeout.saturating_sub(started.elapsed()))).await;
        }
    }
    progress.finish();
    if missed.is_empty() {
        Ok(())
    } else {
        Err(Failure::Unfinished(missed.join("\n")))
    }
}

/// Looks once. A server that is away for a moment is waited for, too.
async fn look(goal: &mut Goal, context: &Context) -> Result<Sight, Failure> {
    let sight = match goal.subject() {
        Subject::Cluster => look_at_cluster(goal, context).await,
        Subject::Namespace => look_at_namespace(goal, context).await,
    };
    match sight {
        Err(Failure::Transport(reason)) => Ok(Sight::nothing(&reason)),
        sight => sight,
    }
}

async fn look_at_cluster(goal: &mut Goal, context: &Context) -> Result<Sight, Failure> {
    let request = ShowClusterRequest {
        clustername: goal.name().to_owned(),
        clientversion: VERSION.to_owned(),
        namespace: context.namespace.clone(),
        ..ShowClusterRequest::default()
    };
    let reply = context.client.send(&request).await?;
    Ok(goal.judge(reply.results.first()))
}

/// A namespace that is not there is an error in the protocol, and here it is what was waited for.
async fn look_at_namespace(goal: &mut Goal, context: &Context) -> Result<Sight, Failure> {
    let request = ShowNamespaceRequest {
        args: vec![goal.name().to_owned()],
        all_flag: false,
        client_version: VERSION.to_owned(),
    };
    match context.client.send(&request).await {
        Ok(_) => Ok(Sight::nothing("waiting for what is in it to go")),
        Err(Failure::Refused(reason)) if reason.contains("not found") => Ok(goal.judge(None)),
        Err(failure) => Err(failure),
    }
}
