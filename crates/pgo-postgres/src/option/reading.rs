//! From pieces to options, by the table of a program.

use std::collections::BTreeSet;

use super::kind::{Kind, No, truth};
use super::line::Piece;
use super::table::{Again, Company, Flag, Table};
use super::{Given, Said};

/// What was understood so far, and what was not.
pub(super) struct Reading {
    table: &'static Table,
    given: Vec<Given>,
    /// Each behind the option that it is about, sorted, and none twice: asking for help a thousand times gets one list.
    complaints: BTreeSet<(String, String)>,
}

impl Reading {
    pub(super) fn by(table: &'static Table) -> Self {
        Self {
            table,
            given: Vec::new(),
            complaints: BTreeSet::new(),
        }
    }

    pub(super) fn take(&mut self, piece: &Piece<'_>) {
        match piece.word.strip_prefix('-') {
            Some(long) => self.take_long(long, piece.rest),
            None if piece.word.is_empty() => self.complain("", "bad flag syntax: -"),
            None => self.take_shorts(piece.word, piece.rest),
        }
    }

    /// The options that the program is told, or all complaints.
    pub(super) fn end(mut self) -> Result<Vec<Given>, String> {
        self.check_company();
        if self.complaints.is_empty() {
            self.given.retain(|it| it.flag.told);
            return Ok(self.given);
        }
        let sentences: Vec<_> = self.complaints.into_iter().map(|(_, it)| it).collect();
        Err(sentences.join("\n"))
    }

    fn take_long(&mut self, written: &str, rest: Option<&str>) {
        let (name, value) = match written.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (written, None),
        };
        if name.is_empty() || name.starts_with('-') {
            return self.complain(name, format!("bad flag syntax: --{written}"));
        }
        let forbidden = |it: &&str| it.strip_prefix("--") == Some(name);
        if self.table.forbidden.iter().any(forbidden) {
            let sentence = format!("Flag --{name} is not supported for use with PGO");
            return self.complain(name, sentence);
        }
        match self.table.long(name) {
            Some((flag, negated)) if matches!(flag.kind, Kind::Switch(_)) => {
                self.give_switch(flag, negated, value, rest);
            }
            Some((flag, _)) => self.give_value(flag, value, rest, &format!("--{name}")),
            None if name == "help" => self.complain(name, self.table.usage()),
            None => self.complain(name, format!("unknown flag: --{name}")),
        }
    }

    /// A letter and its value, or several letters that take none.
    fn take_shorts(&mut self, written: &str, rest: Option<&str>) {
        let mut letters = written.chars();
        while let Some(letter) = letters.next() {
            let tail = letters.as_str();
            let forbidden = |it: &&str| it.chars().eq(['-', letter]);
            if self.table.forbidden.iter().any(forbidden) {
                let sentence = format!("Shorthand flag -{letter} is not supported for use with PGO");
                return self.complain(&letter.to_string(), sentence);
            }
            let Some(flag) = self.table.short(letter) else {
                let sentence = match letter {
                    'h' => self.table.usage(),
                    _ => format!("unknown shorthand flag: {letter:?} in -{written}"),
                };
                return self.complain(&letter.to_string(), sentence);
            };
            let value = tail.strip_prefix('=');
            match flag.kind {
                Kind::Switch(_) if value.is_none() && !tail.is_empty() => {
                    self.give_switch(flag, false, None, None);
                }
                Kind::Switch(_) => return self.give_switch(flag, false, value, rest),
                _ => {
                    let value = value.or_else(|| (!tail.is_empty()).then_some(tail));
                    let lacking = format!("{letter:?} in -{written}");
                    return self.give_value(flag, value, rest, &lacking);
                }
            }
        }
    }

    /// Turns something on or off; what stands behind `=` may say which.
    fn give_switch(&mut self, flag: &'static Flag, negated: bool, value: Option<&str>, rest: Option<&str>) {
        if let Some(rest) = rest {
            return self.refuse_stray(flag, rest);
        }
        let Some(yes) = value.map_or(Some(true), truth) else {
            return self.refuse_value(flag, value.unwrap_or_default());
        };
        let said = match flag.kind {
            _ if yes != negated => Some(Said::Yes),
            Kind::Switch(No::Said) => Some(Said::No),
            _ => None,
        };
        self.note(flag, said);
    }

    /// Gives a value, which stands behind `=` or behind a blank.
    fn give_value(&mut self, flag: &'static Flag, value: Option<&str>, rest: Option<&str>, lacking: &str) {
        if let Kind::Gone(why) = flag.kind {
            let sentence = format!("--{} is not possible: {why}", flag.name);
            return self.complain(flag.name, sentence);
        }
        let value = match (value, rest) {
            (Some(_), Some(rest)) => return self.refuse_stray(flag, rest),
            (Some(value), None) | (None, Some(value)) => value,
            (None, None) => {
                return self.complain(flag.name, format!("flag needs an argument: {lacking}"));
            }
        };
        let parts: Vec<&str> = match flag.again {
            Again::AddsParts => value.split(',').map(str::trim).collect(),
            Again::Last | Again::Adds => vec![value],
        };
        match parts.iter().find(|part| !flag.kind.takes(part)) {
            Some(wrong) => self.refuse_value(flag, wrong),
            None => self.note(flag, parts.into_iter().map(|it| Said::Value(it.to_owned()))),
        }
    }

    fn note(&mut self, flag: &'static Flag, said: impl IntoIterator<Item = Said>) {
        if flag.again == Again::Last {
            self.given.retain(|earlier| earlier.flag != flag);
        }
        self.given
            .extend(said.into_iter().map(|said| Given { flag, said }));
    }

    /// What depends on another option is given with it only.
    fn check_company(&mut self) {
        let mut complaints = Vec::new();
        for given in self.given.iter().filter(|it| it.said != Said::No) {
            let name = given.flag.name;
            match given.flag.company {
                Some(Company::With(other, values)) if !self.is_given(other, values) => {
                    complaints.push((name, format!("--{name} needs --{other}{}", behind(values))));
                }
                Some(Company::Without(other, values)) if self.is_given(other, values) => {
                    let sentence = format!("--{name} does not go with --{other}{}", behind(values));
                    complaints.push((name, sentence));
                }
                _ => {}
            }
        }
        for (about, sentence) in complaints {
            self.complain(about, sentence);
        }
    }

    fn is_given(&self, name: &str, values: &[&str]) -> bool {
        self.given
            .iter()
            .filter(|it| it.flag.name == name)
            .any(|it| match &it.said {
                Said::Yes => values.is_empty(),
                Said::No => false,
                Said::Value(value) => values.is_empty() || values.contains(&value.as_str()),
            })
    }

    fn refuse_value(&mut self, flag: &Flag, value: &str) {
        let sentence = format!(
            "invalid argument {value:?} for {:?} flag: it takes {}",
            flag.spelled(),
            flag.kind.described()
        );
        self.complain(flag.name, sentence);
    }

    fn refuse_stray(&mut self, flag: &Flag, rest: &str) {
        let sentence = format!("{rest:?} behind --{} belongs to no option", flag.name);
        self.complain(flag.name, sentence);
    }

    fn complain(&mut self, about: &str, sentence: impl Into<String>) {
        self.complaints.insert((about.to_owned(), sentence.into()));
    }
}

fn behind(values: &[&str]) -> String {
    if values.is_empty() {
        String::new()
    } else {
        format!("={}", values.join(" or "))
    }
}
