//! The habits of version 4.2's parser where ours has others.

use clap::{Arg, ArgAction, Command};

use super::value::boolean;

/// Makes a parser of the command tree: boolean flags may be given a value (`--all=false`), and what follows a flag
/// that needs a value is its value, even when it begins with a dash.
pub(super) fn parser(tree: Command) -> Command {
    tree.mut_args(|arg| match arg.get_action() {
        ArgAction::SetTrue => arg
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_value("false")
            .default_missing_value("true")
            .value_parser(boolean),
        ArgAction::Set if !arg.is_positional() && !arg.is_require_equals_set() => {
            arg.allow_hyphen_values(true)
        }
        _ => arg,
    })
    .mut_subcommands(parser)
}

/// Puts the words that name a command before everything else, as flags may stand before them.
///
/// Returns these words and the command line in its new order.
pub(super) fn commands_first(tree: &Command, argv: &[String]) -> (Vec<String>, Vec<String>) {
    let (program, mut rest) = match argv {
        [program, rest @ ..] => (program.clone(), rest.to_vec()),
        [] => ("pgo".to_owned(), Vec::new()),
    };
    let (mut command, mut path) = (tree, Vec::new());
    while let Some(at) = first_word(tree, command, &rest)
        && let Some(found) = command.find_subcommand(&rest[at])
    {
        path.push(rest.remove(at));
        command = found;
    }
    let argv = std::iter::once(program)
        .chain(path.iter().cloned())
        .chain(rest)
        .collect();
    (path, argv)
}

/// Finds the first item that is neither a flag nor a flag's value.
fn first_word(tree: &Command, command: &Command, items: &[String]) -> Option<usize> {
    let mut at = 0;
    while let Some(item) = items.get(at) {
        if item == "--" {
            return None;
        }
        if !item.starts_with('-') {
            return Some(at);
        }
        at += if needs_value(tree, command, item) { 2 } else { 1 };
    }
    None
}

/// Whether the value of a flag is the item that follows. A flag that nobody knows is taken for such a one.
fn needs_value(tree: &Command, command: &Command, item: &str) -> bool {
    let known = |is_it: &dyn Fn(&Arg) -> bool| {
        let arg = command
            .get_arguments()
            .chain(tree.get_arguments())
            .find(|arg| is_it(arg));
        arg.is_some_and(|arg| !arg.get_action().takes_values() || arg.is_require_equals_set())
    };
    if item.contains('=') {
        return false;
    }
    let mut shorts = item.chars().skip(1);
    match (item.strip_prefix("--"), shorts.next(), shorts.next()) {
        (Some(long), ..) => !known(&|arg| arg.get_long() == Some(long)),
        (None, Some(short), None) => !known(&|arg| arg.get_short() == Some(short)),
        _ => false,
    }
}
