//! The file `postgres-ha.yaml` of the installation: what it says about PostgreSQL and Patroni goes into every cluster,
//! under what the cluster says itself.

use pgo_postgres::patroni::custom::Custom;
use pgo_postgres::patroni::dcs::Timing;
use pgo_postgres::yaml::Content;

use super::remark::Remark;

/// The key of the `ConfigMap`.
pub(super) const FILE: &str = "postgres-ha.yaml";

/// Version 4.2 filled these in from `pgo.yaml`. They still come from there: a parameter that has one is left out.
const PLACEHOLDERS: [&str; 3] = ["ArchiveTimeout", "LogMinDurationStatement", "LogStatement"];
const LEFT_TO_PGO_YAML: &str = "left-to-pgo-yaml";

/// Reads the file: what it says and what its writer should know, or why it cannot be read.
pub(super) fn read(text: &str) -> Result<(Custom, Vec<Remark>), Vec<Remark>> {
    let text = without_placeholders(text);
    let unreadable = |error| vec![remark(format!("cannot be read: {error}"))];
    let (content, twice) = Content::parse(&text).map_err(unreadable)?;
    if matches!(content, Content::Text(_) | Content::List) {
        return Err(vec![remark("must be a mapping of keys to values".to_owned())]);
    }
    if !twice.is_empty() {
        return Err(twice.iter().map(|twice| Remark::twice(FILE, twice)).collect());
    }
    let (mut custom, left_out) = Custom::read(&text).map_err(unreadable)?;
    let mut warnings: Vec<_> = left_out
        .into_iter()
        .map(|sentence| {
            let prefix = format!("{FILE}: ");
            remark(sentence.strip_prefix(&prefix).unwrap_or(&sentence).to_owned())
        })
        .collect();
    if !custom.pg_hba.is_empty() {
        custom.pg_hba.clear();
        let sentence = "postgresql.pg_hba is ignored: put rules into the custom configuration of a cluster";
        warnings.push(remark(sentence.to_owned()));
    }
    if custom.dynamic.remove("synchronous_mode").is_some() {
        let sentence = "bootstrap.dcs.synchronous_mode is ignored: set Cluster.SyncReplication in pgo.yaml";
        warnings.push(remark(sentence.to_owned()));
    }
    if !timing(&custom).is_some_and(Timing::is_safe) {
        let sentence = "bootstrap.dcs: ttl, loop_wait and retry_timeout must be such that loop_wait + 2 * retry_timeout \
                        is no more than ttl, loop_wait at least 1 and retry_timeout at least 3: a primary that cannot \
                        renew its lock must have stopped before another one starts";
        return Err(vec![remark(sentence.to_owned())]);
    }
    custom.shared = std::mem::take(&mut custom.shared).overlaid_by(std::mem::take(&mut custom.local));
    custom.shared.0.retain(|_, value| value != LEFT_TO_PGO_YAML);
    Ok((custom, warnings))
}

/// How fast Patroni decides with what the file says in place of ours; none if that is no number.
fn timing(custom: &Custom) -> Option<Timing> {
    let seconds = |name: &str, usual: u32| match custom.dynamic.get(name) {
        None => Some(usual),
        Some(value) => value.as_u64().and_then(|seconds| u32::try_from(seconds).ok()),
    };
    Some(Timing {
        ttl: seconds("ttl", Timing::FAST.ttl)?,
        loop_wait: seconds("loop_wait", Timing::FAST.loop_wait)?,
        retry_timeout: seconds("retry_timeout", Timing::FAST.retry_timeout)?,
    })
}

fn without_placeholders(text: &str) -> String {
    PLACEHOLDERS.iter().fold(text.to_owned(), |text, name| {
        text.replace(&format!("{{{{.{name}}}}}"), LEFT_TO_PGO_YAML)
            .replace(&format!("{{{{ .{name} }}}}"), LEFT_TO_PGO_YAML)
    })
}

fn remark(sentence: String) -> Remark {
    Remark {
        file: FILE.to_owned(),
        line: None,
        key: String::new(),
        sentence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_4_2_leaves_to_pgo_yaml_what_it_left_to_it() {
        let text = "---\nbootstrap:\n  dcs:\n    postgresql:\n      parameters:\n        archive_timeout: {{.ArchiveTimeout}}\n        log_statement: \"{{.LogStatement}}\"\n        work_mem: 8MB\npostgresql:\n  parameters:\n    jit: false\n  pg_hba: [\"host all all 10.0.0.0/8 scram-sha-256\"]\n";
        let (custom, warnings) = read(text).unwrap();
        let parameters: Vec<_> = custom
            .shared
            .0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(parameters, [("jit", "off"), ("work_mem", "8MB")]);
        assert!(custom.pg_hba.is_empty());
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(
            warnings[0]
                .to_string()
                .starts_with("postgres-ha.yaml postgresql.pg_hba"),
            "{}",
            warnings[0]
        );
    }

    #[test]
    fn what_pgo_decides_cannot_be_said_and_is_named() {
        let (custom, warnings) =
            read("bootstrap: {dcs: {ttl: 30, postgresql: {parameters: {archive_command: rm}}}}").unwrap();
        assert_eq!(custom.dynamic["ttl"], 30);
        assert!(custom.shared.0.is_empty());
        assert!(warnings[0].sentence.contains("archive_command"), "{warnings:?}");
    }

    #[test]
    fn two_primaries_at_a_time_cannot_be_asked_for() {
        for unsafe_timing in ["ttl: 5", "retry_timeout: 5", "ttl: 30.5", "loop_wait: 0"] {
            let mistakes = read(&format!("bootstrap: {{dcs: {{{unsafe_timing}}}}}")).unwrap_err();
            assert!(mistakes[0].sentence.contains("loop_wait"), "{unsafe_timing}");
        }
        assert!(read("bootstrap: {dcs: {ttl: 30, loop_wait: 10, retry_timeout: 10}}").is_ok());
    }

    #[test]
    fn a_file_that_is_no_mapping_is_a_mistake_without_words_of_the_library() {
        for text in [
            "just words",
            "- a\n- b",
            "5",
            "null: 1",
            "~: 1",
            ": x",
            "{{.Unknown}}",
            "[a]: b",
            "? {a: b}",
            "a: [{b: 1, b: 2}]",
            "a: 1\n---\nb: 2",
            "'",
        ] {
            let Err(mistakes) = read(text) else {
                panic!("{text}")
            };
            let said = mistakes[0].to_string();
            for word in ["Option", "serialize", "Policy", "breach", "scalar", "serde"] {
                assert!(!said.contains(word), "{text:?}: {said}");
            }
        }
        let said = read("just words").unwrap_err()[0].to_string();
        assert_eq!(said, "postgres-ha.yaml must be a mapping of keys to values");
    }

    #[test]
    fn keys_that_stand_twice_are_named_with_both_lines() {
        let mistakes =
            read("bootstrap: {dcs: {ttl: 30,\n ttl: 40}}\npostgresql: {}\npostgresql: {}").unwrap_err();
        let said: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "postgres-ha.yaml line 2: bootstrap.dcs.ttl stands in line 1 already: remove one of the two",
                "postgres-ha.yaml line 4: postgresql stands in line 3 already: remove one of the two",
            ]
        );
    }

    #[test]
    fn a_file_that_is_no_yaml_is_a_mistake_with_its_line() {
        let mistakes = read("bootstrap:\n  dcs: [").unwrap_err();
        assert!(mistakes[0].to_string().contains("line 2"), "{}", mistakes[0]);
    }
}
