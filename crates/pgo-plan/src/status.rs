//! Conditions and state of a cluster, from what was seen.
//!
//! Latches, the only things that are remembered:
//! - `initialized`: the first backup has succeeded. Set here.
//! - `replicasDeclared`: the replicas that the cluster is born with have been declared. Set by [`crate::workflow::scale`].
//! - `bornWith`: what it took from its specification, from defaults and from an earlier cluster of its name, and keeps
//!   for life. Set here, in the first pass.

use pgo_crd::{Pgcluster, PgclusterStatus, Pgtask, PgtaskStatus, state};

use crate::complaint::{self, Complaint};
use crate::condition::{self, Claim};
use crate::event::Reason;
use crate::names::{ClusterName, InstanceName};
use crate::observed::{JobState, Observed};
use crate::plan::{Plan, WaitingOn};
use crate::task::{self, TaskRequest};
use crate::valid;
use crate::workflow::bootstrap::Bootstrap;
use crate::workflow::{Pass, back_off};

/// Says how the cluster is, and tells the world what has changed.
pub(crate) fn describe(pass: &Pass<'_>, phase: Bootstrap, replicas: &[InstanceName], plan: &mut Plan) {
    let before = pass.before();
    let seen = pass.seen;
    let claims = claims(pass, phase, replicas, &plan.waiting_on);
    tell_changes(&before, &claims, plan);
    let done = phase == Bootstrap::Done;
    if done && !before.initialized {
        plan.tell(
            Reason::ClusterCreated,
            "The first backup succeeded: the cluster is complete",
        );
    }
    let (state, message) = if done {
        (state::CLUSTER_INITIALIZED, "Cluster has been initialized")
    } else {
        (
            state::CLUSTER_PROCESSED,
            "Successfully processed Pgcluster by controller",
        )
    };
    plan.status.state = state.into();
    plan.status.message = message.into();
    plan.status.observed_generation = pass.object.metadata.generation;
    plan.status.conditions = condition::merge(
        &before.conditions,
        claims,
        seen.now,
        pass.object.metadata.generation,
    );
    plan.status.initialized = done;
    plan.status.born_with = Some(Box::new(valid::born_with(pass.cluster)));
    plan.status.primary = seen
        .primary()
        .map(|primary| primary.to_string())
        .unwrap_or_default();
    plan.status.replicas = ready_replicas(pass, replicas);
    keep_diary(pass, plan);
}

/// The status of a cluster that cannot be made as it is asked for. What runs keeps running.
pub(crate) fn reject(
    object: &Pgcluster,
    reason: &str,
    complaints: &[Complaint],
    seen: &Observed,
    plan: &mut Plan,
) {
    let why = complaint::joined(complaints);
    let before = &plan.status.conditions;
    if condition::find(before, "Accepted").is_none_or(|old| old.message != why) {
        plan.tell(Reason::SpecRejected, why.clone());
    }
    let accepted = Claim::no("Accepted", reason, &why);
    let ready = accepted.because_of("Ready");
    plan.status.conditions = condition::merge(
        &plan.status.conditions,
        vec![accepted, ready],
        seen.now,
        object.metadata.generation,
    );
    if plan.status.state.is_empty() {
        plan.status.state = state::CLUSTER_CREATED.into();
    }
    plan.status.message = why;
    plan.status.observed_generation = object.metadata.generation;
    plan.wait(WaitingOn::Correction);
}

fn claims(
    pass: &Pass<'_>,
    phase: Bootstrap,
    replicas: &[InstanceName],
    waiting_on: &[WaitingOn],
) -> Vec<Claim> {
    let name = &pass.cluster.name;
    let accepted = if pass.cluster.unchangeable.is_empty() {
        Claim::yes("Accepted", "Valid", "The specification makes sense")
    } else {
        let why = complaint::joined(&pass.cluster.unchangeable);
        Claim::no("Accepted", "Unchangeable", why)
    };
    let repository = repository_claim(pass);
    let primary = primary_claim(pass, replicas);
    let stanza = job_claim(
        pass,
        "StanzaCreated",
        ("Stanza", "The stanza was created"),
        &name.stanza_job(),
        phase,
        Bootstrap::StanzaCreating,
    );
    let backup = job_claim(
        pass,
        "BackedUp",
        ("Backup", "The first full backup succeeded"),
        &name.backup_job(),
        phase,
        Bootstrap::BackingUp,
    );
    let archiving = archiving_claim(pass, phase, &primary);
    let volumes = volumes_claim(pass, replicas);
    let replicas = replicas_claim(pass, replicas);
    // The first that does not hold is what a person should look at.
    let forms = forms_claim(waiting_on);
    let missing = [
        &primary,
        &repository,
        &stanza,
        &backup,
        &archiving,
        &replicas,
        &volumes,
        &forms,
        &accepted,
    ]
    .into_iter()
    .find(|claim| !claim.holds());
    let ready = missing.map_or_else(
        || {
            Claim::yes(
                "Ready",
                "AsAsked",
                "The primary, every replica and the repository are ready",
            )
        },
        |claim| claim.because_of("Ready"),
    );
    vec![accepted, ready, repository, primary, stanza, backup, archiving]
}

