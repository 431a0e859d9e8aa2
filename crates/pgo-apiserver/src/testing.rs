//! A server in front of a Kubernetes in memory, for tests of the whole way from request to answer.

pub(crate) mod hippo;
pub(crate) mod recorded;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::body::{Body, to_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Request, StatusCode};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Node, Secret};
use pgo_kube::cache::Caches;
use pgo_kube::testing::Server;
use pgo_kube::{Holdings, Kube, Office, Scope};
use pgo_plan::defaults::Images;
use pgo_plan::desired::namespace::Installation;
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::app::App;
use crate::args::ALWAYS_EXEMPT;
use crate::configuration::Configuration;
use crate::metrics::Metrics;
use crate::router;
use crate::serve::{Certificate, Peer};

/// Password of every user here.
pub(crate) const PASSWORD: &str = "pass:word";

/// A server and its Kubernetes.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) app: Arc<App>,
    service: axum::Router,
    pub(crate) certificate: Certificate,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// What an answer that must be an error says.
    pub(crate) fn error(&self) -> String {
        let json = self.json();
        let status = json.get("status").unwrap_or(&json);
        assert_eq!(
            (self.status, &status["Code"]),
            (StatusCode::OK, &json!("error")),
            "{json:#}"
        );
        status["Msg"].as_str().unwrap().to_owned()
    }
}

impl World {
    /// A world that holds these objects besides namespaces, nodes and users.
    pub(crate) async fn with(objects: impl IntoIterator<Item = Value>) -> Self {
        Self::configured(objects, "").await
    }

    /// The same, with a `pgo.yaml`; an empty one means that there is none.
    pub(crate) async fn configured(objects: impl IntoIterator<Item = Value>, config: &str) -> Self {
        let server = Server::default();
        for object in objects {
            server.put(&object);
        }
        let watched = ["pgouser1", "pgouser2", "gone"].map(str::to_owned);
        let app = app(
            &server,
            server.kube().await,
            Scope::Only(BTreeSet::from(watched)),
            config,
        );
        let service = router::table(Arc::clone(&app)).into_service();
        Self {
            server,
            app,
            service,
            certificate: Certificate::Verified,
        }
    }

    /// A world that holds these objects and the users, and whose namespaces come and go.
    pub(crate) async fn of_namespaces(objects: impl IntoIterator<Item = Value>) -> Self {
        let server = Server::default();
        for secret in holdings("").secrets {
            let mut secret = json!(secret);
            secret["apiVersion"] = json!("v1");
            secret["kind"] = json!("Secret");
            secret["metadata"]["labels"]["vendor"] = json!("crunchydata");
            server.put(&secret);
        }
        for object in objects {
            server.put(&object);
        }
        let client = server.client();
        let office = Office::start(&client, "pgo");
        office.ready().await;
        let scope = Scope::of_installation(&ours().name);
        let caches = Caches::start(&client, &scope, None);
        caches.ready().await;
        let app = app_in(office, Kube::new(client, caches), scope);
        Self {
            server,
            service: router::table(Arc::clone(&app)).into_service(),
            app,
            certificate: Certificate::Verified,
        }
    }

    /// Another server in front of the same Kubernetes.
    pub(crate) fn app_with(&self, kube: Kube, scope: Scope) -> Arc<App> {
        app(&self.server, kube, scope, "")
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let mut request = request;
        let address = SocketAddr::from(([192, 0, 2, 1], 40_000));
        request.extensions_mut().insert(Peer {
            address,
            certificate: self.certificate,
        });
        let response = self.service.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Reply {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Sends a request as a user.
    pub(crate) async fn ask(&self, user: &str, method: &str, address: &str, body: impl Into<Body>) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(address)
            .header("authorization", basic(user, PASSWORD));
        self.send(request.body(body.into()).unwrap()).await
    }

    /// A GET by the administrator.
    pub(crate) async fn get(&self, address: &str) -> Reply {
        self.ask("pgoadmin", "GET", address, Body::empty()).await
    }

    /// A POST by the administrator.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.ask("pgoadmin", "POST", path, body.to_string()).await
    }

    /// What was written to Kubernetes since the last look.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.server.take_writes()
    }

    /// One object, as Kubernetes has it.
    pub(crate) fn object(&self, path: &str) -> Value {
        self.server
            .object(path)
            .unwrap_or_else(|| panic!("there is no {path}"))
    }
}

/// The installation under test.
pub(crate) fn ours() -> Installation {
    Installation {
        name: "devtest".to_owned(),
        namespace: "pgo".to_owned(),
    }
}

fn app(server: &Server, kube: Kube, scope: Scope, config: &str) -> Arc<App> {
    let office = Office::holding(server.client(), "pgo", holdings(config));
    app_in(office, kube, scope)
}

