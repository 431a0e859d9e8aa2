//! Exit codes: how each command ends when it cannot be meant, when the server is away or refuses, and after a no.

use crate::stub::nobody;
use crate::{Pgo, Stub, answered};

/// A command line that is whole; its exit codes when nothing is named, after a transport failure, after a refusal, and
/// after a no (`None` where nothing is asked).
type Row = (&'static str, &'static str, u8, u8, u8, Option<u8>);

/// Section 4 of the specification, with the mapping that it recommends.
const TABLE: [Row; 53] = [
    ("apply p -s a=b", "apply", 2, 2, 2, None),
    ("backup c", "backup", 2, 2, 2, None),
    (
        "backup c --backup-type=pgdump",
        "backup --backup-type=pgdump",
        2,
        2,
        2,
        None,
    ),
    ("benchmark c", "benchmark", 1, 2, 2, None),
    ("cat c f", "cat", 2, 2, 2, None),
    ("ls c", "ls", 2, 2, 2, None),
    ("clone a b", "clone", 1, 1, 1, None),
    ("create cluster c", "create cluster", 2, 2, 2, None),
    ("create namespace n", "create namespace", 2, 2, 2, None),
    ("create pgbouncer c", "create pgbouncer", 2, 2, 2, None),
    (
        "create pgorole r --permissions=*",
        "create pgorole",
        2,
        2,
        2,
        None,
    ),
    (
        "create pgouser u --pgouser-password=p --pgouser-roles=r --all-namespaces",
        "create pgouser",
        2,
        2,
        2,
        None,
    ),
    ("create policy p --url=u", "create policy", 2, 2, 2, None),
    (
        "create schedule c --schedule=@daily --schedule-type=policy --database=d --policy=p",
        "create schedule",
        2,
        2,
        2,
        None,
    ),
    ("create user c --username=u", "create user", 2, 2, 2, None),
    ("delete backup c", "delete backup", 2, 2, 2, Some(0)),
    ("delete benchmark c", "delete benchmark", 2, 2, 2, Some(0)),
    ("delete cluster c", "delete cluster", 2, 2, 2, Some(0)),
    ("delete label c --label=a=b", "delete label", 2, 2, 2, None),
    ("delete namespace n", "delete namespace", 2, 2, 2, Some(0)),
    ("delete pgbouncer c", "delete pgbouncer", 2, 2, 2, Some(0)),
    ("delete pgorole r", "delete pgorole", 2, 2, 2, Some(0)),
    ("delete pgouser u", "delete pgouser", 2, 2, 2, Some(0)),
    ("delete policy p", "delete policy", 2, 2, 2, Some(0)),
    ("delete schedule c", "delete schedule", 2, 2, 2, Some(0)),
    ("delete user c --username=u", "delete user", 2, 2, 2, Some(0)),
    ("df c", "df", 2, 2, 2, None),
    ("failover c --target=t", "failover", 2, 2, 2, Some(0)),
    ("failover c --query", "failover --query", 2, 2, 1, None),
    ("label c --label=a=b", "label", 2, 2, 2, None),
    ("load c --load-config=/dev/null", "load", 2, 2, 2, None),
    ("reload c", "reload", 2, 2, 2, Some(0)),
    ("restore c", "restore", 2, 2, 2, Some(0)),
    ("scale c", "scale", 2, 2, 2, Some(2)),
    ("scaledown c --target=t", "scaledown", 2, 2, 2, Some(2)),
    ("scaledown c --query", "scaledown --query", 2, 2, 2, None),
    ("show backup c", "show backup", 2, 2, 2, None),
    ("show benchmark c", "show benchmark", 2, 2, 2, None),
    ("show cluster c", "show cluster", 2, 2, 2, None),
    ("show config", "show", 2, 2, 2, None),
    ("show pgorole r", "show pgorole", 2, 2, 2, None),
    ("show pgouser u", "show pgouser", 2, 2, 2, None),
    ("show policy p", "show policy", 2, 2, 2, None),
    ("show pvc c", "show pvc", 2, 2, 2, None),
    ("show schedule c", "show schedule", 2, 2, 2, None),
    ("show user c", "show user", 2, 2, 2, None),
    ("show workflow w", "show workflow", 2, 2, 2, None),
    ("test c", "test", 2, 2, 2, None),
    ("update cluster c", "update cluster", 2, 2, 2, Some(0)),
    ("update namespace n", "update namespace", 2, 2, 2, None),
    (
        "update pgorole r --permissions=*",
        "update pgorole",
        2,
        2,
        2,
        None,
    ),
    ("update user c", "update user", 2, 2, 2, None),
    ("upgrade c", "upgrade", 2, 2, 2, None),
];

