//! `pgo show pgorole`

use pgo_api::{ShowPgoroleDetail, ShowPgoroleRequest, VERSION};

use crate::args::ShowPgoroleArgs;
use crate::commands::{Context, Format, demand};
use crate::failure::Failure;

pub(super) async fn run(args: &ShowPgoroleArgs, context: &Context) -> Result<(), Failure> {
    demand::names_or_all(&args.names, args.all, "pgorole")?;
    let format = Format::to_show(&args.output)?;
    let request = ShowPgoroleRequest {
        namespace: context.namespace.clone(),
        all_flag: args.all,
        client_version: VERSION.to_owned(),
        pgorole_name: args.names.clone(),
    };
    context
        .exchange(&request, format, |reply| text(&reply.role_info))
        .await?;
    Ok(())
}

fn text(roles: &[ShowPgoroleDetail]) -> String {
    if roles.is_empty() {
        return "No pgoroles found.\n".to_owned();
    }
    roles
        .iter()
        .map(|role| format!("\npgorole : {}\npermissions : {}\n", role.name, role.permissions))
        .collect::<Vec<_>>()
        .concat()
}
