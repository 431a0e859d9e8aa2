//! Whatever users, Patroni or pgBackRest write: reading it does no harm, and what passes stays what it is.

use std::fmt::Debug;

use pgo_postgres::identifier::{Identifier, Literal};
use pgo_postgres::lsn::Lsn;
use pgo_postgres::option::pg_basebackup::Basebackup;
use pgo_postgres::option::pg_dump::{Dump, DumpAll, DumpOptions};
use pgo_postgres::option::pg_restore::RestoreDump;
use pgo_postgres::option::pgbackrest::{Backup, Restore};
use pgo_postgres::option::{Options, Program};
use pgo_postgres::password::Redacted;
use pgo_postgres::patroni::custom::Custom;
use pgo_postgres::patroni::member::MemberStatus;
use pgo_postgres::pgbackrest::info;
use pgo_postgres::wal::{DEFAULT_SEGMENT, Forks, Segment};
use pgo_postgres::{hba, sql, yaml};
use proptest::prelude::*;
use serde_json::Value;

/// Any text, and often one that is nearly what is expected.
fn text(nearly: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![nearly, "\\PC{0,60}", ".{0,60}"]
}

/// Documents with the marks of YAML in any order.
const YAML: &str = "([-a-z0-9 :#,&*!|>'\"{}\\[\\]?%@~.\n\t]|: |\n  |- |true|null|0x1F|1e9){0,60}";
/// Documents with the keys that are looked for.
const PATRONI: &str = "(bootstrap:|postgresql:|  dcs:|    postgresql:|  parameters:|  pg_hba:|  ttl: [0-9]{1,3}|    [a-z_]{1,12}: [a-z0-9]{0,6}|  - [a-z /0-9]{0,20}|\n){0,12}";
/// What Patroni and pgBackRest answer.
const JSON: &str = "([\\[\\]{},:]|\"(role|state|timeline|xlog_location|name|status|backup|code|label|type)\"|\"[a-z]{0,6}\"|-?[0-9]{1,20}(\\.[0-9])?|true|null){0,30}";
/// Names of options that somebody might give, and letters.
const NAMES: &[&str] = &[
    "type",
    "delta",
    "no-delta",
    "set",
    "annotation",
    "exclude",
    "process-max",
    "repo1-retention-full",
    "compress",
    "target",
    "target-exclusive",
    "recovery-option",
    "db-include",
    "format",
    "section",
    "schema",
    "table",
    "clean",
    "if-exists",
    "superuser",
    "disable-triggers",
    "function",
    "dump-all",
    "lock-wait-timeout",
    "snapshot",
    "max-rate",
    "no-owner",
    "jobs",
    "cmd",
    "stanza",
    "dbname",
    "filename",
    "file",
    "waldir",
    "config",
    "help",
    "",
];
/// What may stand behind them.
const VALUE: &str = "full|time|tar|t|true|false|pre-data,data|[0-9]{0,8}[kMs]?|[a-z_]{0,30}=[a-z]{0,6}|[a-z.(),*?=/$;' -]{0,12}";

/// A line with some options.
fn options() -> impl Strategy<Value = String> {
    let long = (prop::sample::select(NAMES), "[= ]?", VALUE)
        .prop_map(|(name, between, value)| format!("--{name}{between}{value}"));
    let short = ("[a-zA-Z1]{1,3}", "[= ]?", VALUE)
        .prop_map(|(letters, between, value)| format!("-{letters}{between}{value}"));
    let one = prop_oneof![4 => long, 2 => short, 1 => "\\PC{0,9}"];
    let line = prop::collection::vec(one, 1..4).prop_map(|some| some.join(" "));
    prop_oneof![8 => line, 1 => "\\PC{0,60}", 1 => ".{0,60}"]
}

/// What passes is words of the program's own, none of them means anything else, and whoever receives them takes them.
fn is_held<P: Program + Clone + Debug + PartialEq>(line: &str) -> Result<(), TestCaseError> {
    let Ok(options) = Options::<P>::parse(line) else {
        return Ok(());
    };
    for word in options.argv() {
        prop_assert!(word.starts_with("--") && word.is_ascii(), "{}", word);
        prop_assert!(
            !word.contains(|c: char| c.is_control() || "'\"\\`$;|&<>{}!#~".contains(c)),
            "{}",
            word
        );
        let (name, value) = word.split_once('=').unwrap_or((&word, ""));
        prop_assert!(
            name != "--exclude" || value.split('/').all(|part| part != ".."),
            "{}",
            word
        );
        prop_assert!(
            name != "--recovery-option" || value.starts_with("recovery_target_"),
            "{}",
            word
        );
        let elsewhere = [
            "--cmd", "--config", "--stanza", "--dbname", "--file", "--waldir", "--host",
        ];
        prop_assert!(!elsewhere.iter().any(|name| word.starts_with(name)), "{}", word);
    }
    prop_assert_eq!(Options::try_from(options.argv()), Ok(options));
    Ok(())
}

/// The content of a text that is quoted by doubling, if all of it is inside the quotes.
fn unquoted(quoted: &str, quote: char) -> Option<String> {
    let inner = quoted.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut content = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        if character == quote && characters.next() != Some(quote) {
            return None;
        }
        content.push(character);
    }
    Some(content)
}

