//! `create schedule`, `show schedule`, `delete schedule`.

use crate::{Pgo, answered, observed, recorded, sends};

const DAILY: &str = "--schedule=@daily";

#[test]
fn requests_are_those_of_4_2() {
    let stub = answered(recorded!("create_schedule.response.json"));
    let line = "create schedule mycluster --schedule-type=pgbackrest --pgbackrest-backup-type=full \
                --schedule-opts=--repo1-retention-full=3 --pgbackrest-storage-type=local";
    let pgo = Pgo::at(line, &stub).arg("--schedule=* * * * *");
    sends(&pgo, &stub, recorded!("create_schedule.request.json"));

    let stub = answered(recorded!("show_schedule.response.json"));
    let pgo = Pgo::at("show schedule --schedule-name=mycluster-pgbackrest-full", &stub);
    sends(&pgo, &stub, recorded!("show_schedule.request.json"));

    let stub = answered(recorded!("delete_schedule.response.json"));
    let line = "delete schedule --schedule-name=mycluster-pgbackrest-full --no-prompt";
    sends(
        &Pgo::at(line, &stub),
        &stub,
        recorded!("delete_schedule.request.json"),
    );
}

#[test]
fn create_schedule() {
    let lines = [
        "hippo --schedule-type=policy --database=d --policy=p --secret=s -c ignored",
        "-s a=b --schedule-type=PGBACKREST --pgbackrest-backup-type=incr --pgbackrest-storage-type=local,s3",
        "",
        "hippo --schedule=daily",
        "hippo --schedule=",
        "hippo",
        "hippo --schedule-type=pgbasebackup",
        "hippo --schedule-type=pgbackrest",
        "hippo --schedule-type=PgBackRest --pgbackrest-backup-type=half",
        "hippo --schedule-type=pgbackrest --pgbackrest-backup-type=full --pgbackrest-storage-type=tape",
        "hippo --schedule-type=policy",
        "hippo --schedule-type=Policy --database=d",
    ]
    .map(|flags| format!("create schedule {DAILY} {flags}"));
    let lines: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| (line.as_str(), recorded!("create_schedule.response.json")))
        .collect();
    insta::assert_snapshot!(observed(&lines));
}

#[test]
fn show_and_delete_schedule() {
    insta::assert_snapshot!(observed(&[
        (
            "show schedule all --no-prompt",
            recorded!("show_schedule.response.json")
        ),
        ("show schedule hippo -s a=b", r#"{"Results":[],"Code":"ok"}"#),
        ("show schedule", "{}"),
        (
            "delete schedule hippo -s a=b --no-prompt",
            recorded!("delete_schedule.response.json")
        ),
        (
            "delete schedule hippo --no-prompt",
            r#"{"Results":[],"Code":"ok"}"#
        ),
        ("delete schedule", "{}"),
    ]));
}
