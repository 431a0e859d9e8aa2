//! `pgo show config`

use pgo_api::{ShowConfigDetail, ShowConfigRequest, VERSION};
use pgo_postgres::yaml;

use crate::args::ShowConfigArgs;
use crate::commands::{Context, Format};
use crate::failure::Failure;

pub(super) async fn run(args: &ShowConfigArgs, context: &Context) -> Result<(), Failure> {
    let format = Format::to_show(&args.output)?;
    let request = ShowConfigRequest {
        version: VERSION.to_owned(),
        namespace: context.namespace.clone(),
    };
    let reply = context
        .exchange(&request, format, |reply| text(&reply.result))
        .await?;
    for warning in &reply.warnings {
        context.printer.remark(&format!("Warning: {warning}"));
    }
    Ok(())
}

/// Writes the configuration as the file that it came from, and an empty line.
fn text(config: &ShowConfigDetail) -> String {
    // It was read from text a moment ago, so it can be written as text.
    let text = yaml::to_string(config).unwrap_or_default();
    // The one key whose case differs between JSON and YAML.
    let text = text.replace("  AutofailSleepSecondsValue:", "  autofailsleepsecondsvalue:");
    format!("{text}\n")
}