/// The content of a constant of SQL.
fn constant(written: &str) -> Option<String> {
    match written.strip_prefix('E') {
        // There a backslash takes the meaning of what follows; we write two for each.
        Some(escaped) if !escaped.replace("\\\\", "").contains('\\') => {
            unquoted(&escaped.replace("\\\\", "\\"), '\'')
        }
        None if !written.contains('\\') => unquoted(written, '\''),
        _ => None,
    }
}

proptest! {
    #[test]
    fn any_role_is_made_by_one_statement(name in text("[a-z'\"$\\\\; -]{0,20}|[a-z]{0,3}\\$pgo\\$[a-z;' ]{0,9}")) {
        if let Ok(role) = Identifier::new(&name) {
            let statement = sql::create_role(&role, &Redacted::new("verifier"));
            let block = constant(statement.strip_prefix("DO ").unwrap()).unwrap();
            let end = format!("\nALTER ROLE {role} PASSWORD 'verifier';\nEND");
            prop_assert!(block.ends_with(&end), "{}", block);
        }
    }

    #[test]
    fn any_name_is_quoted_or_refused(name in text("[a-z\"; -]{0,20}")) {
        if let Ok(identifier) = Identifier::new(&name) {
            prop_assert_eq!(unquoted(&identifier.to_string(), '"'), Some(name));
        }
    }

    #[test]
    fn any_text_stays_inside_its_quotes(said in text("[a'\\\\; -]{0,20}")) {
        prop_assert_eq!(constant(&Literal(&said).to_string()), Some(said));
    }

    #[test]
    fn any_rule_is_one_line_of_one_kind_or_refused(rule in text("(local|hostssl|host|@include|#)[ \ta-z0-9./\"]{0,40}")) {
        if let Ok(written) = hba::parse(&rule) {
            prop_assert!(!written.chars().any(char::is_control));
            prop_assert!(written.starts_with("local ") || written.starts_with("host"));
            prop_assert_eq!(hba::parse(&written), Ok(written.clone()));
        }
    }

    #[test]
    fn any_position_is_read_back(position: u64) {
        prop_assert_eq!(Lsn(position).to_string().parse::<Lsn>(), Ok(Lsn(position)));
    }

    #[test]
    fn any_text_is_a_position_or_refused(said in text("[0-9A-Fa-f]{0,9}/[0-9A-Fa-f+]{0,9}")) {
        if let Ok(position) = said.parse::<Lsn>() {
            prop_assert_eq!(position.to_string().parse::<Lsn>(), Ok(position));
        }
    }

    #[test]
    fn any_name_of_a_file_is_a_segment_or_none(name in text("[0-9A-F]{24}(\\.partial)?"), size: u64) {
        if let Some(segment) = Segment::parse(&name) {
            prop_assert_eq!(name.len(), 24);
            prop_assert!(segment.end(DEFAULT_SEGMENT) > Lsn(0));
            let _ = segment.end(size);
        }
    }

    #[test]
    fn any_history_is_read_or_refused(history in text("(\\[|\\[[0-9]{1,20},[0-9]{1,20}\\]|,|\\]){0,8}")) {
        let _ = Forks::parse(&history);
        let _ = MemberStatus::parse(&history);
        let _ = info::parse(&history);
    }

    #[test]
    fn any_answer_of_patroni_or_pgbackrest_is_read_or_refused(answer in text(JSON)) {
        let _ = MemberStatus::parse(&answer);
        let _ = info::parse(&answer);
        let _ = Forks::parse(&answer);
    }

    #[test]
    fn any_document_is_read_or_refused_and_what_is_written_is_read_back(document in text(YAML)) {
        let _ = yaml::Content::parse(&document);
        let _ = yaml::documents::<Value>(&document);
        if let Ok(value) = yaml::from_str::<Value>(&document) {
            let written = yaml::to_string(&value).unwrap();
            prop_assert_eq!(yaml::from_str::<Value>(&written).unwrap(), value, "{}", written);
        }
    }

    #[test]
    fn any_text_is_written_as_yaml_and_read_back(key in text("[a-z:# ]{0,10}"), said in text(YAML)) {
        let value = Value::Object([(key, Value::String(said))].into_iter().collect());
        let written = yaml::to_string(&value).unwrap();
        prop_assert_eq!(yaml::from_str::<Value>(&written).unwrap(), value, "{}", written);
    }

    #[test]
    fn any_custom_configuration_brings_only_what_is_allowed(document in text(PATRONI)) {
        let (custom, _) = Custom::parse(&document);
        prop_assert!(custom.pg_hba.iter().all(|rule| hba::parse(rule).as_ref() == Ok(rule)));
        prop_assert!(custom.dynamic.values().all(|value| value.is_number() || value.is_boolean()));
    }

    #[test]
    fn any_line_of_options_is_known_words_or_refused(line in options()) {
        is_held::<Backup>(&line)?;
        is_held::<Restore>(&line)?;
        is_held::<Basebackup>(&line)?;
        is_held::<Dump>(&line)?;
        is_held::<DumpAll>(&line)?;
        is_held::<RestoreDump>(&line)?;
        let all = matches!(DumpOptions::parse(&line), Ok(DumpOptions::All(_)));
        prop_assert!(!all || line.contains("--dump-all"));
    }
}
