//! A word on our own pod, for the operator, which cannot look into a container: one annotation, such as why WAL is not
//! archived, or from whom nothing is heard.
//!
//! It is written when it changes and not otherwise. It goes with the pod, so it never outlives what it speaks of.

use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use serde_json::json;
use tracing::debug;

use super::settings::Settings;

/// How long Kubernetes may take to write it down.
const PATIENCE: Duration = Duration::from_secs(5);

/// The sentence, and whether it stands there.
pub(crate) struct Notice {
    pods: Api<Pod>,
    pod: String,
    annotation: &'static str,
    /// What the pod should say; an empty text is none. Unknown until somebody decides.
    wanted: Option<String>,
    /// What the pod says. Unknown until we have written: an earlier container of the pod may have left something.
    shown: Option<String>,
}

impl Notice {
    pub(crate) fn new(client: Client, settings: &Settings, annotation: &'static str) -> Self {
        Self {
            pods: Api::namespaced(client, &settings.namespace),
            pod: settings.pod.clone(),
            annotation,
            wanted: None,
            shown: None,
        }
    }

    /// Has the pod say something.
    pub(crate) fn put_up(&mut self, sentence: &str) {
        self.wanted = Some(sentence.to_owned());
    }

    /// Has the pod say nothing, whoever wrote what it says.
    pub(crate) fn take_down(&mut self) {
        self.wanted = Some(String::new());
    }

    /// Has the pod say nothing of what we wrote.
    pub(crate) fn withdraw(&mut self) {
        if self.wanted.is_some() {
            self.take_down();
        }
    }

    /// Writes what is not written yet. What fails is tried again by the next call.
    pub(crate) async fn show(&mut self) {
        if self.wanted == self.shown {
            return;
        }
        let sentence = self.wanted.as_ref().filter(|sentence| !sentence.is_empty());
        let patch = Patch::Merge(json!({"metadata": {"annotations": {self.annotation: sentence}}}));
        let how = PatchParams::default();
        let writing = self.pods.patch_metadata(&self.pod, &how, &patch);
        match tokio::time::timeout(PATIENCE, writing).await {
            Ok(Ok(_)) => self.shown.clone_from(&self.wanted),
            Ok(Err(error)) => debug!(%error, "the pod cannot be given a notice"),
            Err(_) => debug!("Kubernetes does not take the notice in time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use http::{Request, Response, StatusCode};
    use kube::client::Body;
    use pgo_postgres::patroni::member::ARCHIVE_FAILING;
    use serde_json::Value;

    use super::*;

    /// An API server that notes the annotation which it is told to write, and refuses as long as `status` is an error.
    struct Server {
        written: Arc<Mutex<Vec<Value>>>,
        status: Arc<Mutex<StatusCode>>,
    }

    fn server() -> (Server, Notice) {
        let server = Server {
            written: Arc::default(),
            status: Arc::default(),
        };
        let (written, status) = (server.written.clone(), server.status.clone());
        let service = tower::service_fn(move |request: Request<Body>| {
            let (written, status) = (written.clone(), *status.lock().unwrap());
            async move {
                assert_eq!(request.uri().path(), "/api/v1/namespaces/pgouser1/pods/hippo-1");
                let body = request.into_body().collect_bytes().await.unwrap();
                let body: Value = serde_json::from_slice(&body).unwrap();
                written
                    .lock()
                    .unwrap()
                    .push(body["metadata"]["annotations"]["pgo.crunchydata.com/archive-failing"].clone());
                let pod =
                    json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": {}});
                let answer = Response::builder()
                    .status(status)
                    .body(Body::from(pod.to_string().into_bytes()));
                Ok::<_, std::convert::Infallible>(answer.unwrap())
            }
        });
        let notice = Notice {
            pods: Api::namespaced(Client::new(service, "pgouser1"), "pgouser1"),
            pod: "hippo-1".to_owned(),
            annotation: ARCHIVE_FAILING,
            wanted: None,
            shown: None,
        };
        (server, notice)
    }

    impl Server {
        fn take(&self) -> Vec<Value> {
            std::mem::take(&mut self.written.lock().unwrap())
        }
    }

    #[tokio::test]
    async fn a_notice_is_written_when_it_changes_only() {
        let (server, mut notice) = server();
        notice.withdraw();
        notice.show().await;
        assert_eq!(server.take(), [Value::Null; 0], "a replica has nothing to say");
        notice.take_down();
        notice.show().await;
        assert_eq!(
            server.take(),
            [Value::Null],
            "an earlier container may have left one"
        );
        for sentence in ["full", "full", "gone"] {
            notice.put_up(sentence);
            notice.show().await;
        }
        assert_eq!(server.take(), ["full", "gone"]);
        for _ in 0..2 {
            notice.withdraw();
            notice.show().await;
        }
        assert_eq!(server.take(), [Value::Null]);
    }

    #[tokio::test]
    async fn what_cannot_be_written_is_tried_again() {
        let (server, mut notice) = server();
        *server.status.lock().unwrap() = StatusCode::INTERNAL_SERVER_ERROR;
        notice.put_up("full");
        notice.show().await;
        assert_eq!(server.take(), ["full"]);
        *server.status.lock().unwrap() = StatusCode::OK;
        notice.show().await;
        notice.show().await;
        assert_eq!(server.take(), ["full"]);
    }
}
