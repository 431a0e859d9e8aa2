//! `pgo delete policy`

use pgo_api::{ALL_POLICIES, DeletePolicyRequest, VERSION};

use crate::args::DeletePolicyArgs;
use crate::commands::{Context, Format, NO, demand, finish, lines, tolerate};
use crate::failure::Failure;

pub(super) async fn run(args: &DeletePolicyArgs, context: &Context) -> Result<(), Failure> {
    demand::names_or_all(&args.names, args.all, "policy")?;
    let format = Format::to_report(&args.output)?;
    context.confirm(args.no_prompt, format, NO)?;
    let mut refused = false;
    for request in requests(args, &context.namespace) {
        let outcome = context
            .exchange(&request, format, |reply| lines(&reply.results))
            .await;
        tolerate(outcome, context, &mut refused)?;
    }
    finish(refused)
}

fn requests(args: &DeletePolicyArgs, namespace: &str) -> Vec<DeletePolicyRequest> {
    let request = |policy_name: String| DeletePolicyRequest {
        selector: String::new(),
        namespace: namespace.to_owned(),
        all_flag: args.all,
        client_version: VERSION.to_owned(),
        policy_name,
    };
    if args.all {
        return vec![request(ALL_POLICIES.to_owned())];
    }
    args.names.iter().cloned().map(request).collect()
}
