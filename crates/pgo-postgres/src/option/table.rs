//! What a program may be told, as data.

use super::kind::{Kind, No};

/// Everything a user may say to one program.
#[derive(Debug)]
pub struct Table {
    /// The program, for people.
    pub(super) program: &'static str,
    /// What may be said.
    pub(super) flags: &'static [Flag],
    /// What version 4.2 refused by name, with its dashes. What is in neither list is refused as unknown.
    pub(super) forbidden: &'static [&'static str],
}

/// One option of a program.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flag {
    /// Its name, without dashes: what the program calls it.
    pub(super) name: &'static str,
    /// The letter that stands for it.
    pub(super) short: Option<char>,
    /// Which values it takes.
    pub(super) kind: Kind,
    /// What becomes of it when it is given twice.
    pub(super) again: Again,
    /// Which other option it depends on.
    pub(super) company: Option<Company>,
    /// Whether the program is told.
    pub(super) told: bool,
}

/// What giving an option twice means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// The last one counts.
    Last,
    /// Each adds something.
    Adds,
    /// Each adds something, and so does each part between commas.
    AddsParts,
}

/// How an option depends on the value of another; no values mean any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Company {
    /// It is for nothing else than this.
    With(&'static str, &'static [&'static str]),
    /// It is for everything but this.
    Without(&'static str, &'static [&'static str]),
}

/// An option that takes a value.
pub(super) const fn value(name: &'static str, kind: Kind) -> Flag {
    Flag {
        name,
        short: None,
        kind,
        again: Again::Last,
        company: None,
        told: true,
    }
}

/// `--name`
pub(super) const fn on(name: &'static str) -> Flag {
    value(name, Kind::Switch(No::Unknown))
}

/// `--name` and `--no-name`
pub(super) const fn switch(name: &'static str) -> Flag {
    value(name, Kind::Switch(No::Said))
}

/// An option that version 4.2 took, and that makes no sense any more, or never did.
pub(super) const fn gone(name: &'static str, why: &'static str) -> Flag {
    value(name, Kind::Gone(why))
}

impl Flag {
    pub(super) const fn short(self, letter: char) -> Self {
        let short = Some(letter);
        Self { short, ..self }
    }

    pub(super) const fn adds(self) -> Self {
        let again = Again::Adds;
        Self { again, ..self }
    }

    pub(super) const fn adds_parts(self) -> Self {
        let again = Again::AddsParts;
        Self { again, ..self }
    }

    pub(super) const fn with(self, name: &'static str, values: &'static [&'static str]) -> Self {
        let company = Some(Company::With(name, values));
        Self { company, ..self }
    }

    pub(super) const fn without(self, name: &'static str, values: &'static [&'static str]) -> Self {
        let company = Some(Company::Without(name, values));
        Self { company, ..self }
    }

    /// It is checked, and the program is not told: it would refuse what changes nothing.
    pub(super) const fn untold(self) -> Self {
        Self { told: false, ..self }
    }

    /// How it may be written.
    pub(super) fn spelled(&self) -> String {
        match self.short {
            Some(letter) => format!("-{letter}, --{}", self.name),
            None => format!("--{}", self.name),
        }
    }
}

impl Table {
    /// Finds an option by its long name, and says whether it is negated.
    pub(super) fn long(&self, name: &str) -> Option<(&'static Flag, bool)> {
        let find = |name: &str| self.flags.iter().find(|flag| flag.name == name);
        if let Some(flag) = find(name) {
            return Some((flag, false));
        }
        let flag = find(name.strip_prefix("no-")?)?;
        let negated = matches!(flag.kind, Kind::Switch(No::Said | No::LeftOut));
        negated.then_some((flag, true))
    }

    /// Finds an option by its letter.
    pub(super) fn short(&self, letter: char) -> Option<&'static Flag> {
        self.flags.iter().find(|flag| flag.short == Some(letter))
    }

    /// Everything that may be said, for who asks for help.
    pub(super) fn usage(&self) -> String {
        let takes = self
            .flags
            .iter()
            .filter(|flag| !matches!(flag.kind, Kind::Gone(_)))
            .map(|flag| match flag.kind {
                Kind::Switch(No::Said | No::LeftOut) => format!("--[no-]{}", flag.name),
                _ => flag.spelled(),
            });
        let takes: Vec<_> = takes.collect();
        format!("options of {}: {}", self.program, takes.join("; "))
    }
}
