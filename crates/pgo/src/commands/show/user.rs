//! `pgo show user`

use std::fmt::Write as _;

use pgo_api::{ALL_CLUSTERS, ShowUserDetail, ShowUserRequest, VERSION};

use super::cluster::name_of;
use crate::args::ShowUserArgs;
use crate::commands::{Context, Format, demand};
use crate::failure::Failure;

pub(super) async fn run(args: &ShowUserArgs, context: &Context) -> Result<(), Failure> {
    demand::clusters_or_all(&args.names, &args.selector, args.all)?;
    let format = Format::to_show(&args.output)?;
    let request = request(args, &context.namespace);
    context
        .exchange(&request, format, |reply| text(&reply.results))
        .await?;
    Ok(())
}

fn request(args: &ShowUserArgs, namespace: &str) -> ShowUserRequest {
    let clusters = if !args.selector.is_empty() && args.names.is_empty() {
        // The selector decides; version 4.2 fills this all the same.
        vec![ALL_CLUSTERS.to_owned()]
    } else {
        args.names.clone()
    };
    ShowUserRequest {
        clusters,
        all_flag: args.all,
        client_version: VERSION.to_owned(),
        selector: args.selector.clone(),
        namespace: namespace.to_owned(),
        expired: args.expired.clone(),
    }
}

fn text(clusters: &[ShowUserDetail]) -> String {
    if clusters.is_empty() {
        return "No clusters found.\n".to_owned();
    }
    let mut text = String::new();
    for cluster in clusters {
        // Writing to a String cannot fail.
        let _ = write_cluster(&mut text, cluster);
    }
    text
}

fn write_cluster(text: &mut String, detail: &ShowUserDetail) -> std::fmt::Result {
    writeln!(text, "\ncluster : {}", name_of(&detail.cluster))?;
    if detail.expired_output {
        writeln!(
            text,
            "\nuser passwords expiring within {} days:\n",
            detail.expired_days
        )?;
        return detail
            .expired_msgs
            .iter()
            .try_for_each(|line| writeln!(text, "{line}"));
    }
    for secret in &detail.secrets {
        writeln!(text, "\nsecret : {}", secret.name)?;
        writeln!(text, "\tusername: {}", secret.username)?;
        writeln!(text, "\tpassword: {}", secret.password.reveal())?;
    }
    Ok(())
}
