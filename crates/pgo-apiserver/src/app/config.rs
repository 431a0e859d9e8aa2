//! `pgo show config`: the configuration in force, under the keys and in the types of version 4.2.

use pgo_api::{
    Redacted, ShowConfigCluster, ShowConfigDetail, ShowConfigPgo, ShowConfigRequest, ShowConfigResources,
    ShowConfigResponse, ShowConfigStorage,
};
use pgo_crd::{ContainerResources, StorageSpec};
use pgo_plan::defaults::{ClusterDefaults, Defaults, Idle, InForce, PgoDefaults};
use pgo_plan::valid::NodeLabel;

use super::App;
use crate::auth::Caller;
use crate::refusal::Outcome;

/// Shows what is in force, and says beside it what the ConfigMap says in vain.
pub(crate) async fn show(app: &App, _: &Caller, _: ShowConfigRequest) -> Outcome<ShowConfigResponse> {
    let answer = |in_force: &InForce| ShowConfigResponse {
        result: detail(&in_force.defaults()),
        warnings: warnings(in_force),
    };
    let mut shown = app.configuration.look(&app.office, answer);
    shown.warnings.extend(app.configuration.nowhere(&app.office));
    Ok(shown)
}

fn warnings(in_force: &InForce) -> Vec<String> {
    let remarks = in_force.refused().iter().chain(in_force.warnings());
    in_force
        .trouble()
        .into_iter()
        .chain(remarks.map(ToString::to_string))
        .collect()
}

fn detail(defaults: &Defaults) -> ShowConfigDetail {
    let Defaults {
        basic_auth,
        cluster,
        pgo,
        primary_storage,
        replica_storage,
        backup_storage,
        backrest_storage,
        storage,
        resources: container_resources,
        default_container_resources,
        default_load_resources,
        default_pgbouncer_resources,
        default_badger_resources,
        idle,
        // A file of its own, which version 4.2 did not show.
        postgres_ha: _,
    } = defaults;
    let storages = storage.iter().map(|(name, spec)| (name.clone(), volume(spec)));
    let all_resources = container_resources.iter();
    ShowConfigDetail {
        basic_auth: basic_auth.to_string(),
        cluster: of_clusters(cluster, idle),
        pgo: of_pgo(pgo, idle),
        container_resources: all_resources
            .map(|(name, amounts)| (name.clone(), resources(amounts)))
            .collect(),
        primary_storage: primary_storage.clone(),
        backup_storage: backup_storage.clone(),
        replica_storage: replica_storage.clone(),
        backrest_storage: backrest_storage.clone(),
        storage: storages.collect(),
        default_container_resources: default_container_resources.clone(),
        default_load_resources: default_load_resources.clone(),
        default_rmdata_resources: idle.default_rmdata_resources.clone(),
        default_backup_resources: idle.default_backup_resources.clone(),
        default_badger_resources: default_badger_resources.clone(),
        default_pgbouncer_resources: default_pgbouncer_resources.clone(),
    }
}

fn of_clusters(own: &ClusterDefaults, idle: &Idle) -> ShowConfigCluster {
    ShowConfigCluster {
        ccp_image_prefix: own.image_prefix.clone(),
        ccp_image_tag: own.image_tag.clone(),
        primary_node_label: label(own.primary_node_label.as_ref()),
        replica_node_label: label(own.replica_node_label.as_ref()),
        policies: own.policies.clone(),
        log_statement: own.log_statement.clone(),
        log_min_duration_statement: own.log_min_duration_statement.to_string(),
        metrics: own.metrics,
        badger: own.badger,
        port: own.port.to_string(),
        pg_badger_port: own.badger_port.to_string(),
        exporter_port: own.exporter_port.to_string(),
        user: own.user.clone(),
        archive_timeout: own.archive_timeout.to_string(),
        database: own.database.clone(),
        password_age_days: own.password_age_days.to_string(),
        password_length: own.password_length.to_string(),
        strategy: idle.strategy.clone(),
        replicas: own.replicas.to_string(),
        service_type: own.service_type.clone(),
        backrest_port: idle.backrest_port.into(),
        backrest: idle.backrest,
        backrest_s3_bucket: own.s3_bucket.clone(),
        backrest_s3_endpoint: own.s3_endpoint.clone(),
        backrest_s3_region: own.s3_region.clone(),
        disable_autofail: own.disable_autofail,
        autofail_replace_replica: idle.autofail_replace_replica,
        // Version 4.2 showed it to everybody who may look at the configuration.
        pgmonitor_password: Redacted::default(),
        enable_crunchyadm: idle.enable_crunchyadm,
        disable_replica_start_fail_reinit: own.disable_replica_reinit,
        pod_anti_affinity: own.anti_affinity.as_str().to_owned(),
        sync_replication: own.sync_replication,
    }
}

