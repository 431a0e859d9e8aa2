//! Options that a user may give to the programs that work for a cluster: pgBackRest, `pg_dump` and their relatives.
//!
//! These programs have options that run other programs, read and write files and send data elsewhere. So each has a
//! table of what a user may say to it, and what is not in the table is refused. A user's line is cut without a shell,
//! and every value must be of the kind that the table names; what comes out are words for the program, and nothing of
//! the line reaches it in any other way.
//!
//! The tables are those of version 4.2, and so is the reading (GNU style, as its parser did it):
//!
//! * A line of blanks has no options. Any other begins with `-`.
//! * An option begins at each blank that is followed by `-`, so that values may contain blanks.
//! * `--name=value`, `--name value`, `-nvalue`, `-n=value` and `-n value` are the same; short ones that take no value can
//!   be bundled. What is on or off takes `=true` and `=false`.
//! * Of an option that is given twice the last counts, unless each adds something.
//! * All complaints come at once, sorted by option, one on each line.
//!
//! Here we are stricter, on purpose. Version 4.2 skipped words that belong to no option, but passed them on, where
//! `pg_dump` takes them for the name of a database: they are refused. So are characters beyond ASCII, and numbers that
//! are not plain decimals (`010` is eight to one reader and ten to the next). Of an option that is given twice, the value
//! that does not count must be right, too. What has changed in the programs since then, and where version 4.2 had
//! holes, is said in the tables.

pub mod pgbackrest;

pub mod pg_basebackup;

pub mod pg_dump;

pub mod pg_restore;

mod table;

mod kind;

mod line;

mod reading;

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use self::line::Piece;
use self::reading::Reading;
use self::table::{Flag, Table};

/// The longest line that is read, in bytes.
pub const LONGEST: usize = 4096;

/// A program that a user may give options to.
pub trait Program {
    /// What it may be told.
    const TABLE: &'static Table;
}

/// Options for one program, all of them allowed and in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "P: Program + Clone", into = "Vec<String>", try_from = "Vec<String>")]
pub struct Options<P> {
    given: Vec<Given>,
    program: PhantomData<P>,
}

/// One option with what is said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Given {
    flag: &'static Flag,
    said: Said,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Yes,
    No,
    Value(String),
}

impl<P: Program> Options<P> {
    /// Reads a user's line. The error is everything that is wrong with it, a sentence on each line.
    pub fn parse(line: &str) -> Result<Self, String> {
        Self::read(&line::cut(line)?)
    }

    /// Whether the program is told nothing.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// The words for the program, each an option with its value.
    pub fn argv(&self) -> Vec<String> {
        self.given.iter().map(Given::word).collect()
    }

    fn read(pieces: &[Piece<'_>]) -> Result<Self, String> {
        let mut reading = Reading::by(P::TABLE);
        for piece in pieces {
            reading.take(piece);
        }
        Ok(Self {
            given: reading.end()?,
            program: PhantomData,
        })
    }
}

impl Given {
    fn word(&self) -> String {
        let name = self.flag.name;
        match &self.said {
            Said::Yes => format!("--{name}"),
            Said::No => format!("--no-{name}"),
            Said::Value(value) => format!("--{name}={value}"),
        }
    }
}

impl<P: Program> From<Options<P>> for Vec<String> {
    fn from(options: Options<P>) -> Self {
        options.argv()
    }
}

/// Whoever receives options checks them again.
impl<P: Program> TryFrom<Vec<String>> for Options<P> {
    type Error = String;

    fn try_from(words: Vec<String>) -> Result<Self, String> {
        let pieces: Result<Vec<_>, _> = words.iter().map(|word| Piece::whole(word)).collect();
        Self::read(&pieces?)
    }
}

#[cfg(test)]
mod tests;
