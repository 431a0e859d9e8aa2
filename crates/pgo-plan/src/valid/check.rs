//! Is this text what it should be? Each answer is a sentence that says what to change.

use pgo_postgres::option::pg_basebackup::Basebackup;
use pgo_postgres::option::pg_dump::DumpOptions;
use pgo_postgres::option::pg_restore::RestoreDump;
use pgo_postgres::option::pgbackrest::{Backup, Restore};
use pgo_postgres::option::{LONGEST, Options};

use crate::labels::{self, Labels};
use crate::names;

/// Names that PostgreSQL gives to no role (`check_rolespec_name` and `IsReservedName` in its source).
const RESERVED_ROLES: [&str; 2] = ["none", "public"];
/// What the names of PostgreSQL's own roles begin with.
const RESERVED_PREFIX: &str = "pg_";
/// The longest password that is taken, in bytes.
const LONGEST_PASSWORD: usize = 1024;
/// The longest registry and organisation of images: the whole name of an image has at most 255 characters.
const LONGEST_IMAGE_PREFIX: usize = 200;
/// The longest path that is taken, in bytes: that of Linux.
const LONGEST_PATH: usize = 4096;

/// Checks the name of the ordinary user: it becomes part of the name of a Secret.
pub fn check_user(user: &str) -> Result<(), String> {
    if user == names::SUPERUSER || user == names::REPLICATION_USER {
        return Err(format!(
            "\"{user}\" is a user that every cluster has already: choose another name"
        ));
    }
    if RESERVED_ROLES.contains(&user) || user.starts_with(RESERVED_PREFIX) {
        return Err(format!(
            "\"{user}\" is a name that PostgreSQL keeps for itself: choose another one"
        ));
    }
    check_role(user)
}

/// Checks the name of any user of a database: it becomes part of the name of a Secret.
pub fn check_role(user: &str) -> Result<(), String> {
    if user.len() > 63 || !names::is_dns_subdomain(user) {
        return Err(format!(
            "\"{user}\" cannot be part of the name of a Secret: use lower-case letters, digits, \"-\" and \".\""
        ));
    }
    Ok(())
}

/// Checks the name of a database.
pub fn check_database(database: &str) -> Result<(), String> {
    if database.len() > 63 || database.chars().any(char::is_control) {
        return Err("is longer than 63 bytes or has control characters: choose another name".into());
    }
    if ["template0", "template1"].contains(&database) {
        return Err(format!(
            "\"{database}\" belongs to PostgreSQL itself: choose another name"
        ));
    }
    Ok(())
}

/// Checks the name of an object that exists or shall exist.
pub fn check_object_name(name: &str) -> Result<String, String> {
    let usable = names::is_dns_subdomain(name);
    usable
        .then(|| name.to_owned())
        .ok_or_else(|| format!("\"{name}\" cannot be the name of an object"))
}

/// Checks a name that must be a DNS label: that of a policy, of a user or role of pgo, of a namespace.
pub fn check_label(name: &str) -> Result<(), String> {
    names::is_dns_label(name).then_some(()).ok_or_else(|| {
        format!(
            "\"{name}\" is no name: use at most 63 lower-case letters, digits and \"-\", a letter first and no \"-\" last"
        )
    })
}

/// Checks where images come from: a registry, host and port, and the path of an organisation in it; each may be left out.
pub fn check_image_prefix(prefix: &str) -> Result<(), String> {
    let (first, path) = prefix
        .split_once('/')
        .map_or((prefix, None), |(first, path)| (first, Some(path)));
    let usable = prefix.len() <= LONGEST_IMAGE_PREFIX
        && (is_image_path(first) || is_registry(first))
        && path.is_none_or(|path| path.split('/').all(is_image_path));
    usable.then_some(()).ok_or_else(|| {
        format!(
            "\"{prefix}\" cannot stand before the name of an image: write for example crunchydata or \
             registry.example.com:5000/organisation, in lower-case letters, without a \"/\" at the end"
        )
    })
}

/// Whether a text can be one part of the path of an image: words of lower-case letters and digits, between which stand
/// ".", "_", "__" or dashes.
pub(super) fn is_image_path(part: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separates = |text: &str| ["", ".", "_", "__"].contains(&text) || text.chars().all(|c| c == '-');
    part.starts_with(word) && part.ends_with(word) && part.split(word).all(separates)
}

