//! `pgo show pgouser`

use pgo_api::{ShowPgouserDetail, ShowPgouserRequest, VERSION};

use crate::args::ShowPgouserArgs;
use crate::commands::{Context, Format, demand};
use crate::failure::Failure;

pub(super) async fn run(args: &ShowPgouserArgs, context: &Context) -> Result<(), Failure> {
    demand::names_or_all(&args.names, args.all, "pgouser")?;
    let format = Format::to_show(&args.output)?;
    let request = ShowPgouserRequest {
        namespace: context.namespace.clone(),
        all_flag: args.all,
        client_version: VERSION.to_owned(),
        pgouser_name: args.names.clone(),
    };
    context
        .exchange(&request, format, |reply| text(&reply.user_info))
        .await?;
    Ok(())
}

fn text(users: &[ShowPgouserDetail]) -> String {
    if users.is_empty() {
        return "No pgousers found.\n".to_owned();
    }
    users
        .iter()
        .map(|user| {
            format!(
                "\npgouser : {}\nroles : [{}]\nnamespaces : [{}]\n",
                user.username,
                user.role.join(" "),
                user.namespace.join(" ")
            )
        })
        .collect::<Vec<_>>()
        .concat()
}
