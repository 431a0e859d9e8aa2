//! Command lines that cannot be read.

use std::error::Error as _;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{tree, usage_of};
use crate::spelling::similar;

/// What is wrong with a command line, in the words of version 4.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// One sentence, and near misses below it.
    pub message: String,
    /// How to do it right.
    pub advice: String,
}

impl Complaint {
    /// Translates the parser's error. `path` names the command, `argv` is what was read.
    pub(super) fn new(error: &Error, path: &[String], argv: &[String]) -> Self {
        if error.kind() == ErrorKind::InvalidSubcommand {
            return unknown_command(error);
        }
        let mut advice = usage_of(path).unwrap_or_default();
        if let Some(similar) = text(error, ContextKind::SuggestedArg) {
            advice = format!("Did you mean {similar}?\n{advice}");
        }
        Self {
            message: flag_message(error, path, argv),
            advice,
        }
    }
}

fn unknown_command(error: &Error) -> Complaint {
    let word = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
    let mut message = format!("unknown command {word:?} for \"pgo\"");
    let tree = tree();
    let near = similar(&word, tree.get_subcommands().map(clap::Command::get_name));
    if !near.is_empty() {
        message.push_str("\n\nDid you mean this?");
        for name in near {
            message.push_str("\n\t");
            message.push_str(name);
        }
        message.push('\n');
    }
    Complaint {
        message,
        advice: "Run 'pgo --help' for usage.\n".to_owned(),
    }
}

fn flag_message(error: &Error, path: &[String], argv: &[String]) -> String {
    let flag = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let flag = flag.split([' ', '=', '[']).next().unwrap_or_default();
    let value = text(error, ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument if flag.starts_with("--") => format!("unknown flag: {flag}"),
        ErrorKind::UnknownArgument => {
            let short = flag.trim_start_matches('-');
            let items = argv
                .iter()
                .filter(|item| item.starts_with('-') && !item.starts_with("--"));
            let within = items
                .into_iter()
                .find(|item| item.contains(short))
                .map_or(flag, String::as_str);
            format!("unknown shorthand flag: '{short}' in {within}")
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            let last = argv.last().map(String::as_str).unwrap_or_default();
            match last.strip_prefix('-') {
                Some(shorts) if !shorts.starts_with('-') && !shorts.is_empty() => {
                    let short: String = shorts.chars().rev().take(1).collect();
                    format!("flag needs an argument: '{short}' in {last}")
                }
                _ => format!("flag needs an argument: {flag}"),
            }
        }
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            let reason = error.source().map(ToString::to_string).unwrap_or_default();
            format!(
                "invalid argument {value:?} for \"{}\" flag: {reason}",
                spelling(flag, path)
            )
        }
        _ => error
            .to_string()
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ")
            .to_owned(),
    }
}

/// Writes a flag with its short form: `-s, --selector`.
fn spelling(flag: &str, path: &[String]) -> String {
    let mut root = tree();
    root.build();
    let mut command = &root;
    for word in path {
        command = command.find_subcommand(word).unwrap_or(command);
    }
    let long = flag.trim_start_matches('-');
    let arg = command.get_arguments().find(|arg| arg.get_long() == Some(long));
    match arg.and_then(clap::Arg::get_short) {
        Some(short) => format!("-{short}, --{long}"),
        None => flag.to_owned(),
    }
}

fn text(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.first().cloned(),
        other => Some(other.to_string()),
    }
}
