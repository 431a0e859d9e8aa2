//! Kubernetes Events. kube-runtime's recorder counts events of one reason up and keeps the first note; two replicas
//! that are created are two stories, so here every event is an object of its own.

use jiff::Timestamp;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event as Told;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::PostParams;
use kube::{Api, Resource};
use pgo_plan::event::{Event, LONGEST_NOTE, Reason};

use crate::call::{Kube, MANAGER, asked, place};
use crate::error::{Error, ObjectName, Verb};

impl Kube {
    /// Publishes events about an object, in their order.
    pub async fn publish<K>(&self, object: &K, events: &[Event]) -> Result<(), Error>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        let (namespace, _) = place(object);
        for (index, event) in events.iter().enumerate() {
            let told = self.told(object, event, Timestamp::now(), index);
            let named = ObjectName::of::<Told>(&namespace, told.metadata.name.as_deref().unwrap_or_default());
            let api: Api<Told> = Api::namespaced(self.client.clone(), &namespace);
            asked(Verb::Create, named, api.create(&PostParams::default(), &told)).await?;
        }
        Ok(())
    }

    fn told<K>(&self, object: &K, event: &Event, now: Timestamp, index: usize) -> Told
    where
        K: Resource<DynamicType = ()>,
    {
        let (namespace, name) = place(object);
        Told {
            metadata: ObjectMeta {
                name: Some(format!("{name}.{:x}{index:x}", now.as_nanosecond())),
                namespace: Some(namespace.clone()),
                ..ObjectMeta::default()
            },
            action: Some(format!("{:?}", event.reason)),
            reason: Some(format!("{:?}", event.reason)),
            note: Some(shortened(&event.note)),
            type_: Some(
                if is_warning(event.reason) {
                    "Warning"
                } else {
                    "Normal"
                }
                .to_owned(),
            ),
            event_time: Some(MicroTime(now)),
            regarding: Some(ObjectReference {
                api_version: Some(K::api_version(&()).into_owned()),
                kind: Some(K::kind(&()).into_owned()),
                name: Some(name),
                namespace: Some(namespace),
                uid: object.meta().uid.clone(),
                resource_version: None,
                field_path: None,
            }),
            reporting_controller: Some(MANAGER.to_owned()),
            reporting_instance: Some(self.instance.clone()),
            ..Told::default()
        }
    }
}

fn is_warning(reason: Reason) -> bool {
    match reason {
        Reason::SpecRejected | Reason::JobFailed | Reason::Refused | Reason::ConfigurationRefused => true,
        Reason::ClusterCreated
        | Reason::StanzaCreated
        | Reason::BackupCompleted
        | Reason::ReplicaCreated
        | Reason::ReplicaRemoved
        | Reason::ClusterRemoving
        | Reason::ConfigurationChanged => false,
    }
}

/// As many whole words as Kubernetes takes.
fn shortened(note: &str) -> String {
    const MORE: &str = " …";
    if note.len() <= LONGEST_NOTE {
        return note.to_owned();
    }
    let head = &note[..note.floor_char_boundary(LONGEST_NOTE - MORE.len())];
    let words = head.rsplit_once(' ').map_or(head, |(words, _)| words);
    format!("{words}{MORE}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_note_is_cut_between_words_or_else_characters() {
        let note = "ä".repeat(600);
        assert_eq!(shortened(&note), format!("{} …", "ä".repeat(510)));
        let note = "words ".repeat(200);
        let cut = shortened(&note);
        assert!(cut.len() <= LONGEST_NOTE && cut.ends_with(" words …"), "{cut}");
        assert_eq!(shortened("short"), "short");
    }
}
