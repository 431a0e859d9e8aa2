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

/// Waits until every goal is reached or has failed, the time is up, or the user has had enough.
///
/// What is reached is told where results go, unless a program reads them.
pub(crate) async fn until(
    goals: Vec<Goal>,
    timeout: Duration,
    format: Format,
    context: &Context,
) -> Result<(), Failure> {
    let mut wait = Wait::new(goals, timeout, format, context);
    // Listens from here on. Before, nothing has to be said about what goes on.
    let interrupt = tokio::signal::ctrl_c();
    let outcome = tokio::select! {
        biased;
        Ok(()) = interrupt => Err(Failure::Interrupted(wait.given_up())),
        outcome = wait.follow(context) => outcome,
    };
    wait.progress.finish();
    outcome
}

/// All that is waited for.
struct Wait {
    open: Vec<Open>,
    missed: Vec<String>,
    progress: Progress,
    format: Format,
    started: Instant,
    timeout: Duration,
}

/// A goal that is neither reached nor missed.
struct Open {
    /// Its place in the progress.
    at: usize,
    goal: Goal,
    /// What it waits for, when it was looked at last.
    waiting: String,
    is_over: bool,
}

impl Wait {
    fn new(goals: Vec<Goal>, timeout: Duration, format: Format, context: &Context) -> Self {
        let started = Instant::now();
        let progress = Progress::new(context.printer, started, goals.iter().map(Goal::name));
        let open = |(at, goal)| Open {
            at,
            goal,
            waiting: String::new(),
            is_over: false,
        };
        Self {
            open: goals.into_iter().enumerate().map(open).collect(),
            missed: Vec::new(),
            progress,
            format,
            started,
            timeout,
        }
    }

    /// Looks again and again. May be broken off at any time: what is open stays known.
    async fn follow(&mut self, context: &Context) -> Result<(), Failure> {
        while !self.open.is_empty() {
            let is_late = self.started.elapsed() >= self.timeout;
            for open in &mut self.open {
                let Sight { done, waiting, end } = look(&mut open.goal, context).await?;
                self.progress.show(open.at, &done, &waiting);
                open.is_over = is_late || end.is_some();
                match end {
                    Some(End::Reached) => {
                        let success = open.goal.success();
                        self.progress.reached(open.at, &success, self.format)?;
                    }
                    Some(End::Failed(reason)) => self.missed.push(reason),
                    None if is_late => self.missed.push(open.goal.overdue(self.timeout, &waiting)),
                    None => {}
                }
                open.waiting = waiting;
            }
            self.open.retain(|open| !open.is_over);
            if !self.open.is_empty() {
                sleep(PAUSE.min(self.timeout.saturating_sub(self.started.elapsed()))).await;
            }
        }
        if self.missed.is_empty() {
            Ok(())
        } else {
            Err(Failure::Unfinished(self.missed.join("\n")))
        }
    }

    /// Says what is no longer waited for, a line for each goal; what was missed before is not lost.
    fn given_up(&self) -> String {
        let open = self.open.iter().filter(|open| !open.is_over);
        let open = open.map(|open| open.goal.given_up(&open.waiting));
        self.missed
            .iter()
            .cloned()
            .chain(open)
            .collect::<Vec<_>>()
            .join("\n")
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
