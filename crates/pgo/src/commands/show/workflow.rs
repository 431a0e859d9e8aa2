//! `pgo show workflow`

use std::fmt::Write as _;

use pgo_api::{ShowWorkflowDetail, ShowWorkflowRequest, VERSION};

use crate::args::ShowWorkflowArgs;
use crate::commands::output::pad;
use crate::commands::{Context, Format};
use crate::failure::Failure;

pub(super) async fn run(args: &ShowWorkflowArgs, context: &Context) -> Result<(), Failure> {
    let Some(id) = args.ids.first() else {
        return Err(Failure::Usage("a workflow id is required".to_owned()));
    };
    let request = ShowWorkflowRequest {
        id: id.clone(),
        version: VERSION.to_owned(),
        namespace: context.namespace.clone(),
    };
    let format = Format::to_show(&args.output)?;
    context
        .exchange(&request, format, |reply| text(&reply.results))
        .await?;
    Ok(())
}

fn text(workflow: &ShowWorkflowDetail) -> String {
    let mut text = format!(
        "{}{}\n{}{}\n",
        column("parameter"),
        "value",
        column("---------"),
        "-----"
    );
    for (parameter, value) in &workflow.parameters {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}{value}", column(parameter));
    }
    text
}

/// Pads a parameter, and leaves at least one blank before its value.
fn column(parameter: &str) -> String {
    if parameter.len() < 20 {
        pad(parameter, 20)
    } else {
        format!("{parameter} ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_parameter_does_not_run_into_its_value() {
        let parameters = [("restored PVC created".to_owned(), "now".to_owned())].into();
        let workflow = ShowWorkflowDetail {
            cluster_name: String::new(),
            parameters,
        };
        assert!(text(&workflow).ends_with("restored PVC created now\n"));
    }
}
