//! A server in front of a Kubernetes in memory, for tests of the whole way from request to answer.

pub(crate) mod hippo;
pub(crate) mod recorded;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
use axum::body::{Body, to_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Request, StatusCode};
use pgo_kube::cache::Caches;
use pgo_kube::testing::Server;
use pgo_kube::{Kube, Office, Scope};
use pgo_plan::defaults::Images;
use pgo_plan::desired::namespace::Installation;
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::app::App;
use crate::app::cluster::Written;
use crate::args::ALWAYS_EXEMPT;
use crate::auth::Verifier;
use crate::configuration::Configuration;
use crate::metrics::Metrics;
use crate::router;
use crate::serve::{Certificate, Peer};

/// Password of every user here.
pub(crate) const PASSWORD: &str = "pass:word";

/// Where requests come from.
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// A server and its Kubernetes.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) app: Arc<App>,
    service: axum::Router,
    pub(crate) certificate: Certificate,
    /// Where requests come from.
    pub(crate) address: IpAddr,
    /// Paths of what is there in every world.
    surroundings: BTreeSet<String>,
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
        for object in surroundings(config) {
            server.put(&object);
        }
        let watched = ["pgouser1", "pgouser2", "gone"].map(str::to_owned);
        let surroundings = server.world().into_keys().collect();
        for object in objects {
            server.put(&object);
        }
        let office = office(&server).await;
        let app = app(
            office,
            kube(&server, &Scope::Everywhere).await,
            Scope::Only(BTreeSet::from(watched)),
        );
        let service = router::table(Arc::clone(&app)).into_service();
        Self {
            server,
            app,
            service,
            certificate: Certificate::Verified,
            address: HERE,
            surroundings,
        }
    }

    /// A world that holds these objects and the users, and whose namespaces come and go.
    pub(crate) async fn of_namespaces(objects: impl IntoIterator<Item = Value>) -> Self {
        let server = Server::default();
        for secret in users() {
            server.put(&secret);
        }
        let surroundings = server.world().into_keys().collect();
        for object in objects {
            server.put(&object);
        }
        let scope = Scope::of_installation(&ours().name);
        let kube = kube(&server, &scope).await;
        let app = app(office(&server).await, kube, scope);
        Self {
            server,
            service: router::table(Arc::clone(&app)).into_service(),
            app,
            certificate: Certificate::Verified,
            address: HERE,
            surroundings,
        }
    }

    /// Another server in front of the same Kubernetes.
    pub(crate) async fn replica(&self) -> Self {
        let office = office(&self.server).await;
        let app = app(
            office,
            kube(&self.server, &Scope::Everywhere).await,
            self.app.scope.clone(),
        );
        Self {
            server: self.server.clone(),
            service: router::table(Arc::clone(&app)).into_service(),
            app,
            certificate: self.certificate,
            address: self.address,
            surroundings: self.surroundings.clone(),
        }
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let mut request = request;
        request.extensions_mut().insert(Peer {
            address: SocketAddr::new(self.address, 40_000),
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

    /// The objects that are not there in every world, by path.
    pub(crate) fn made(&self) -> BTreeMap<String, Value> {
        let mut world = self.server.world();
        world.retain(|path, _| !self.surroundings.contains(path));
        world
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

/// The operator's namespace of this Kubernetes, heard of completely.
pub(crate) async fn office(server: &Server) -> Office {
    let office = Office::start(&server.client(), "pgo");
    office.ready().await;
    office
}

/// What this Kubernetes holds in its namespaces, heard of completely.
async fn kube(server: &Server, scope: &Scope) -> Kube {
    let client = server.client();
    let caches = Caches::start_to_answer(&client, scope);
    caches.ready().await;
    Kube::new(client, caches)
}

/// What the routes work with.
pub(crate) fn app(office: Office, kube: Kube, scope: Scope) -> Arc<App> {
    Arc::new(App {
        kube,
        configuration: Configuration::read(&office, Images::default()).unwrap(),
        office,
        scope,
        installation: ours(),
        exempt: [ALWAYS_EXEMPT.as_slice(), &["/health"]].concat(),
        verifier: Verifier::new(),
        written: Written::default(),
        metrics: Metrics::new(),
        started: AtomicBool::new(true),
        running: TaskTracker::new(),
    })
}

/// The header of a user.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Namespaces, nodes, users and roles; the configuration, unless it is empty.
fn surroundings(config: &str) -> Vec<Value> {
    let mut objects = vec![
        namespace("pgouser1", "devtest"),
        namespace("pgouser2", "devtest"),
        namespace("elsewhere", "another"),
        namespace("unwatched", "devtest"),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "pgo"}}),
        node("node2", "False"),
        node("node1", "True"),
    ];
    objects.extend(users());
    if !config.is_empty() {
        objects.push(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "pgo-config", "namespace": "pgo"}, "data": {"pgo.yaml": config},
        }));
    }
    objects
}

