//! Replicas come and go.
//!
//! Coming: a `Pgreplica` exists, written by a user, by the API server, or by us for those that a cluster is born with.
//! 1. Its volume is claimed when it is settled which one the first instance has.
//! 2. Its Deployment follows when the first backup has succeeded, never before.
//!
//! Going: a task asks for it.
//! 1. The task is accepted, or refused for good: the leader is never removed, nor what is no replica.
//! 2. The Deployment is deleted. 3. When its pod is gone, so is the volume, if that was asked for, and the `Pgreplica`.
//! 4. The task is deleted last: as long as it exists, the volume and the Deployment are not wanted.
//!
//! A `Pgreplica` that is deleted by hand takes its Deployment along (it owns it) and leaves its volume behind.

use std::collections::BTreeSet;

use pgo_crd::{Pgreplica, PgreplicaStatus, Pgtask, PgtaskStatus, state};

use super::bootstrap::Bootstrap;
use super::{Pass, gate, rolling, take_over};
use crate::complaint;
use crate::condition::{self, Claim};
use crate::desired::instance::Instance;
use crate::desired::{replica as born, service, volume};
use crate::event::Reason;
use crate::names::InstanceName;
use crate::plan::{Action, Exactly, Kind, Plan, WaitingOn};
use crate::task::TaskRequest;
use crate::valid::{self, ValidReplica};

/// Contributes replicas and carries out requests to remove them. Returns the replicas that should be there.
pub(crate) fn contribute(pass: &Pass<'_>, phase: Bootstrap, plan: &mut Plan) -> Vec<InstanceName> {
    let leaving = scale_down(pass, plan);
    let declared = pass.before().replicas_declared;
    if !declared {
        let born = born::born(pass.cluster);
        plan.objects.replicas = born
            .iter()
            .map(|name| born::replica(pass.cluster, name))
            .collect();
        plan.status.replicas_declared = born.iter().all(|name| pass.seen.replica(name.as_str()).is_some());
    }
    let mut staying = Vec::new();
    let mut any = !plan.objects.replicas.is_empty();
    for replica in living(pass) {
        let name = InstanceName::new(replica.metadata.name.clone().unwrap_or_default());
        if leaving.contains(&name) {
            continue;
        }
        match valid::validate_replica(replica, pass.cluster) {
            Ok(valid) => {
                any = true;
                want(pass, phase, &valid, plan);
                // Also where the volume is seen: the view may be from before it was removed.
                plan.requires
                    .push(Exactly::new(Kind::Pgreplica, &replica.metadata));
                record(pass, phase, replica, &name, plan);
            }
            Err(complaints) => {
                reject(pass, replica, &name, &complaint::joined(&complaints), plan);
                // What was never made is not missed: the cluster is as well as it was.
                if pass.seen.deployment(name.as_str()).is_none() {
                    continue;
                }
            }
        }
        staying.push(name);
    }
    if any {
        plan.objects.services.push(service::replicas(pass.cluster));
    }
    staying
}

/// The replicas of this cluster that are not being deleted.
pub(crate) fn living<'a>(pass: &Pass<'a>) -> impl Iterator<Item = &'a Pgreplica> {
    let name = pass.cluster.name.as_str();
    pass.seen.replicas.iter().filter(move |replica| {
        let cluster = &replica.spec.clustername;
        (cluster.is_empty() || cluster == name) && replica.metadata.deletion_timestamp.is_none()
    })
}

fn want(pass: &Pass<'_>, phase: Bootstrap, replica: &ValidReplica, plan: &mut Plan) {
    // Before that its volume would look as if an earlier cluster had left it.
    if take_over::is_settled(pass.object) {
        plan.objects.claims.extend(volume::claim(
            pass.cluster,
            &replica.storage,
            &pass.cluster.claim_of(&replica.name),
        ));
    }
    let runs = pass.seen.deployment(replica.name.as_str()).is_some();
    if gate(phase == Bootstrap::Done, runs) {
        rolling::want(pass, Instance::replica(pass.cluster, replica), plan);
    }
}

