//! `pgo create cluster`

use pgo_api::{CreateClusterRequest, VERSION};

use super::PGBOUNCER_USER;
use crate::args::CreateClusterArgs;
use crate::commands::{Context, Format, lines};
use crate::failure::Failure;
use crate::wait::{self, Goal};

pub(super) async fn run(args: &CreateClusterArgs, context: &Context) -> Result<(), Failure> {
    let request = request(args, &context.namespace)?;
    let format = Format::to_report(&args.output)?;
    let reply = context
        .exchange(&request, format, |reply| lines(&reply.results))
        .await?;
    if args.wait.wait {
        let created = reply
            .results
            .iter()
            .filter_map(|line| line.strip_prefix("created Pgcluster "));
        let goals = created.map(Goal::born).collect();
        wait::until(goals, args.wait.timeout, format, context).await?;
    }
    Ok(())
}

fn request(args: &CreateClusterArgs, namespace: &str) -> Result<CreateClusterRequest, Failure> {
    if !args.pgbouncer_pass.is_empty() && !args.pgbouncer {
        return Err(Failure::Usage(
            "--pgbouncer is required when --pgbouncer-pass is given".to_owned(),
        ));
    }
    let [name] = args.names.as_slice() else {
        return Err(Failure::Usage("a single cluster name is required".to_owned()));
    };
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    if name.is_empty() || !name.bytes().all(is_plain) {
        return Err(Failure::Usage(format!(
            "{name:?} is not valid name: use lowercase alphanumeric characters and '-', beginning with a letter"
        )));
    }
    let args = args.clone();
    Ok(CreateClusterRequest {
        name: name.clone(),
        namespace: namespace.to_owned(),
        node_label: args.node_label,
        password: args.password.into(),
        secret_from: args.secret_from,
        user_labels: args.labels,
        policies: args.policies,
        ccp_image: args.ccp_image,
        ccp_image_tag: args.ccp_image_tag,
        series: args.series,
        replica_count: args.replica_count,
        service_type: args.service_type,
        metrics_flag: args.metrics,
        badger_flag: args.pgbadger,
        autofail_flag: !args.disable_autofail,
        archive_flag: false,
        backrest_storage_type: args.pgbackrest_storage_type,
        pgbouncer_flag: args.pgbouncer,
        pgbouncer_secret: String::new(),
        pgbouncer_pass: args.pgbouncer_pass.into(),
        pgbouncer_user: PGBOUNCER_USER.to_owned(),
        custom_config: args.custom_config,
        storage_config: args.storage_config,
        replica_storage_config: args.replica_storage_config,
        container_resources: args.resources_config,
        client_version: VERSION.to_owned(),
        pod_anti_affinity: args.pod_anti_affinity,
        sync_replication: args.sync_replication,
        backrest_s3_key: args.pgbackrest_s3_key.into(),
        backrest_s3_key_secret: args.pgbackrest_s3_key_secret.into(),
        backrest_s3_bucket: args.pgbackrest_s3_bucket,
        backrest_s3_region: args.pgbackrest_s3_region,
        backrest_s3_endpoint: args.pgbackrest_s3_endpoint,
        username: args.username,
    })
}
