//! `pgo show policy`

use std::fmt::Write as _;

use pgo_api::{Pgpolicy, ShowPolicyRequest, VERSION};

use crate::args::ShowPolicyArgs;
use crate::commands::output::timestamp;
use crate::commands::{Context, Format, demand};
use crate::failure::Failure;

pub(super) async fn run(args: &ShowPolicyArgs, context: &Context) -> Result<(), Failure> {
    demand::names_or_all(&args.names, args.all, "policy")?;
    let format = Format::to_show(&args.output)?;
    for request in requests(args, &context.namespace) {
        context
            .exchange(&request, format, |reply| text(&reply.policy_list.items, format))
            .await?;
    }
    Ok(())
}

fn requests(args: &ShowPolicyArgs, namespace: &str) -> Vec<ShowPolicyRequest> {
    let request = |policyname: String| ShowPolicyRequest {
        selector: String::new(),
        namespace: namespace.to_owned(),
        all_flag: args.all,
        client_version: VERSION.to_owned(),
        policyname,
    };
    if args.all {
        // All there are, once, whatever else was named.
        return vec![request(String::new())];
    }
    args.names.iter().cloned().map(request).collect()
}

fn text(policies: &[Pgpolicy], format: Format) -> String {
    if policies.is_empty() {
        return "No policies found.\n".to_owned();
    }
    let mut text = String::new();
    for policy in policies {
        // Writing to a String cannot fail.
        let _ = write_policy(&mut text, policy, format);
    }
    text
}

fn write_policy(text: &mut String, policy: &Pgpolicy, format: Format) -> std::fmt::Result {
    let (spec, metadata) = (&policy.spec, &policy.metadata);
    writeln!(text, "\npolicy : {}", spec.name)?;
    writeln!(text, "\turl : {}", spec.url)?;
    writeln!(text, "\tstatus : {}", spec.status)?;
    if format == Format::Wide {
        if let Some(created) = &metadata.creation_timestamp {
            writeln!(text, "\tcreated : {}", timestamp(&created.0))?;
        }
        write!(text, "\tlabels : ")?;
        for (key, value) in metadata.labels.iter().flatten() {
            write!(text, "{key}={value} ")?;
        }
        writeln!(text)?;
    }
    writeln!(text, "\tsql : {}", spec.sql)
}
