//! The flags of version 4.2, as its compiled client lists them: none may be lost, or mean something else.

use clap::{Arg, Command};

use super::super::tree;

/// A command to the line, then its flags: `-s/selector=` takes a text, `backup-type=pgbackrest` has a default, `scale#1`
/// is a number, `dry-run?` a boolean.
const FLAGS: &str = "
pgo: -n/namespace= apiserver-url= pgo-ca-cert= pgo-client-cert= pgo-client-key= disable-tls? exclude-os-trust? debug? -h/help?
apply: -s/selector= dry-run?
backup: backup-type=pgbackrest backup-opts= pgbackrest-storage-type= pvc-name= -s/selector=
benchmark: -b/benchmark-opts= -c/clients#1 -d/database=postgres -i/init-opts= -j/jobs#1 -p/policy= scale#1 -s/selector= -t/transactions#1
cat:
clone: pgbackrest-storage-source=
create cluster: ccp-image= -c/ccp-image-tag= custom-config= disable-autofail? -l/labels= metrics? node-label= -w/password= pgbackrest-s3-bucket= pgbackrest-s3-endpoint= pgbackrest-s3-key= pgbackrest-s3-key-secret= pgbackrest-s3-region= pgbackrest-storage-type= pgbadger? pgbouncer? pgbouncer-pass= pod-anti-affinity= -z/policies= replica-count#0 replica-storage-config= -r/resources-config= -s/secret-from= -e/series#1 service-type= storage-config= sync-replication?
create namespace:
create pgbouncer: pgbouncer-pass= -s/selector=
create pgorole: permissions=
create pgouser: pgouser-password= pgouser-roles= pgouser-namespaces= all-namespaces?
create policy: -i/in-file= -u/url=
create schedule: -c/ccp-image-tag= database= pgbackrest-backup-type= pgbackrest-storage-type= policy= schedule= schedule-opts= schedule-type= secret= -s/selector=
create user: managed? password= password-length#22 -s/selector= username= valid-days#30
delete backup:
delete benchmark: -s/selector=
delete cluster: all? keep-backups? keep-data? no-prompt? -s/selector= -b/delete-backups? -d/delete-data?
delete label: label= -s/selector=
delete namespace:
delete pgbouncer: -s/selector= no-prompt?
delete pgorole: all? no-prompt?
delete pgouser: all? no-prompt?
delete policy: all? no-prompt?
delete schedule: no-prompt? schedule-name= -s/selector=
delete user: all? no-prompt? -s/selector= username=
df: -s/selector=
failover: query? target= no-prompt?
label: dry-run? label= -s/selector=
load: load-config= policies= -s/selector=
ls:
reload: -s/selector= no-prompt?
restore: backup-opts= backup-pvc= backup-type= no-prompt? node-label= pgbackrest-storage-type= pitr-target=
scale: ccp-image-tag= no-prompt? node-label= replica-count#1 resources-config= service-type= storage-config=
scaledown: query? target= keep-data? no-prompt? -d/delete-data?
show backup: backup-type=pgbackrest
show benchmark: -s/selector=
show cluster: all? ccp-image-tag= -o/output= -s/selector=
show config:
show namespace: all?
show pgorole: all?
show pgouser: all?
show policy: all?
show pvc: all?
show schedule: no-prompt? schedule-name= -s/selector=
show user: all? expired= -s/selector=
show workflow:
status: -o/output=
test: all? -o/output= -s/selector=
update cluster: all? disable-autofail? no-prompt? -s/selector=
update namespace:
update pgorole: permissions= no-prompt?
update pgouser: pgouser-password= pgouser-roles= pgouser-namespaces= all-namespaces? no-prompt?
update user: all? expire-user? expired= password= password-length#22 -s/selector= username= valid-days#
upgrade: ccp-image-tag=
version:
watch: -a/pgo-event-address=localhost:14150
";

/// Short forms that version 4.2 did not have; `upgrade` speaks of a selector there, but has none.
const NEW_SHORTS: [(&str, char); 2] = [("username", 'u'), ("selector", 's')];

/// Writes a flag as the table does.
fn written(flag: &Arg) -> String {
    let short = flag.get_short().map(|short| format!("-{short}/"));
    let default = flag.get_default_values().first().and_then(|value| value.to_str());
    let is_number = flag
        .get_value_names()
        .is_some_and(|names| names.iter().any(|name| name == "N"));
    let kind = if !flag.get_action().takes_values() || flag.is_require_equals_set() {
        "?"
    } else if is_number {
        "#"
    } else {
        "="
    };
    let default = default.filter(|_| kind != "?").unwrap_or_default();
    let long = flag.get_long().unwrap_or_default();
    format!("{}{long}{kind}{default}", short.unwrap_or_default())
}

fn find(words: &str) -> Command {
    let mut command = tree();
    for word in words.split(' ').filter(|word| *word != "pgo") {
        command = command
            .find_subcommand(word)
            .unwrap_or_else(|| panic!("{words}"))
            .clone();
    }
    command
}

fn table() -> Vec<(&'static str, Vec<&'static str>)> {
    FLAGS
        .trim()
        .lines()
        .map(|line| {
            let (command, flags) = line.split_once(':').unwrap();
            (command, flags.split_whitespace().collect())
        })
        .collect()
}

#[test]
fn every_flag_of_4_2_is_there_and_takes_what_it_took() {
    for (words, flags) in table() {
        let command = find(words);
        let found: Vec<String> = command.get_arguments().map(written).collect();
        for flag in flags {
            assert!(
                found.contains(&flag.to_owned()),
                "{words}: {flag} is not in {found:?}"
            );
        }
    }
}

#[test]
fn no_new_short_form_takes_a_place_that_a_script_may_rely_on_to_be_free() {
    for (words, flags) in table() {
        for flag in find(words).get_arguments() {
            let (Some(long), Some(short)) = (flag.get_long(), flag.get_short()) else {
                continue;
            };
            let is_old = flags.contains(&written(flag).as_str());
            assert!(
                is_old || long == "output" || NEW_SHORTS.contains(&(long, short)),
                "{words}: -{short}/{long}"
            );
        }
    }
}

#[test]
fn the_table_names_every_command_but_those_that_are_new() {
    fn collect(command: &Command, words: &str, names: &mut Vec<String>) {
        for part in command.get_subcommands().filter(|part| !part.is_hide_set()) {
            let words = format!("{words} {}", part.get_name()).trim().to_owned();
            if part.has_subcommands() {
                collect(part, &words, names);
            } else {
                names.push(words);
            }
        }
    }
    let mut names = Vec::new();
    collect(&tree(), "", &mut names);
    let known = table();
    let new: Vec<&String> = names
        .iter()
        .filter(|name| known.iter().all(|(words, _)| words != name))
        .collect();
    assert_eq!(new, ["completion", "help", "man"]);
}
