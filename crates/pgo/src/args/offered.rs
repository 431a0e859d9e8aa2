//! Values that shells offer for a flag.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};

/// A set of values that is offered, and not demanded: any other is read as well, and whoever makes use of it, mostly
/// the server, refuses it in words of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offered(pub(super) &'static [&'static str]);

/// `-o` of a command that does something.
pub(super) const REPORTED: Offered = Offered(&["json", "yaml"]);

/// `-o` of a command that shows something.
pub(super) const SHOWN: Offered = Offered(&["json", "yaml", "wide"]);

/// What makes a backup.
pub(super) const BACKUP_TYPES: Offered = Offered(&["pgbackrest", "pgdump"]);

/// Where pgBackRest keeps backups.
pub(super) const STORAGE_TYPES: Offered = Offered(&["local", "s3", "local,s3"]);

/// Types of Services.
pub(super) const SERVICE_TYPES: Offered = Offered(&["ClusterIP", "NodePort", "LoadBalancer"]);

impl TypedValueParser for Offered {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(|value| PossibleValue::new(*value))))
    }
}

#[cfg(test)]
mod tests {
    use crate::args::{parse, tree};

    /// Every flag with values, of every command: the command's words, and the flag.
    fn flags_with_values(command: &clap::Command, words: &str) -> Vec<(String, clap::Arg)> {
        let own = command
            .get_opts()
            .filter(|flag| flag.get_action().takes_values() && !flag.get_possible_values().is_empty())
            .map(|flag| (words.to_owned(), flag.clone()));
        let parts = command
            .get_subcommands()
            .flat_map(|part| flags_with_values(part, &format!("{words} {}", part.get_name())));
        own.chain(parts).collect()
    }

    #[test]
    fn every_value_is_offered_that_the_help_of_its_flag_names_and_no_other() {
        let flags = flags_with_values(&tree(), "pgo");
        assert!(flags.len() > 60, "{}", flags.len());
        for (words, flag) in flags {
            let help = flag.get_help().unwrap().to_string();
            let (_, named) = help
                .rsplit_once(": ")
                .unwrap_or_else(|| panic!("{words}: {help}"));
            let named = named.replace(", which is the default,", "").replace(" or ", ", ");
            let values: Vec<String> = flag
                .get_possible_values()
                .iter()
                .map(|value| value.get_name().to_owned())
                .collect();
            assert_eq!(
                named.trim_end_matches('.'),
                values.join(", "),
                "{words} --{}: {help}",
                flag.get_id()
            );
        }
    }

    #[test]
    fn a_value_that_is_not_offered_is_read_all_the_same() {
        for (words, flag) in flags_with_values(&tree(), "pgo") {
            let line = format!("{words} --{}=nonsense", flag.get_long().unwrap());
            let argv: Vec<String> = line.split(' ').map(ToOwned::to_owned).collect();
            assert!(parse(&argv).is_ok(), "{line}");
        }
    }
}
