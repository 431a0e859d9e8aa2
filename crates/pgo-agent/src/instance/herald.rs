//! Tells the world what the supervisor did or saw: Kubernetes Events on the pod. Best effort; the log has it all.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use tracing::debug;

use super::settings::Settings;

/// What the supervisor did or saw, from a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// The lock was given back.
    LockReleased,
    /// Patroni ended, and everything with it.
    PatroniDied,
    /// Patroni made no progress.
    PatroniHung,
    /// The lock was held without a postmaster.
    NoPostmaster,
    /// A postmaster was killed; its orphans were killed, too.
    PostmasterKilled,
    /// WAL waits, and is not archived.
    ArchiveFailing,
    /// The volume has hardly any room left.
    VolumeFull,
}

impl Deed {
    fn reason(self) -> &'static str {
        match self {
            Self::LockReleased => "LockReleased",
            Self::PatroniDied => "PatroniDied",
            Self::PatroniHung => "PatroniHung",
            Self::NoPostmaster => "NoPostmaster",
            Self::PostmasterKilled => "PostmasterKilled",
            Self::ArchiveFailing => "ArchiveFailing",
            Self::VolumeFull => "VolumeFull",
        }
    }
}

/// Publishes events about this pod.
#[derive(Clone)]
pub(crate) struct Herald {
    recorder: Recorder,
    pod: ObjectReference,
}

impl Herald {
    pub(crate) fn new(client: Client, settings: &Settings) -> Self {
        let reporter = Reporter {
            controller: "pgo-agent".to_owned(),
            instance: Some(settings.pod.clone()),
        };
        let pod = ObjectReference {
            api_version: Some("v1".to_owned()),
            kind: Some("Pod".to_owned()),
            name: Some(settings.pod.clone()),
            namespace: Some(settings.namespace.clone()),
            ..ObjectReference::default()
        };
        Self {
            recorder: Recorder::new(client, reporter),
            pod,
        }
    }

    /// Publishes without waiting.
    pub(crate) fn tell(&self, deed: Deed, note: String) {
        let herald = self.clone();
        tokio::spawn(async move {
            let event = Event {
                type_: if deed == Deed::LockReleased {
                    EventType::Normal
                } else {
                    EventType::Warning
                },
                reason: deed.reason().to_owned(),
                note: Some(note),
                action: "Supervise".to_owned(),
                secondary: None,
            };
            if let Err(error) = herald.recorder.publish(&event, &herald.pod).await {
                debug!(%error, "an event could not be published");
            }
        });
    }
}