fn record(pass: &Pass<'_>, phase: Bootstrap, replica: &Pgreplica, name: &InstanceName, plan: &mut Plan) {
    let accepted = Claim::yes("Accepted", "Valid", "The replica makes sense");
    let runs = pass.seen.deployment(name.as_str()).is_some();
    let (state, message, ready) = if !gate(phase == Bootstrap::Done, runs) {
        let message = "Pgreplica processing pending the creation of the initial backup";
        (
            state::REPLICA_PENDING_INIT,
            message,
            Claim::no(
                "Ready",
                "WaitingForBackup",
                "The first backup of the cluster does not exist yet",
            ),
        )
    } else if pass.seen.primary().as_ref() == Some(name) {
        (
            state::REPLICA_PROCESSED,
            PROCESSED,
            Claim::yes("Ready", "Primary", "The instance is the primary"),
        )
    } else if pass.seen.instance_is_ready(name) {
        (
            state::REPLICA_PROCESSED,
            PROCESSED,
            Claim::yes("Ready", "Following", "The replica follows the primary"),
        )
    } else {
        let ready = match pass.seen.instance_trouble(name) {
            Some(trouble) => Claim::no(
                "Ready",
                "CannotStart",
                format!("The replica cannot start: {trouble}"),
            ),
            None if pass.seen.instance_is_unheard(name) => {
                Claim::no("Ready", "Unheard", "The primary hears nothing from the replica")
            }
            None => Claim::no("Ready", "Starting", "The replica's pod is not ready"),
        };
        (state::REPLICA_PROCESSED, PROCESSED, ready)
    };
    let old = replica.status.clone().unwrap_or_default();
    if state == state::REPLICA_PROCESSED && old.state != state {
        plan.tell(Reason::ReplicaCreated, format!("Replica {name} was added"));
    }
    say(pass, replica, name, (state, message), vec![accepted, ready], plan);
}

const PROCESSED: &str = "Successfully processed Pgreplica by controller";

fn reject(pass: &Pass<'_>, replica: &Pgreplica, name: &InstanceName, why: &str, plan: &mut Plan) {
    let old = replica.status.clone().unwrap_or_default();
    if condition::find(&old.conditions, "Accepted").is_none_or(|before| before.message != why) {
        plan.tell(Reason::Refused, format!("Replica {name} is not made: {why}"));
    }
    let claims = vec![
        Claim::no("Accepted", "Invalid", why),
        Claim::no("Ready", "Invalid", format!("The replica is not made: {why}")),
    ];
    say(pass, replica, name, (state::REPLICA_CREATED, why), claims, plan);
}

fn say(
    pass: &Pass<'_>,
    replica: &Pgreplica,
    name: &InstanceName,
    (state, message): (&str, &str),
    claims: Vec<Claim>,
    plan: &mut Plan,
) {
    let old = replica.status.clone().unwrap_or_default();
    let status = PgreplicaStatus {
        state: state.into(),
        message: message.into(),
        conditions: condition::merge(
            &old.conditions,
            claims,
            pass.seen.now,
            replica.metadata.generation,
        ),
    };
    if status != old {
        plan.replicas.insert(name.to_string(), status);
    }
}

/// Advances every request to remove a replica; returns the replicas that are on their way out.
fn scale_down(pass: &Pass<'_>, plan: &mut Plan) -> BTreeSet<InstanceName> {
    let mut leaving = BTreeSet::new();
    let mut doomed = Vec::new();
    for task in &pass.seen.tasks {
        let TaskRequest::RemoveReplica { replica, delete_data } = TaskRequest::from(task) else {
            continue;
        };
        match next_step(pass, task, &replica, delete_data) {
            Step::Ignored => continue,
            Step::Refused { reason, why } => {
                refuse(pass, task, reason, &why, plan);
                continue;
            }
            Step::Postponed(waiting) => {
                plan.wait(waiting);
                continue;
            }
            Step::Wait(waiting) => {
                plan.wait(waiting);
                accept(pass, task, format!("Replica {replica} is being removed"), plan);
            }
            Step::Delete(objects) => {
                doomed.extend(objects);
                accept(pass, task, format!("Replica {replica} is being removed"), plan);
            }
            Step::Finish(objects) => {
                doomed.extend(objects);
                let removed = format!("Replica {replica} was removed");
                // Said again only while the task does not go; told once.
                if accept(pass, task, removed.clone(), plan) {
                    plan.tell(Reason::ReplicaRemoved, removed);
                }
            }
        }
        leaving.insert(replica);
    }
    if !doomed.is_empty() {
        doomed.extend(superfluous_service(pass, &doomed));
        plan.act(Action::Delete(doomed));
    }
    leaving
}

enum Step {
    /// It was refused, or it is gone as soon as Kubernetes says so.
    Ignored,
    Refused {
        reason: &'static str,
        why: String,
    },
    /// Not begun, so that the replica stays wanted.
    Postponed(WaitingOn),
    Wait(WaitingOn),
    Delete(Vec<Exactly>),
    Finish(Vec<Exactly>),
}

