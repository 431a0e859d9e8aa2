//! The command tree as shells offer it.
//!
//! The tree that is read is no good for that: its generators offer what is hidden, files wherever they know nothing
//! better, and in zsh the words that `create`, `delete`, `show` and `update` may be given for a complaint take the place
//! of the command.

use clap::{Arg, ArgAction, Command, ValueHint};

/// What `pgo help` and `pgo man` are about: any command.
const ABOUT_COMMANDS: [&str; 2] = ["help", "man"];

/// Makes the tree that is offered of the one that is read.
///
/// * What is hidden is left out, and so are the words that a command takes: they are names that only the server knows.
/// * Words of a closed set, and the commands that `help` and `man` are about, are offered as commands.
/// * Files are offered for files only.
pub(super) fn offer(tree: &Command) -> Command {
    let mut offered = part(tree);
    let commands: Vec<Command> = offered
        .get_subcommands()
        .filter(|command| !ABOUT_COMMANDS.contains(&command.get_name()))
        .map(words)
        .collect();
    for name in ABOUT_COMMANDS {
        offered = offered.mut_subcommand(name, |command| command.subcommands(commands.clone()));
    }
    offered
}

/// Makes a command anew: nothing can be taken out of one.
fn part(command: &Command) -> Command {
    let parts = command.get_subcommands().filter(|part| !part.is_hide_set());
    let flags = command.get_arguments().filter(|arg| !arg.is_positional());
    let mut made = bare(command.get_name())
        .about(command.get_about().cloned().unwrap_or_default())
        .args(flags.filter(|flag| !flag.is_hide_set()).map(flag))
        .subcommands(parts.map(part));
    if let Some(positional) = command.get_positionals().next() {
        let about = positional.get_help().cloned().unwrap_or_default();
        let closed = positional.get_possible_values();
        made = made.subcommands(
            closed
                .iter()
                .map(|word| bare(word.get_name()).about(about.clone())),
        );
        if !made.has_subcommands() && !ABOUT_COMMANDS.contains(&made.get_name()) {
            made = made.arg(unknown_words());
        }
    }
    made
}

/// Any words: zsh offers no flag after a word that it has no place for.
fn unknown_words() -> Arg {
    Arg::new("words")
        .num_args(0..)
        .value_hint(ValueHint::Other)
        .action(ArgAction::Append)
}

/// A command and what may follow it, without its flags.
fn words(command: &Command) -> Command {
    bare(command.get_name())
        .about(command.get_about().cloned().unwrap_or_default())
        .subcommands(command.get_subcommands().map(words))
}

fn bare(name: &str) -> Command {
    Command::new(name.to_owned())
        .disable_help_flag(true)
        .disable_help_subcommand(true)
}

fn flag(flag: &Arg) -> Arg {
    if flag.is_require_equals_set() {
        // Its value may be left out, and is never the next word: for shells it has none.
        return Arg::new(flag.get_id().clone())
            .long(flag.get_long().unwrap_or_default().to_owned())
            .help(flag.get_help().cloned().unwrap_or_default())
            .action(ArgAction::SetTrue);
    }
    match flag.get_value_hint() {
        // Nothing that a shell could know.
        ValueHint::Unknown if flag.get_action().takes_values() => flag.clone().value_hint(ValueHint::Other),
        _ => flag.clone(),
    }
}