/// Whether a text can be the address of a registry. A name without dot and port would be taken for a path, unless it is
/// `localhost`.
fn is_registry(text: &str) -> bool {
    let (host, port) = text
        .rsplit_once(':')
        .map_or((text, None), |(host, port)| (host, Some(port)));
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let is_host = host.split('.').all(label) && (host.contains('.') || host == "localhost" || port.is_some());
    let is_port = |port: &str| {
        port.chars().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    is_host && port.is_none_or(is_port)
}

/// Characters that the tag of an image may have.
const LONGEST_TAG: usize = 128;

/// Checks the tag of an image.
pub fn check_tag(tag: &str) -> Result<(), String> {
    let first = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let other = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let usable = tag.len() <= LONGEST_TAG && tag.starts_with(first) && tag.chars().all(other);
    usable.then_some(()).ok_or_else(|| {
        format!(
            "\"{tag}\" cannot be the tag of an image: use letters, digits, \"_\", \".\" and \"-\", at most {LONGEST_TAG} of \
             them"
        )
    })
}

/// Checks a password. It is never repeated in the complaint.
pub fn check_password(password: &str) -> Result<(), String> {
    if password.len() > LONGEST_PASSWORD || password.chars().any(char::is_control) {
        return Err(format!(
            "is longer than {LONGEST_PASSWORD} bytes or has control characters: choose another one"
        ));
    }
    Ok(())
}

/// Reads `key=value,key=value`: labels that a user may give to a cluster. Those that are ours to decide are refused.
pub fn check_labels(text: &str) -> Result<Labels, String> {
    let mut found = Labels::new();
    for item in text.split(',') {
        let Some((key, value)) = item.split_once('=') else {
            return Err(format!("invalid label format \"{item}\": write key=value"));
        };
        if !labels::is_label_key(key) || !labels::is_label_value(value) || value.is_empty() {
            return Err(format!(
                "\"{item}\" cannot be a label: use letters, digits, \"-\", \"_\" and \".\", at most 63 of them, a letter \
                 or digit first and last"
            ));
        }
        if labels::is_ours(key) {
            return Err(format!("the label \"{key}\" belongs to pgo: choose another one"));
        }
        found.insert(key.to_owned(), value.to_owned());
    }
    Ok(found)
}

/// Checks a place of backups; `most` says how many may be named at once.
pub fn check_storage_types(text: &str, most: usize) -> Result<(), String> {
    let places: Vec<&str> = text.split(',').collect();
    if let Some(other) = places.iter().find(|place| !["local", "s3"].contains(place)) {
        return Err(format!("\"{other}\" is not known: give local or s3"));
    }
    (places.len() <= most)
        .then_some(())
        .ok_or_else(|| format!("\"{text}\" names too many places: give {most}"))
}

/// Checks the options of a backup by pgBackRest.
pub fn check_backup_options(line: &str) -> Result<(), String> {
    Options::<Backup>::parse(line).map(drop)
}

/// Checks the options of a restore by pgBackRest.
pub fn check_restore_options(line: &str) -> Result<(), String> {
    Options::<Restore>::parse(line).map(drop)
}

/// Checks the options of a backup by `pg_basebackup`.
pub fn check_basebackup_options(line: &str) -> Result<(), String> {
    Options::<Basebackup>::parse(line).map(drop)
}

/// Checks the options of a dump, of one database or of all.
pub fn check_dump_options(line: &str) -> Result<(), String> {
    DumpOptions::parse(line).map(drop)
}

/// Checks the options of the restore of a dump.
pub fn check_dump_restore_options(line: &str) -> Result<(), String> {
    Options::<RestoreDump>::parse(line).map(drop)
}

/// Checks the form of a line of arguments for pgbench, of which there is no list: options begin with a dash, and nothing
/// of the line means anything to a shell.
pub fn check_benchmark_options(line: &str) -> Result<(), String> {
    if line.len() > LONGEST {
        return Err(format!("a line of options has at most {LONGEST} bytes"));
    }
    let special = |c: &char| c.is_control() || !c.is_ascii() || "'\"\\`$;|&<>(){}*?!#~".contains(*c);
    if let Some(c) = line.chars().find(special) {
        return Err(format!("options may not contain the character {c:?}"));
    }
    let mut words = line.split_whitespace();
    let begins = words.next().is_none_or(|word| word.starts_with('-'));
    let named = line
        .split_whitespace()
        .all(|word| !word.starts_with('-') || !word.trim_start_matches('-').is_empty());
    if begins && named {
        Ok(())
    } else {
        Err(format!("\"{line}\" are no options: they begin with --"))
    }
}

/// Checks the moment that a restore goes back to, in whichever form PostgreSQL takes it.
pub fn check_moment(text: &str) -> Result<(), String> {
    let usable = |c: char| c.is_ascii_alphanumeric() || " :.,+-/_".contains(c);
    (text.len() <= 64 && text.chars().all(usable))
        .then_some(())
        .ok_or_else(|| {
            format!("\"{text}\" is no point in time: write for example \"2026-11-20 09:17:00+00\"")
        })
}

/// Checks the path of a file in a container. It never meets a shell, but its reader may think that it does.
pub fn check_path(path: &str) -> Result<(), String> {
    let special = |c: char| c.is_control() || "&|;>".contains(c);
    if path.is_empty() || path.len() > LONGEST_PATH || path.starts_with('-') || path.contains(special) {
        return Err(format!(
            "\"{path}\" is no path: use no \"&\", \"|\", \";\" or \">\", and no \"-\" first"
        ));
    }
    Ok(())
}

/// Checks the address that SQL is fetched from.
pub fn check_url(url: &str) -> Result<(), String> {
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let usable = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric()) && !rest.contains('@');
    (url.len() <= 2048 && url.chars().all(|c| c.is_ascii_graphic()) && host.is_some_and(usable))
        .then_some(())
        .ok_or_else(|| "is no address: write http://… or https://…, without user and password".to_owned())
}

#[cfg(test)]
mod tests;