fn next_step(pass: &Pass<'_>, task: &Pgtask, replica: &InstanceName, delete_data: bool) -> Step {
    let seen = pass.seen;
    let conditions = task
        .status
        .as_ref()
        .map(|status| status.conditions.as_slice())
        .unwrap_or_default();
    if task.metadata.deletion_timestamp.is_some() || condition::is(conditions, "Accepted", false) {
        return Step::Ignored;
    }
    let object = living(pass).find(|found| found.metadata.name.as_deref() == Some(replica.as_str()));
    if !condition::is(conditions, "Accepted", true) {
        if !pass.before().replicas_declared {
            return Step::Postponed(WaitingOn::Replicas);
        }
        if object.is_none() || *replica == pass.cluster.name.first_instance() {
            let why = format!(
                "\"{replica}\" is not a replica of cluster \"{}\": name one of its replicas",
                pass.cluster.name
            );
            return Step::Refused {
                reason: "NoSuchReplica",
                why,
            };
        }
    }
    if let Some(deployment) = seen.deployment(replica.as_str()) {
        if deployment.metadata.deletion_timestamp.is_some() {
            return Step::Wait(WaitingOn::Deletion(vec![replica.to_string()]));
        }
        if seen.leads(replica) {
            let why = format!("\"{replica}\" is the primary: make another instance the primary first");
            return Step::Refused {
                reason: "IsPrimary",
                why,
            };
        }
        if pass.before().initialized && seen.primary().is_none() {
            return Step::Postponed(WaitingOn::Primary);
        }
        return Step::Delete(vec![Exactly::new(Kind::Deployment, &deployment.metadata)]);
    }
    let pods: Vec<_> = seen
        .instance_pods(replica)
        .filter_map(|pod| pod.metadata.name.clone())
        .collect();
    if !pods.is_empty() {
        return Step::Wait(WaitingOn::Pods(pods));
    }
    let claim = seen
        .claim(&pass.cluster.claim_of(replica))
        .filter(|_| delete_data);
    let doomed: Vec<_> = claim
        .map(|claim| Exactly::new(Kind::PersistentVolumeClaim, &claim.metadata))
        .into_iter()
        .chain(object.map(|object| Exactly::new(Kind::Pgreplica, &object.metadata)))
        .collect();
    if doomed.is_empty() {
        Step::Finish(vec![Exactly::new(Kind::Pgtask, &task.metadata)])
    } else {
        Step::Delete(doomed)
    }
}

/// The Service of the replicas goes with the last one.
fn superfluous_service(pass: &Pass<'_>, doomed: &[Exactly]) -> Option<Exactly> {
    let goes = |replica: &&Pgreplica| {
        doomed
            .iter()
            .any(|one| one.kind == Kind::Pgreplica && Some(&one.name) == replica.metadata.name.as_ref())
    };
    let any_goes = living(pass).any(|replica| goes(&replica));
    let all_go = living(pass).all(|replica| goes(&replica));
    let service = pass.seen.service(&pass.cluster.name.replica_service())?;
    (any_goes && all_go).then(|| Exactly::new(Kind::Service, &service.metadata))
}

/// Says how far a request has come; whether that is new.
fn accept(pass: &Pass<'_>, task: &Pgtask, progress: String, plan: &mut Plan) -> bool {
    let claims = vec![
        Claim::yes("Accepted", "Valid", "The request makes sense"),
        Claim::no("Done", "Removing", progress),
    ];
    let said = say_task(
        pass,
        task,
        "Successfully processed Pgtask by controller",
        claims,
        plan,
    );
    if said {
        // What follows depends on the acceptance being on record; nothing else may wake us.
        plan.look_again(
            pass.seen
                .now
                .saturating_add(jiff::SignedDuration::from_secs(1))
                .unwrap_or(pass.seen.now),
        );
    }
    said
}

/// Refuses a request for good.
pub(crate) fn refuse(pass: &Pass<'_>, task: &Pgtask, reason: &'static str, why: &str, plan: &mut Plan) {
    let claims = vec![Claim::no("Accepted", reason, why), Claim::no("Done", reason, why)];
    if say_task(pass, task, why, claims, plan) {
        plan.tell(Reason::Refused, why);
    }
}

/// Sets the status of a task; says whether that changes it.
pub(crate) fn say_task(
    pass: &Pass<'_>,
    task: &Pgtask,
    message: &str,
    claims: Vec<Claim>,
    plan: &mut Plan,
) -> bool {
    let old = task.status.clone().unwrap_or_default();
    let status = PgtaskStatus {
        state: state::TASK_PROCESSED.into(),
        message: message.into(),
        conditions: condition::merge(&old.conditions, claims, pass.seen.now, task.metadata.generation),
        steps: old.steps.clone(),
    };
    let changed = status != old;
    if changed {
        plan.tasks
            .insert(task.metadata.name.clone().unwrap_or_default(), status);
    }
    changed
}
