//! Whatever stands on a command line: it is read, or complained about in words.

use proptest::prelude::*;

use super::super::value::{boolean, duration, integer};
use super::super::{Request, parse};

/// Words that mean something, and others.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "(create|delete|show|update|scale|scaledown|failover|restore|label|test|watch|help|version|status|df)",
        "(cluster|user|policy|pgouser|pgorole|namespace|schedule|backup|workflow|pvc|config)",
        "--[a-z-]{0,16}(=.{0,9})?",
        "--(all|no-prompt|selector|replica-count|wait|timeout|output|namespace|series)(=(true|0x[0-9a-f]{0,20}|[0-9a-z]{0,9}))?",
        "-[a-zA-Z=]{0,4}",
        "--",
        ".{0,12}",
    ]
}

/// Each case builds the whole tree of commands.
fn some() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig {
        cases: usual.cases.div_ceil(8),
        ..usual
    }
}

proptest! {
    #![proptest_config(some())]

    #[test]
    fn any_command_line_is_read_or_complained_about(words in prop::collection::vec(word(), 0..7)) {
        let argv: Vec<String> = std::iter::once("pgo".to_owned()).chain(words).collect();
        match parse(&argv) {
            Ok(Request::Run(_)) => {}
            Ok(Request::Explain(path)) => prop_assert!(super::super::help_of(&path).is_some(), "{:?}", path),
            Err(complaint) => prop_assert!(!complaint.message.trim().is_empty(), "{:?}", argv),
        }
    }
}

proptest! {
    #[test]
    fn any_number_is_read_as_go_reads_it(number: i64) {
        let magnitude = number.unsigned_abs();
        let sign = if number < 0 { "-" } else { "" };
        for text in [
            format!("{sign}{magnitude}"),
            format!("{sign}0x{magnitude:x}"),
            format!("{sign}0{magnitude:o}"),
            format!("{sign}0b{magnitude:b}"),
        ] {
            prop_assert_eq!(integer(&text), Ok(number), "{}", text);
        }
    }

    #[test]
    fn any_value_is_read_or_refused(text in "[-+]?(0[xob])?[0-9a-fA-F]{0,40}|([0-9]{1,20}(ms|s|m|h)){1,4}|.{0,20}") {
        let _ = integer(&text);
        let _ = duration(&text);
        let _ = boolean(&text);
    }
}
