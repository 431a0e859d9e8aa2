//! The cluster of the specification's examples, with one replica, as Kubernetes would have it.

use serde_json::{Value, json};

/// Everything that belongs to it.
pub(crate) fn all() -> Vec<Value> {
    whole("hippo")
}

/// A cluster of another name, with everything that belongs to it.
pub(crate) fn whole(name: &str) -> Vec<Value> {
    let second = format!("{name}-abcd");
    let replicas = format!("{name}-replica");
    let (pod, other) = (format!("{name}-77-x"), format!("{second}-77-y"));
    let mut all = vec![
        cluster(name),
        replica(name, &second),
        deployment(name, name, name),
        deployment(name, &second, &replicas),
        instance(name, name, &pod, "master", "10.0.0.1", true),
        instance(name, &second, &other, "replica", "10.0.0.2", true),
        service(name, name, "10.96.0.10", None),
        service(name, &replicas, "10.96.0.11", Some("replica")),
        slice(name, &["10.0.0.1"]),
        claim(name, name, "1Gi"),
        claim(name, &second, "1Gi"),
    ];
    all.extend(repository(name));
    all
}

/// The cluster whose primary hears nothing from its replica, which Kubernetes calls ready.
pub(crate) fn unheard() -> Vec<Value> {
    let mut all = all();
    for object in &mut all {
        if object["metadata"]["name"] == "hippo-77-x" {
            object["metadata"]["annotations"]["pgo.crunchydata.com/unheard"] = json!("hippo-abcd-77-y");
        }
    }
    all
}

/// A policy.
pub(crate) fn policy(name: &str) -> Value {
    json!({
        "apiVersion": "crunchydata.com/v1", "kind": "Pgpolicy",
        "metadata": {"name": name, "namespace": "pgouser1", "labels": {"pgouser": "pgoadmin"}},
        "spec": {"namespace": "pgouser1", "name": name, "url": "", "sql": "select 1;", "status": ""},
    })
}

/// A cluster as the API server of 4.2 wrote it.
pub(crate) fn cluster(name: &str) -> Value {
    json!({
        "apiVersion": "crunchydata.com/v1", "kind": "Pgcluster",
        "metadata": {
            "name": name, "namespace": "pgouser1",
            "labels": {
                "autofail": "true", "name": name, "pg-cluster": name, "vendor": "crunchydata",
                "pgouser": "pgoadmin", "pol9": "pgpolicy",
            },
        },
        "spec": {
            "namespace": "pgouser1", "name": name, "clustername": name, "ccpimage": "crunchy-postgres-ha",
            "ccpimagetag": "centos7-12.1-4.2.0", "port": "5432", "user": "testuser", "database": "userdb",
            "PrimaryStorage": {"size": "1G", "storagetype": "dynamic"},
            "ReplicaStorage": {"size": "1G", "storagetype": "dynamic"},
            "userlabels": {"crunchy_collect": "false", "pgo-version": "4.2.0"},
        },
        "status": {"state": "pgcluster Processed", "message": "Successfully processed Pgcluster by controller"},
    })
}

/// A declared replica.
pub(crate) fn replica(cluster: &str, name: &str) -> Value {
    json!({
        "apiVersion": "crunchydata.com/v1", "kind": "Pgreplica",
        "metadata": {"name": name, "namespace": "pgouser1", "labels": {"pg-cluster": cluster, "name": name}},
        "spec": {"namespace": "pgouser1", "name": name, "clustername": cluster},
        "status": {"state": "pgreplica Processed", "message": ""},
    })
}

/// The Deployment of an instance.
pub(crate) fn deployment(cluster: &str, name: &str, service: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": name, "namespace": "pgouser1",
            "labels": labels(cluster, &[("deployment-name", name), ("service-name", service), ("name", name)]),
        },
        "spec": {"selector": {}, "template": {}},
    })
}

/// The pod of an instance.
pub(crate) fn instance(
    cluster: &str,
    deployment: &str,
    pod: &str,
    role: &str,
    ip: &str,
    ready: bool,
) -> Value {
    let service = if deployment == cluster {
        cluster.to_owned()
    } else {
        format!("{cluster}-replica")
    };
    let position = if role == "master" { 100 << 20 } else { 97 << 20 };
    let said = json!({
        "role": role, "state": "running", "xlog_location": position, "timeline": 3,
        "replication_state": if role == "master" { Value::Null } else { json!("streaming") },
    });
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": pod, "namespace": "pgouser1",
            "labels": labels(cluster, &[
                ("deployment-name", deployment), ("service-name", &service), ("pgo-pg-database", "true"), ("role", role),
            ]),
            "annotations": {"status": said.to_string()},
        },
        "spec": {
            "nodeName": "node1", "containers": [{"name": "database", "image": "img:tag"}],
            "volumes": [{"name": "pgdata", "persistentVolumeClaim": {"claimName": deployment}}, {"name": "tmp", "emptyDir": {}}],
        },
        "status": {
            "phase": "Running", "podIP": ip,
            "containerStatuses": [{
                "name": "database", "ready": ready, "image": "img:tag", "imageID": "", "restartCount": 0,
            }],
        },
    })
}

/// A Service; with a role it selects pods, without one its EndpointSlice says where it leads.
pub(crate) fn service(cluster: &str, name: &str, address: &str, role: Option<&str>) -> Value {
    let selector = role.map(|role| json!({"pg-cluster": cluster, "role": role}));
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": name, "namespace": "pgouser1", "labels": labels(cluster, &[("name", name)])},
        "spec": {"clusterIP": address, "selector": selector},
    })
}

/// Where the primary Service leads.
pub(crate) fn slice(cluster: &str, addresses: &[&str]) -> Value {
    let endpoints: Vec<_> = addresses
        .iter()
        .map(|address| json!({"addresses": [address]}))
        .collect();
    let marks = [
        ("kubernetes.io/service-name", cluster),
        ("endpointslice.kubernetes.io/managed-by", "pgo-agent"),
    ];
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"name": cluster, "namespace": "pgouser1", "labels": labels(cluster, &marks)},
        "addressType": "IPv4", "endpoints": endpoints,
    })
}

/// A bound claim.
pub(crate) fn claim(cluster: &str, name: &str, size: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": "pgouser1", "labels": labels(cluster, &[("pgremove", "true")])},
        "status": {"capacity": {"storage": size}},
    })
}

/// What belongs to the repository; most answers leave it out.
fn repository(cluster: &str) -> Vec<Value> {
    let name = format!("{cluster}-backrest-shared-repo");
    let marks = labels(cluster, &[("name", &name), ("pgo-backrest-repo", "true")]);
    let meta = |name: &str| json!({"name": name, "namespace": "pgouser1", "labels": marks});
    vec![
        json!({"apiVersion": "v1", "kind": "Service", "metadata": meta(&name), "spec": {"clusterIP": "10.96.0.12"}}),
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": meta(&format!("{name}-77-z")),
            "spec": {"containers": [{"name": "database", "image": "repo:tag"}]},
        }),
        claim(cluster, &format!("{cluster}-pgbr-repo"), "2Gi"),
    ]
}

fn labels(cluster: &str, more: &[(&str, &str)]) -> Value {
    let mut labels = json!({"vendor": "crunchydata", "pg-cluster": cluster});
    for (key, value) in more {
        labels[key] = json!(value);
    }
    labels
}
