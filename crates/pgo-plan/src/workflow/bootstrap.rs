//! Bringing a new cluster to life.
//!
//! 1. The repository and the first instance start side by side, the latter from the volume that it takes over from an
//!    earlier cluster if there is one (see [`super::take_over`]). WAL waits in the instance's archive queue.
//! 2. The stanza is created; the waiting WAL is archived.
//! 3. The first full backup is taken.
//! 4. Replicas start, made from that backup (see [`super::scale`]).
//!
//! Invariant: no replica starts before the first backup has succeeded.
//!
//! A failed Job is replaced by its next attempt after a pause that doubles each time; a condition says so meanwhile.

use k8s_openapi::api::batch::v1::Job;

use super::{Pass, back_off, gate, take_over};
use crate::desired::{config, instance, job, repository, secret, service, volume};
use crate::observed::JobState;
use crate::plan::{Action, Exactly, Kind, Plan, WaitingOn};

/// How far a cluster has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bootstrap {
    /// The repository or the first instance is not ready.
    Starting,
    /// The Job that creates the stanza is wanted.
    StanzaCreating,
    /// The Job that takes the first backup is wanted.
    BackingUp,
    /// The first backup has succeeded, now or at any time before.
    Done,
}

impl Bootstrap {
    /// Derives the phase from what exists; only that it is done is remembered.
    pub(crate) fn observe(pass: &Pass<'_>) -> Self {
        let Pass { cluster, seen, .. } = *pass;
        let job = |name: String| seen.job(cluster, &name);
        let stanza = job(cluster.name.stanza_job());
        let both_ready = || seen.repository_is_ready(&cluster.name) && seen.primary().is_some();
        match () {
            () if pass.before().initialized => Self::Done,
            () if job(cluster.name.backup_job()) == JobState::Succeeded => Self::Done,
            () if stanza == JobState::Succeeded => Self::BackingUp,
            () if gate(both_ready(), stanza != JobState::Absent) => Self::StanzaCreating,
            () => Self::Starting,
        }
    }
}

/// Contributes what a cluster consists of besides its replicas, and the Job that comes next.
pub(crate) fn contribute(pass: &Pass<'_>, phase: Bootstrap, plan: &mut Plan) {
    let cluster = pass.cluster;
    let name = &cluster.name;
    plan.requires
        .push(Exactly::new(Kind::Pgcluster, &pass.object.metadata));
    plan.objects.secrets = secret::secrets(cluster, pass.before().initialized);
    plan.objects.config_maps = vec![config::config_map(cluster, phase != Bootstrap::Done)];
    plan.objects.services = vec![service::primary(cluster), service::repository(cluster)];
    plan.objects.endpoint_slices = vec![service::primary_slice(cluster)];
    plan.objects
        .claims
        .extend(volume::claim(cluster, &cluster.primary_storage, &cluster.volume));
    plan.objects.claims.extend(volume::claim(
        cluster,
        &cluster.repository_storage,
        &name.repository_claim(),
    ));
    plan.objects.deployments.push(repository::deployment(cluster));
    let may_start = take_over::contribute(pass, plan);
    if gate(
        may_start,
        pass.seen.deployment(name.first_instance().as_str()).is_some(),
    ) {
        super::rolling::want(pass, instance::Instance::first(cluster), plan);
    }
    match phase {
        Bootstrap::Starting | Bootstrap::Done => (),
        Bootstrap::StanzaCreating => carry_out(pass, job::stanza_create(cluster), plan),
        Bootstrap::BackingUp => carry_out(pass, job::first_backup(cluster), plan),
    }
    if phase != Bootstrap::Done {
        if !pass.seen.repository_is_ready(name) {
            plan.wait(WaitingOn::Repository);
        }
        if pass.seen.primary().is_none() {
            plan.wait(WaitingOn::Primary);
        }
    }
}

/// Wants a Job to succeed, however often it must be tried.
fn carry_out(pass: &Pass<'_>, job: Job, plan: &mut Plan) {
    let name = job.metadata.name.clone().unwrap_or_default();
    match pass.seen.job(pass.cluster, &name) {
        JobState::Absent | JobState::Running => {
            plan.objects.jobs.push(job);
            plan.wait(WaitingOn::Job(name));
        }
        JobState::Succeeded => (),
        JobState::Leaving => plan.wait(WaitingOn::Deletion(vec![name])),
        JobState::Failed { uid, attempt, at, .. } => {
            let due = at.saturating_add(back_off(attempt)).unwrap_or(at);
            if due <= pass.seen.now {
                let next = job::as_attempt(job, attempt.saturating_add(1));
                plan.act(Action::Replace {
                    job: Box::new(next),
                    instead_of: uid,
                });
            } else {
                plan.wait(WaitingOn::Retry(name, due));
                plan.look_again(due);
            }
        }
    }
}
