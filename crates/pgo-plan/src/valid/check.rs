//! Is this text what it should be? Each answer is a sentence that says what to change.

use crate::names;

/// Checks the name of the ordinary user: it becomes part of the name of a Secret.
pub fn check_user(user: &str) -> Result<(), String> {
    if user == names::SUPERUSER || user == names::REPLICATION_USER {
        return Err(format!(
            "\"{user}\" is a user that every cluster has already: choose another name"
        ));
    }
    if user.len() > 63 || !names::is_dns_subdomain(user) {
        return Err(format!(
            "\"{user}\" cannot be part of the name of a Secret: use lower-case letters, digits, \"-\" and \".\""
        ));
    }
    Ok(())
}

pub(super) fn check_database(database: &str) -> Result<(), String> {
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

pub(super) fn check_object_name(name: &str) -> Result<String, String> {
    let usable = names::is_dns_subdomain(name);
    usable
        .then(|| name.to_owned())
        .ok_or_else(|| format!("\"{name}\" cannot be the name of an object"))
}

pub(super) fn check_tag(tag: &str) -> Result<(), String> {
    let first = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let other = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let usable = tag.len() <= 128 && tag.starts_with(first) && tag.chars().all(other);
    usable.then_some(()).ok_or_else(|| {
        format!("\"{tag}\" cannot be the tag of an image: use letters, digits, \"_\", \".\" and \"-\"")
    })
}
