//! Services, and the EndpointSlice that the primary writes.

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::api::discovery::v1::{EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{AGENT_PORT, PATRONI_PORT, PGBACKREST_PORT};
use crate::labels::{self, Labels};
use crate::valid::ValidCluster;

/// The Service that leads to the primary.
///
/// It has no selector: the instance that holds the leader lock writes itself into the [`primary_slice`] as it is
/// promoted, so that traffic need not wait for labels, readiness and controllers.
pub fn primary(cluster: &ValidCluster) -> Service {
    service(
        cluster,
        &cluster.name.primary_service(),
        &cluster.service_type,
        None,
        ports(cluster),
    )
}

/// The Service that leads to the replicas.
pub fn replicas(cluster: &ValidCluster) -> Service {
    let selector = [
        (labels::CLUSTER, cluster.name.as_str()),
        (labels::ROLE, labels::ROLE_REPLICA),
    ];
    let selector = selector
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    service(
        cluster,
        &cluster.name.replica_service(),
        &cluster.service_type,
        Some(selector),
        ports(cluster),
    )
}

/// The Service that leads to the repository.
pub fn repository(cluster: &ValidCluster) -> Service {
    let selector = labels::repository_selector(&cluster.name).match_labels;
    let ports = vec![("pgbackrest", PGBACKREST_PORT), ("agent", AGENT_PORT)];
    let mut service = service(cluster, &cluster.name.repository(), "ClusterIP", selector, ports);
    service.metadata.labels = Some(labels::of_repository(&cluster.name));
    service
}

/// The empty slice that the primary fills in.
pub fn primary_slice(cluster: &ValidCluster) -> EndpointSlice {
    let name = cluster.name.primary_service();
    let port = |(name, number): (&str, u16)| EndpointPort {
        name: Some(name.into()),
        port: Some(number.into()),
        protocol: Some("TCP".into()),
        app_protocol: None,
    };
    EndpointSlice {
        metadata: super::owned(
            cluster,
            &name,
            labels::with(
                &cluster.name,
                [
                    (labels::SLICE_SERVICE, name.as_str()),
                    (labels::SLICE_MANAGER, "pgo-agent"),
                ],
            ),
        ),
        address_type: "IPv4".into(),
        endpoints: Vec::new(),
        ports: Some(ports(cluster).into_iter().map(port).collect()),
    }
}

fn service(
    cluster: &ValidCluster,
    name: &str,
    kind: &str,
    selector: Option<Labels>,
    ports: Vec<(&str, u16)>,
) -> Service {
    let port = |(name, number): (&str, u16)| ServicePort {
        name: Some(name.into()),
        port: number.into(),
        protocol: Some("TCP".into()),
        target_port: Some(IntOrString::Int(number.into())),
        ..ServicePort::default()
    };
    Service {
        metadata: super::owned(cluster, name, labels::with(&cluster.name, [(labels::NAME, name)])),
        spec: Some(ServiceSpec {
            type_: Some(kind.into()),
            selector,
            ports: Some(ports.into_iter().map(port).collect()),
            ..ServiceSpec::default()
        }),
        status: None,
    }
}

fn ports(cluster: &ValidCluster) -> Vec<(&'static str, u16)> {
    vec![
        ("postgres", cluster.ports.postgres),
        ("pgbadger", cluster.ports.badger),
        ("postgres-exporter", cluster.ports.exporter),
        ("patroni", PATRONI_PORT),
        ("pgbackrest", PGBACKREST_PORT),
        ("agent", AGENT_PORT),
    ]
}