fn app_in(office: Office, kube: Kube, scope: Scope) -> Arc<App> {
    Arc::new(App {
        kube,
        configuration: Configuration::read(&office, Images::default()).unwrap(),
        office,
        scope,
        installation: ours(),
        exempt: [ALWAYS_EXEMPT.as_slice(), &["/health"]].concat(),
        metrics: Metrics::new(),
        started: AtomicBool::new(true),
        running: TaskTracker::new(),
    })
}

/// The header of a user.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn holdings(config: &str) -> Holdings {
    Holdings {
        namespaces: vec![
            namespace("pgouser1", "devtest"),
            namespace("pgouser2", "devtest"),
            namespace("elsewhere", "another"),
            namespace("unwatched", "devtest"),
            serde_json::from_value::<Namespace>(json!({"metadata": {"name": "pgo"}})).unwrap(),
        ],
        nodes: vec![node("node2", "False"), node("node1", "True")],
        secrets: vec![
            user("pgoadmin", "admin", ""),
            user("reader", "reader", "pgouser1"),
            user("nobody", "", ""),
            role("admin", "*"),
            role("reader", "ShowCluster,Version,Status"),
            unmarked_user(),
        ],
        config: (!config.is_empty()).then(|| configured(config)),
        operators: Vec::new(),
    }
}

fn configured(text: &str) -> ConfigMap {
    let config = json!({"metadata": {"name": "pgo-config", "namespace": "pgo"}, "data": {"pgo.yaml": text}});
    serde_json::from_value(config).unwrap()
}

fn namespace(name: &str, installation: &str) -> Namespace {
    let labels = json!({"vendor": "crunchydata", "pgo-installation-name": installation});
    serde_json::from_value(json!({"metadata": {"name": name, "labels": labels}})).unwrap()
}

fn node(name: &str, ready: &str) -> Node {
    let labels = json!({"kubernetes.io/hostname": name, "region": "us", "a": "b"});
    let condition = json!({"type": "Ready", "status": ready});
    serde_json::from_value(
        json!({"metadata": {"name": name, "labels": labels}, "status": {"conditions": [condition]}}),
    )
    .unwrap()
}

fn user(name: &str, roles: &str, namespaces: &str) -> Secret {
    let data = [
        ("username", name),
        ("password", PASSWORD),
        ("roles", roles),
        ("namespaces", namespaces),
    ];
    secret(&format!("pgouser-{name}"), &json!({"pgo-pgouser": "true"}), &data)
}

/// Looks like a user, and is none.
fn unmarked_user() -> Secret {
    secret(
        "pgouser-impostor",
        &json!({"vendor": "crunchydata"}),
        &[("password", PASSWORD), ("roles", "admin")],
    )
}

fn role(name: &str, permissions: &str) -> Secret {
    secret(
        &format!("pgorole-{name}"),
        &json!({"pgo-pgorole": "true"}),
        &[("permissions", permissions)],
    )
}

/// The data of a Secret.
pub(crate) fn data(pairs: &[(&str, &str)]) -> Value {
    let pairs = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), json!(STANDARD.encode(value))));
    Value::Object(pairs.collect())
}

fn secret(name: &str, labels: &Value, pairs: &[(&str, &str)]) -> Secret {
    let secret =
        json!({"metadata": {"name": name, "namespace": "pgo", "labels": labels}, "data": data(pairs)});
    serde_json::from_value(secret).unwrap()
}

/// What kind of value stands where: two answers of one shape differ in their values only.
pub(crate) fn shape(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), shape(value)))
            .collect(),
        Value::Array(items) => items.first().map(shape).into_iter().collect(),
        Value::String(_) => json!("text"),
        Value::Number(_) => json!("number"),
        Value::Bool(_) => json!("switch"),
        Value::Null => Value::Null,
    }
}

/// Lists the keys of `wanted`, at any depth, that `found` lacks or holds something else under.
pub(crate) fn lacking(wanted: &Value, found: &Value, at: &str) -> Vec<String> {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted
            .iter()
            .flat_map(|(key, value)| {
                lacking(
                    value,
                    found.get(key).unwrap_or(&Value::Null),
                    &format!("{at}.{key}"),
                )
            })
            .collect(),
        (Value::Array(wanted), Value::Array(found)) if !wanted.is_empty() && !found.is_empty() => {
            lacking(&wanted[0], &found[0], &format!("{at}[]"))
        }
        (Value::Array(_), Value::Array(_)) => Vec::new(),
        _ if wanted == found => Vec::new(),
        _ => vec![format!("{at}: {found} instead of {wanted}")],
    }
}
