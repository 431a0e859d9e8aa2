//! `pgo show namespace`

use std::fmt::Write as _;

use pgo_api::{ShowNamespaceRequest, ShowNamespaceResponse, VERSION};

use crate::args::ShowNamespaceArgs;
use crate::commands::output::pad;
use crate::commands::{Context, Format};
use crate::failure::Failure;
use crate::printer::Printer;

pub(super) async fn run(args: &ShowNamespaceArgs, context: &Context) -> Result<(), Failure> {
    let format = Format::to_show(&args.output)?;
    let default = context.default_namespace.as_deref();
    if let Some(default) = default.filter(|_| !format.is_for_machines()) {
        context
            .printer
            .line(&format!("current local default namespace: {default}"))?;
    }
    let request = request(args, default)?;
    context
        .exchange(&request, format, |reply| text(reply, context.printer))
        .await?;
    Ok(())
}

/// The namespace of the environment is always asked for, as in version 4.2.
fn request(args: &ShowNamespaceArgs, default: Option<&str>) -> Result<ShowNamespaceRequest, Failure> {
    let mut names = args.names.clone();
    if let Some(default) = default.filter(|default| !names.iter().any(|name| name == default)) {
        names.push(default.to_owned());
    }
    if names.is_empty() && !args.all {
        return Err(Failure::Usage(
            "a namespace name is required: name one, set PGO_NAMESPACE, or use --all".to_owned(),
        ));
    }
    Ok(ShowNamespaceRequest {
        args: names,
        all_flag: args.all,
        client_version: VERSION.to_owned(),
    })
}

fn text(reply: &ShowNamespaceResponse, printer: Printer) -> String {
    if reply.results.is_empty() {
        return "Nothing found.\n".to_owned();
    }
    let access = |is_there| {
        if is_there {
            printer.good(&pad("accessible", 20))
        } else {
            printer.bad(&pad("no access", 20))
        }
    };
    let mut text = format!(
        "pgo username: {}\n{}{}{}\n",
        reply.username,
        pad("namespace", 25),
        pad("useraccess", 20),
        pad("installaccess", 20)
    );
    for result in &reply.results {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}{}{}",
            pad(&result.namespace, 25),
            access(result.user_access),
            access(result.installation_access)
        );
    }
    text
}
