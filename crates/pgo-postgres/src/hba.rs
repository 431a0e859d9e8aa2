//! Who may connect, from where, and how it proves who it is (`pg_hba.conf`).

/// The only superuser. Inside an instance it needs no password, because the operating system's user is called so, too.
pub const SUPERUSER: &str = "postgres";

/// The rules of every instance, for the given replication role.
///
/// 1. The operating system's user [`SUPERUSER`] is the superuser on the local socket: no password is needed inside.
/// 2. The replication role replicates, and rewinds through the database `postgres`; it sees nothing else.
/// 3. Everybody else needs encryption and a password.
///
/// Rules of the user come between 2 and 3, so that they can be stricter but cannot cut off replication.
pub fn rules(replication: &str, of_user: &[String]) -> Vec<String> {
    let replication = quoted(replication);
    let mut rules = vec![
        format!("local all {SUPERUSER} peer"),
        format!("local replication {replication} scram-sha-256"),
        format!("hostssl replication {replication} all scram-sha-256"),
        format!("hostssl postgres {replication} all scram-sha-256"),
        format!("host all {replication} all reject"),
    ];
    rules.extend(of_user.iter().cloned());
    rules.push("local all all scram-sha-256".to_owned());
    rules.push("hostssl all all all scram-sha-256".to_owned());
    rules
}

/// A user's rule as it is written, or why it is refused.
pub fn parse(rule: &str) -> Result<String, String> {
    let words: Vec<&str> = rule.split_whitespace().collect();
    let kinds = [
        "local",
        "host",
        "hostssl",
        "hostnossl",
        "hostgssenc",
        "hostnogssenc",
    ];
    match words.first() {
        _ if rule.chars().any(|c| c.is_control() && c != '\t') => {
            Err(format!("the pg_hba rule {rule:?} contains control characters"))
        }
        Some(kind) if kinds.contains(kind) && words.len() >= 4 => Ok(words.join(" ")),
        _ => Err(format!(
            "the pg_hba rule {rule:?} does not begin with one of {}",
            kinds.join(", ")
        )),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_the_user_cannot_cut_off_replication() {
        let rules = rules("primaryuser", &["host all all all reject".to_owned()]);
        let place = |text: &str| rules.iter().position(|rule| rule.contains(text)).unwrap();
        assert!(place("hostssl replication") < place("host all all all reject"));
    }

    #[test]
    fn a_rule_cannot_bring_a_second_line_or_a_file() {
        assert!(parse("host all all all trust\nhost x").is_err());
        assert!(parse("@include_dir /etc x y").is_err());
        assert_eq!(
            parse("hostssl  all all 10.0.0.0/8 scram-sha-256").unwrap(),
            "hostssl all all 10.0.0.0/8 scram-sha-256"
        );
    }
}