fn users() -> [Value; 6] {
    [
        user("pgoadmin", "admin", ""),
        user("reader", "reader", "pgouser1"),
        user("nobody", "", ""),
        role("admin", "*"),
        role("reader", "ShowCluster,Version,Status"),
        impostor(),
    ]
}

/// A namespace of an installation.
pub(crate) fn namespace(name: &str, installation: &str) -> Value {
    let labels = json!({"vendor": "crunchydata", "pgo-installation-name": installation});
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

fn node(name: &str, ready: &str) -> Value {
    let labels = json!({"kubernetes.io/hostname": name, "region": "us", "a": "b"});
    let condition = json!({"type": "Ready", "status": ready});
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": labels}, "status": {"conditions": [condition]},
    })
}

/// A user with the password of all users here.
pub(crate) fn user(name: &str, roles: &str, namespaces: &str) -> Value {
    static HASH: LazyLock<String> = LazyLock::new(cheap_hash);
    let data = [
        ("username", name),
        ("password", HASH.as_str()),
        ("roles", roles),
        ("namespaces", namespaces),
    ];
    let labels = json!({"pgo-pgouser": "true", "username": name, "vendor": "crunchydata"});
    secret(&format!("pgouser-{name}"), &labels, &data)
}

/// What is kept of the password, made so that it costs nothing to compare with: every world logs in anew, and what a
/// real hash costs is tested where it is made.
fn cheap_hash() -> String {
    let cheap = Params::new(Params::MIN_M_COST, Params::MIN_T_COST, 1, None).unwrap();
    let hasher = Argon2::new(Algorithm::default(), Version::default(), cheap);
    let hash = hasher.hash_password_with_salt(PASSWORD.as_bytes(), b"pinch of salt");
    hash.unwrap().to_string()
}

/// Looks like a user, and is none.
fn impostor() -> Value {
    secret(
        "impostor",
        &json!({"vendor": "crunchydata", "pgo-pgouser": "true", "username": "impostor"}),
        &[("password", PASSWORD), ("roles", "admin")],
    )
}

/// A role.
pub(crate) fn role(name: &str, permissions: &str) -> Value {
    let labels = json!({"pgo-pgorole": "true", "rolename": name, "vendor": "crunchydata"});
    secret(
        &format!("pgorole-{name}"),
        &labels,
        &[("rolename", name), ("permissions", permissions)],
    )
}

/// The data of a Secret.
fn data(pairs: &[(&str, &str)]) -> Value {
    let pairs = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), json!(STANDARD.encode(value))));
    Value::Object(pairs.collect())
}

/// A Secret of the operator's namespace.
pub(crate) fn secret(name: &str, labels: &Value, pairs: &[(&str, &str)]) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": name, "namespace": "pgo", "labels": labels}, "data": data(pairs),
    })
}

/// The data of a Secret as text.
pub(crate) fn decoded(secret: &Value) -> Value {
    let text = |value: &Value| String::from_utf8(STANDARD.decode(value.as_str().unwrap()).unwrap()).unwrap();
    let data = secret["data"].as_object().unwrap();
    data.iter()
        .map(|(key, value)| (key.clone(), json!(text(value))))
        .collect()
}

/// Waits for what another server hears of in a moment.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    for _ in 0..5000 {
        if condition() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("it does not come to that");
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
