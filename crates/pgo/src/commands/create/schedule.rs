//! `pgo create schedule`

mod cron;

use pgo_api::CreateScheduleRequest;

use crate::args::CreateScheduleArgs;
use crate::commands::{Context, Format, demand, lines_or};
use crate::failure::Failure;

pub(super) async fn run(args: &CreateScheduleArgs, context: &Context) -> Result<(), Failure> {
    let request = request(args, &context.namespace)?;
    let format = Format::to_report(&args.output)?;
    context
        .exchange(&request, format, |reply| {
            lines_or(&reply.results, "No clusters found.")
        })
        .await?;
    Ok(())
}

fn request(args: &CreateScheduleArgs, namespace: &str) -> Result<CreateScheduleRequest, Failure> {
    demand::clusters(&args.names, &args.selector)?;
    cron::check(&args.schedule)
        .map_err(|reason| Failure::Usage(format!("{} is not a valid schedule: {reason}", args.schedule)))?;
    let schedule_type = args.schedule_type.to_lowercase();
    match schedule_type.as_str() {
        "pgbackrest" => check_backup(args)?,
        "policy" => check_policy(args)?,
        _ => {
            return Err(Failure::Usage(format!(
                "{} is not a valid schedule type; it is pgbackrest or policy",
                args.schedule_type
            )));
        }
    }
    Ok(CreateScheduleRequest {
        cluster_name: args.names.first().cloned().unwrap_or_default(),
        name: String::new(),
        namespace: namespace.to_owned(),
        schedule: args.schedule.clone(),
        schedule_type,
        selector: args.selector.clone(),
        pgbackrest_type: args.pgbackrest_backup_type.clone(),
        backrest_storage_type: args.pgbackrest_storage_type.clone(),
        pvc_name: String::new(),
        schedule_options: args.schedule_opts.clone(),
        storage_config: String::new(),
        policy_name: args.policy.clone(),
        database: args.database.clone(),
        secret: args.secret.clone(),
    })
}

fn check_backup(args: &CreateScheduleArgs) -> Result<(), Failure> {
    match args.pgbackrest_backup_type.as_str() {
        "full" | "diff" | "incr" => {}
        "" => {
            return Err(Failure::Usage(
                "pgBackRest Backup Type required: say --pgbackrest-backup-type=full, diff or incr".to_owned(),
            ));
        }
        other => {
            return Err(Failure::Usage(format!(
                "pgBackRest Backup Type invalid: {other}; it is full, diff or incr"
            )));
        }
    }
    let storage = &args.pgbackrest_storage_type;
    let is_known = |word: &str| ["local", "s3"].contains(&word.trim());
    if storage.is_empty() || storage.split(',').all(is_known) {
        Ok(())
    } else {
        Err(Failure::Usage(format!(
            "pgBackRest Storage Type invalid: {storage}; it is local, s3 or local,s3"
        )))
    }
}

fn check_policy(args: &CreateScheduleArgs) -> Result<(), Failure> {
    demand::flag(&args.database, "Database name", ": say it with --database")?;
    demand::flag(&args.policy, "Policy name", ": say it with --policy")
}