fn repository_claim(pass: &Pass<'_>) -> Claim {
    let name = &pass.cluster.name;
    if pass.seen.repository_is_ready(name) {
        return Claim::yes("RepositoryReady", "Answering", "The repository answers");
    }
    match pass.seen.repository_trouble(name) {
        None => Claim::no(
            "RepositoryReady",
            "RepositoryNotReady",
            "The repository's pod is not ready",
        ),
        Some(trouble) => Claim::no(
            "RepositoryReady",
            "CannotStart",
            format!("The repository cannot start: {trouble}"),
        ),
    }
}

fn primary_claim(pass: &Pass<'_>, replicas: &[InstanceName]) -> Claim {
    if let Some(primary) = pass.seen.primary() {
        return Claim::yes(
            "PrimaryReady",
            "AcceptingConnections",
            format!("{primary} is the primary"),
        );
    }
    let troubles: Vec<_> = instances(pass, replicas)
        .filter_map(|name| {
            let trouble = pass.seen.instance_trouble(&name)?;
            Some(format!("{name} cannot start: {trouble}"))
        })
        .collect();
    if troubles.is_empty() {
        Claim::no(
            "PrimaryReady",
            "NoPrimary",
            "No instance that accepts connections is the primary",
        )
    } else {
        let troubles = troubles.join("; ");
        Claim::no(
            "PrimaryReady",
            "CannotStart",
            format!("There is no primary; {troubles}"),
        )
    }
}

/// All instances of a cluster with these replicas. The first one is a replica, too, when another one leads.
fn instances<'a>(
    pass: &Pass<'_>,
    replicas: &'a [InstanceName],
) -> impl Iterator<Item = InstanceName> + use<'a> {
    replicas
        .iter()
        .cloned()
        .chain([pass.cluster.name.first_instance()])
}

/// A condition that becomes true when a Job has succeeded, and stays true when the Job is gone.
fn job_claim(
    pass: &Pass<'_>,
    type_: &'static str,
    (what, made): (&str, &str),
    job: &str,
    phase: Bootstrap,
    during: Bootstrap,
) -> Claim {
    if phase > during {
        return Claim::yes(type_, "Succeeded", made);
    }
    if phase < during {
        return Claim::no(type_, &format!("{what}Waiting"), "It is not its turn yet");
    }
    match pass.seen.job(pass.cluster, job) {
        JobState::Failed {
            attempt, at, message, ..
        } => {
            let again = at.saturating_add(back_off(attempt)).unwrap_or(at);
            let message = if message.is_empty() {
                String::new()
            } else {
                format!(" ({message})")
            };
            Claim::no(
                type_,
                &format!("{what}Failed"),
                format!("Attempt {attempt} of job {job} failed{message}; the next one starts at {again}"),
            )
        }
        _ => Claim::no(
            type_,
            &format!("{what}Running"),
            format!("Job {job} has not finished"),
        ),
    }
}

/// Whether the primary's WAL gets into the repository, by what its agent says (see [`crate::labels::ARCHIVE_FAILING`]).
fn archiving_claim(pass: &Pass<'_>, phase: Bootstrap, primary: &Claim) -> Claim {
    const TYPE: &str = "ContinuousArchiving";
    if phase <= Bootstrap::StanzaCreating {
        return Claim::no(
            TYPE,
            "ArchivingWaiting",
            "There is no stanza yet, WAL waits for it",
        );
    }
    if !primary.holds() {
        return primary.because_of(TYPE);
    }
    match pass.seen.archive_failure() {
        None => Claim::yes(TYPE, "Archiving", "The primary has no WAL that waits in vain"),
        Some(why) => Claim::no(TYPE, "ArchiveFailing", why),
    }
}

fn replicas_claim(pass: &Pass<'_>, replicas: &[InstanceName]) -> Claim {
    let missing: Vec<_> = instances(pass, replicas)
        .filter(|name| !pass.seen.instance_is_ready(name))
        .map(|name| match pass.seen.instance_trouble(&name) {
            Some(trouble) => format!("{name} ({trouble})"),
            None if pass.seen.instance_is_unheard(&name) => {
                format!("{name} (the primary hears nothing from it)")
            }
            None => name.to_string(),
        })
        .collect();
    if missing.is_empty() {
        Claim::yes("Ready", "AsAsked", "")
    } else {
        Claim::no(
            "Ready",
            "ReplicasNotReady",
            format!("Not ready: {}", missing.join(", ")),
        )
    }
}

/// Whether every instance has room on its volume. PostgreSQL answers on a full one, and refuses to write.
fn volumes_claim(pass: &Pass<'_>, replicas: &[InstanceName]) -> Claim {
    let full: Vec<_> = instances(pass, replicas)
        .filter_map(|name| Some(format!("{name}: {}", pass.seen.full_volume(&name)?)))
        .collect();
    if full.is_empty() {
        Claim::yes("Ready", "AsAsked", "")
    } else {
        Claim::no("Ready", "VolumeFull", full.join("; "))
    }
}