fn of_pgo(own: &PgoDefaults, idle: &Idle) -> ShowConfigPgo {
    ShowConfigPgo {
        preferred_failover_node: own.preferred_failover_node.clone(),
        autofail_sleep_seconds: idle.autofail_sleep_seconds.to_string(),
        autofail_sleep_seconds_value: idle.autofail_sleep_seconds.into(),
        audit: own.audit,
        pgo_image_prefix: own.image_prefix.clone(),
        pgo_image_tag: own.image_tag.clone(),
    }
}

fn resources(amounts: &ContainerResources) -> ShowConfigResources {
    ShowConfigResources {
        requests_memory: amounts.requestsmemory.clone(),
        requests_cpu: amounts.requestscpu.clone(),
        limits_memory: amounts.limitsmemory.clone(),
        limits_cpu: amounts.limitscpu.clone(),
    }
}

fn volume(spec: &StorageSpec) -> ShowConfigStorage {
    ShowConfigStorage {
        access_mode: spec.accessmode.clone(),
        size: spec.size.clone(),
        storage_type: spec.storagetype.clone(),
        storage_class: spec.storageclass.clone(),
        fsgroup: spec.fsgroup.clone(),
        supplemental_groups: spec.supplementalgroups.clone(),
        match_labels: spec.match_labels.clone(),
    }
}

fn label(label: Option<&NodeLabel>) -> String {
    label.map_or_else(String::new, |label| format!("{}={}", label.key, label.value))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::{World, shape};

    const SHIPPED: &str = include_str!("../../../../deploy/operator/pgo.yaml");

    async fn shown(config: &str) -> Value {
        let world = World::configured([], config).await;
        world.get("/config?version=4.2.0&namespace=pgouser1").await.json()
    }

    #[tokio::test]
    async fn the_configuration_has_the_shape_of_4_2() {
        let golden = include_str!("../../../pgo-api/tests/golden/show_config.response.json");
        let mut golden: Value = serde_json::from_str(golden).unwrap();
        let mut found = shown(SHIPPED).await;
        // Names are free here; each entry is compared on its own.
        for (section, entry) in [("Storage", "default"), ("ContainerResources", "small")] {
            let of_4_2 = golden["Result"][section].take();
            let of_4_2 = of_4_2.as_object().unwrap().values().next().unwrap().clone();
            let ours = found["Result"][section].take()[entry].clone();
            assert_eq!(shape(&ours), shape(&of_4_2), "{section}");
        }
        assert_eq!(shape(&found), shape(&golden));
    }

    #[tokio::test]
    async fn values_are_what_is_in_force_and_the_monitoring_password_is_nobodys_business() {
        let config = SHIPPED
            .replace("  Port: 5432", "  Port: 5433\n  PgmonitorPassword: hush")
            .replace("PrimaryNodeLabel:", "PrimaryNodeLabel: region=us")
            .replace("RequestsCPU: 2.0", "RequestsCPU: 2.50");
        let answer = shown(&config).await;
        let result = &answer["Result"];
        assert_eq!(result["Cluster"]["Port"], "5433");
        assert_eq!(result["Cluster"]["PrimaryNodeLabel"], "region=us");
        assert_eq!(result["Cluster"]["ExporterPort"], "9187");
        assert_eq!(result["Cluster"]["BackrestPort"], 2022);
        assert_eq!(result["ContainerResources"]["large"]["RequestsCPU"], "2.50");
        assert_eq!(result["BasicAuth"], "true");
        assert!(!answer.to_string().contains("hush"), "{answer}");
        assert_eq!(answer.get("Warnings"), None);
    }

    #[tokio::test]
    async fn a_label_that_no_node_carries_is_named() {
        let answer = shown(&SHIPPED.replace("ReplicaNodeLabel:", "ReplicaNodeLabel: disk=fast")).await;
        let said = answer["Warnings"][0].as_str().unwrap();
        assert!(
            said.contains("Cluster.ReplicaNodeLabel") && said.contains("disk=fast"),
            "{answer}"
        );
        assert_eq!(answer["Code"], "ok");
    }

    #[tokio::test]
    async fn what_means_nothing_is_named() {
        let answer = shown(&format!("{SHIPPED}Colour: blue\n")).await;
        let line = SHIPPED.lines().count() + 1;
        assert_eq!(
            answer["Warnings"],
            json!([format!(
                "pgo.yaml line {line}: Colour is not known and is ignored"
            )])
        );
        assert_eq!(answer["Code"], "ok");
    }
}