/// An answer that every command reads: the status stands where each looks for it.
fn answer(code: &str) -> Stub {
    answered(&format!(
        r#"{{"Code":"{code}","Msg":"no such thing","status":{{"Code":"{code}","Msg":"no such thing"}}}}"#
    ))
}

/// Runs a line that asks nothing, or is not asked.
fn run(line: &str, stub: &Stub, asks: bool) -> (i32, String) {
    let line = if asks {
        format!("{line} --no-prompt")
    } else {
        line.to_owned()
    };
    let (code, stdout, _) = Pgo::at(&line, stub).run();
    (code, stdout)
}

#[test]
fn a_command_that_names_nothing_asks_nobody() {
    let stub = answer("ok");
    for (_, bare, expected, ..) in TABLE {
        let (code, stdout) = run(bare, &stub, false);
        assert_eq!(code, i32::from(expected), "{bare}: {stdout}");
        assert!(stdout.starts_with("Error: "), "{bare}: {stdout}");
    }
    assert!(stub.received().is_empty());
}

#[test]
fn a_server_that_is_away_is_a_failure_everywhere() {
    let address = format!("http://{}", nobody());
    for (line, _, _, expected, _, no) in TABLE {
        let line = if no.is_some() {
            format!("{line} --no-prompt")
        } else {
            line.to_owned()
        };
        let pgo = Pgo::new(&line)
            .env("DISABLE_TLS", "1")
            .env("PGO_APISERVER_URL", &address);
        let (code, stdout, _) = pgo.run();
        assert_eq!(code, i32::from(expected), "{line}: {stdout}");
        assert_eq!(stdout.matches("Error: ").count(), 1, "{line}: {stdout}");
    }
}

#[test]
fn a_refusal_is_told_in_the_words_of_the_server() {
    for (line, _, _, _, expected, no) in TABLE {
        let stub = answer("error");
        let (code, stdout) = run(line, &stub, no.is_some());
        assert_eq!(code, i32::from(expected), "{line}: {stdout}");
        assert!(stdout.contains("Error: no such thing\n"), "{line}: {stdout}");
        assert!(!stub.received().is_empty(), "{line}");
    }
}

#[test]
fn a_no_and_the_end_of_the_input_ask_nobody() {
    let stub = answer("ok");
    for (line, .., no) in TABLE {
        let Some(expected) = no else { continue };
        for typed in ["no\n", ""] {
            let (code, stdout, _) = Pgo::at(line, &stub).typing(typed).run();
            assert_eq!(code, i32::from(expected), "{line}: {stdout}");
            assert!(stdout.ends_with("Aborting...\n"), "{line}: {stdout}");
        }
    }
    assert!(stub.received().is_empty());
}

#[test]
fn every_command_answers_machines_in_json_and_yaml() {
    for (line, _, _, _, refused, no) in TABLE {
        let stub = answer("ok");
        let (code, stdout) = run(&format!("{line} -o json"), &stub, no.is_some());
        assert_eq!(code, 0, "{line}: {stdout}");
        assert!(
            serde_json::from_str::<serde_json::Value>(&stdout).is_ok(),
            "{line}: {stdout}"
        );
        let (code, stdout) = run(&format!("{line} -o yaml"), &stub, no.is_some());
        assert_eq!(code, 0, "{line}: {stdout}");
        assert!(
            stdout.starts_with("---\n") && stdout.contains("Code: ok\n"),
            "{line}: {stdout}"
        );

        let stub = answer("error");
        let (code, _) = run(&format!("{line} -o json"), &stub, no.is_some());
        assert_eq!(code, i32::from(refused), "{line}");
        let (code, _) = run(&format!("{line} -o ini"), &stub, no.is_some());
        assert!(code == 2 || code == 1 && line.starts_with("clone"), "{line}");
    }
}
