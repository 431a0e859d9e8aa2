//! What a command line must say before anything is asked of anybody.

use crate::failure::Failure;

/// Demands that clusters are named or selected.
pub(super) fn clusters(names: &[String], selector: &str) -> Result<(), Failure> {
    if names.is_empty() && selector.is_empty() {
        return Err(Failure::Usage(
            "a cluster name is required: name one, or use --selector".to_owned(),
        ));
    }
    Ok(())
}

/// Demands that clusters are named or selected, or that all are meant.
pub(super) fn clusters_or_all(names: &[String], selector: &str, all: bool) -> Result<(), Failure> {
    if names.is_empty() && selector.is_empty() && !all {
        return Err(Failure::Usage(
            "a cluster name is required: name one, or use --selector or --all".to_owned(),
        ));
    }
    Ok(())
}

/// Demands at least one name; `what` says of what.
pub(super) fn names(names: &[String], what: &str) -> Result<(), Failure> {
    first(names, what).map(|_| ())
}

/// Demands at least one name, unless all are meant.
pub(super) fn names_or_all(names: &[String], all: bool, what: &str) -> Result<(), Failure> {
    if names.is_empty() && !all {
        return Err(Failure::Usage(format!(
            "a {what} name is required: name one, or use --all"
        )));
    }
    Ok(())
}

/// Takes the first name; what follows it never counted.
pub(super) fn first<'a>(names: &'a [String], what: &str) -> Result<&'a str, Failure> {
    match names.first() {
        Some(name) => Ok(name),
        None => Err(Failure::Usage(format!("a {what} name is required"))),
    }
}

/// Demands a flag; `why` may follow the demand.
pub(super) fn flag(value: &str, flag: &str, why: &str) -> Result<(), Failure> {
    if value.is_empty() {
        return Err(Failure::Usage(format!("{flag} is required{why}")));
    }
    Ok(())
}
