//! Which cluster may have been meant, when one is not there.
//!
//! Only a person is told, at the price of one more request; what goes wrong here is nobody's business.

use pgo_api::{ALL_CLUSTERS, ShowClusterRequest, VERSION};

use crate::args::{Command, CreateCommand, DeleteCommand, ShowCommand, UpdateCommand};
use crate::commands::Context;
use crate::spelling::similar;

/// Names the clusters that a command line takes for being there.
pub(super) fn clusters_of(command: &Command) -> &[String] {
    match command {
        Command::Backup(args) => &args.names,
        Command::Benchmark(args) => first(&args.names),
        Command::Cat(args) => first(&args.words),
        Command::Clone(args) => first(&args.names),
        Command::Create(args) => args.what.as_ref().map_or(&[], created_for),
        Command::Delete(args) => args.what.as_ref().map_or(&[], deleted_from),
        Command::Df(args) => &args.names,
        Command::Failover(args) => first(&args.names),
        Command::Label(args) => &args.names,
        Command::Load(args) => &args.names,
        Command::Ls(args) => first(&args.words),
        Command::Reload(args) => &args.names,
        Command::Restore(args) => first(&args.names),
        Command::Scale(args) => &args.names,
        Command::Scaledown(args) => &args.names,
        Command::Show(args) => args.what.as_ref().map_or(&[], shown_of),
        Command::Test(args) => &args.names,
        Command::Update(args) => match &args.what {
            Some(UpdateCommand::Cluster(args)) => &args.names,
            Some(UpdateCommand::User(args)) => &args.names,
            _ => &[],
        },
        Command::Upgrade(args) => &args.names,
        Command::Apply(_)
        | Command::Completion(_)
        | Command::Help(_)
        | Command::Man(_)
        | Command::Status(_)
        | Command::Version(_)
        | Command::Watch(_) => &[],
    }
}

fn created_for(what: &CreateCommand) -> &[String] {
    match what {
        CreateCommand::Backup(args) => &args.names,
        CreateCommand::Pgbouncer(args) => &args.names,
        CreateCommand::Schedule(args) => first(&args.names),
        CreateCommand::User(args) => &args.names,
        CreateCommand::Cluster(_)
        | CreateCommand::Namespace(_)
        | CreateCommand::Pgorole(_)
        | CreateCommand::Pgouser(_)
        | CreateCommand::Policy(_) => &[],
    }
}

fn deleted_from(what: &DeleteCommand) -> &[String] {
    match what {
        DeleteCommand::Backup(args) => &args.names,
        DeleteCommand::Benchmark(args) => first(&args.names),
        DeleteCommand::Cluster(args) => &args.names,
        DeleteCommand::Label(args) => &args.names,
        DeleteCommand::Pgbouncer(args) => &args.names,
        DeleteCommand::Schedule(args) => first(&args.names),
        DeleteCommand::User(args) => &args.names,
        DeleteCommand::Namespace(_)
        | DeleteCommand::Pgorole(_)
        | DeleteCommand::Pgouser(_)
        | DeleteCommand::Policy(_) => &[],
    }
}

fn shown_of(what: &ShowCommand) -> &[String] {
    match what {
        ShowCommand::Backup(args) => &args.names,
        ShowCommand::Benchmark(args) => first(&args.names),
        ShowCommand::Cluster(args) => &args.names,
        ShowCommand::Pvc(args) => &args.names,
        ShowCommand::Schedule(args) => first(&args.names),
        ShowCommand::User(args) => &args.names,
        ShowCommand::Config(_)
        | ShowCommand::Namespace(_)
        | ShowCommand::Pgorole(_)
        | ShowCommand::Pgouser(_)
        | ShowCommand::Policy(_)
        | ShowCommand::Workflow(_) => &[],
    }
}

fn first(names: &[String]) -> &[String] {
    &names[..names.len().min(1)]
}

/// Says which cluster may have been meant, for each of these that is not there.
pub(super) async fn offer(names: &[String], context: &Context) {
    if names.is_empty() {
        return;
    }
    let request = ShowClusterRequest {
        clientversion: VERSION.to_owned(),
        namespace: context.namespace.clone(),
        allflag: true,
        ..ShowClusterRequest::default()
    };
    let Ok(reply) = context.client.send(&request).await else {
        return;
    };
    let there: Vec<&str> = reply
        .results
        .iter()
        .filter_map(|detail| detail.cluster.metadata.name.as_deref())
        .collect();
    for name in names.iter().filter(|name| *name != ALL_CLUSTERS) {
        if let Some(line) = sentence(name, &there, &context.namespace) {
            context.printer.remark(&line);
        }
    }
}

fn sentence(name: &str, there: &[&str], namespace: &str) -> Option<String> {
    if there.contains(&name) {
        return None;
    }
    let near = similar(name, there.iter().copied());
    let meant: Vec<String> = near.iter().take(3).map(|name| format!("{name:?}")).collect();
    if meant.is_empty() {
        return None;
    }
    Some(format!(
        "There is no cluster {name:?} in namespace {namespace:?}. Did you mean {}?",
        meant.join(" or ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_slip_of_the_finger_is_answered() {
        let there = ["hippo", "hipo2", "rhino"];
        assert_eq!(
            sentence("hipo", &there, "ns").unwrap(),
            "There is no cluster \"hipo\" in namespace \"ns\". Did you mean \"hipo2\" or \"hippo\"?"
        );
        assert_eq!(sentence("hippo", &there, "ns"), None);
        assert_eq!(sentence("elephant", &there, "ns"), None);
    }
}