/// Whether every instance has the form that is asked for (see [`crate::workflow::rolling`]).
fn forms_claim(waiting_on: &[WaitingOn]) -> Claim {
    let changing = waiting_on.iter().find_map(|reason| match reason {
        WaitingOn::Instance(name) => Some(name),
        _ => None,
    });
    changing.map_or_else(
        || Claim::yes("Ready", "AsAsked", ""),
        |name| {
            Claim::no(
                "Ready",
                "Updating",
                format!("{name} takes its new form, others follow"),
            )
        },
    )
}

/// Instances that are ready and do not lead.
fn ready_replicas(pass: &Pass<'_>, replicas: &[InstanceName]) -> i32 {
    let primary = pass.seen.primary();
    let ready = instances(pass, replicas)
        .filter(|name| Some(name) != primary.as_ref() && pass.seen.instance_is_ready(name));
    i32::try_from(ready.count()).unwrap_or(i32::MAX)
}

fn tell_changes(before: &PgclusterStatus, claims: &[Claim], plan: &mut Plan) {
    let claim = |type_: &str| claims.iter().find(|claim| claim.type_() == type_);
    for (type_, reason, note) in [
        (
            "StanzaCreated",
            Reason::StanzaCreated,
            "The stanza was created in the repository",
        ),
        (
            "BackedUp",
            Reason::BackupCompleted,
            "The first full backup succeeded",
        ),
    ] {
        let Some(now) = claim(type_) else { continue };
        if now.holds() && !condition::is(&before.conditions, type_, true) {
            plan.tell(reason, note);
        }
        if now.reason().ends_with("Failed") && !was_said(before, now) {
            plan.tell(Reason::JobFailed, now.message());
        }
    }
    let unchangeable = claim("Accepted").filter(|now| !now.holds() && !was_said(before, now));
    if let Some(now) = unchangeable {
        plan.tell(Reason::SpecRejected, now.message());
    }
}

fn was_said(before: &PgclusterStatus, now: &Claim) -> bool {
    condition::find(&before.conditions, now.type_()).is_some_and(|old| old.message == now.message())
}

/// Writes into the diary of the creation when PostgreSQL first accepted connections.
fn keep_diary(pass: &Pass<'_>, plan: &mut Plan) {
    let Some(diary) = pass
        .seen
        .task(&pass.cluster.name.creation_task())
        .filter(|task| is_diary(task))
    else {
        return;
    };
    let completed = diary.spec.parameters.contains_key(task::COMPLETED);
    let mut status = diary.status.clone().unwrap_or_default();
    if completed || status.steps.contains_key(task::COMPLETED) {
        return;
    }
    let claims = if let Some(since) = pass.seen.primary_ready_since() {
        let time = condition::to_second(since).to_string();
        status.steps.insert(task::COMPLETED.into(), time);
        vec![Claim::yes("Done", "Completed", "PostgreSQL accepts connections")]
    } else {
        vec![Claim::no(
            "Done",
            "Running",
            "PostgreSQL does not accept connections yet",
        )]
    };
    let status = PgtaskStatus {
        state: state::TASK_PROCESSED.into(),
        message: "Successfully processed Pgtask by controller".into(),
        conditions: condition::merge(
            &status.conditions,
            claims,
            pass.seen.now,
            diary.metadata.generation,
        ),
        ..status
    };
    if Some(&status) != diary.status.as_ref() {
        plan.tasks
            .insert(diary.metadata.name.clone().unwrap_or_default(), status);
    }
}

fn is_diary(task: &Pgtask) -> bool {
    TaskRequest::from(task) == TaskRequest::Diary
}

/// Labels of the `Pgcluster` itself, by which version 4.2 and its users find things.
pub(crate) fn labels(pass: &Pass<'_>) -> crate::labels::Labels {
    use crate::labels as l;
    let Pass {
        object,
        cluster,
        seen,
    } = *pass;
    let name: &ClusterName = &cluster.name;
    let mut labels = cluster.labels.clone();
    let existing = object.metadata.labels.as_ref();
    let primary = seen.primary().map(|primary| primary.to_string());
    let known = existing
        .and_then(|labels| labels.get(l::CURRENT_PRIMARY))
        .cloned();
    let autofail = existing.is_none_or(|labels| !labels.contains_key(l::AUTOFAIL));
    labels.extend(l::with(
        name,
        [
            (l::NAME, name.as_str()),
            (l::DEPLOYMENT_NAME, name.first_instance().as_str()),
            (l::SCOPE, name.scope().as_str()),
            (l::BACKREST, "true"),
            (l::ANTI_AFFINITY, object.spec.pod_pod_anti_affinity.as_str()),
            // Between two primaries, the last one is the best that is known.
            (
                l::CURRENT_PRIMARY,
                &primary
                    .or(known)
                    .unwrap_or_else(|| name.first_instance().to_string()),
            ),
        ],
    ));
    if autofail {
        labels.insert(l::AUTOFAIL.into(), cluster.autofail.to_string());
    }
    labels
}
