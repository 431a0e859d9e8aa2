//! SQL that pgo runs itself. One statement set per function; names only through [`Identifier`].

use crate::identifier::{Identifier, Literal};
use crate::password::Redacted;

/// Options of every session of pgo: what a user puts into `public` is never run as the superuser, and neither
/// the log nor an audit shows a password.
pub const SESSION_OPTIONS: &str = "-c search_path=pg_catalog,pg_temp -c log_statement=none -c log_min_duration_statement=-1 \
     -c log_min_error_statement=panic -c synchronous_commit=local -c statement_timeout=0 \
     -c pgaudit.log=none -c pg_stat_statements.track=none";

/// Creates a role that may log in, unless it exists, and sets its password.
pub fn create_role(role: &Identifier, verifier: &Redacted) -> String {
    let name = Literal(role.as_str());
    let verifier = Literal(verifier.reveal());
    let block = format!(
        "BEGIN\n\
         IF NOT EXISTS (SELECT FROM pg_catalog.pg_authid WHERE rolname = {name}) THEN\n\
         CREATE ROLE {role} LOGIN;\nEND IF;\n\
         ALTER ROLE {role} PASSWORD {verifier};\nEND"
    );
    // A constant as any other: whatever stood between dollar signs, a name could have the same in it.
    format!("DO {}", Literal(&block))
}

/// Asks whether a database exists; answers one row if so.
pub const DATABASE_EXISTS: &str = "SELECT FROM pg_catalog.pg_database WHERE datname = $1";

/// Creates a database. It cannot be made conditional: ask [`DATABASE_EXISTS`] first.
pub fn create_database(database: &Identifier) -> String {
    format!("CREATE DATABASE {database}")
}

/// Gives a role everything in a database.
pub fn grant_database(database: &Identifier, role: &Identifier) -> String {
    format!("GRANT ALL PRIVILEGES ON DATABASE {database} TO {role}")
}

/// Creates the schema that a role's objects go to: it is named like the role, so it comes first in its search path.
pub fn create_schema(role: &Identifier) -> String {
    format!("CREATE SCHEMA IF NOT EXISTS {role} AUTHORIZATION {role}")
}

/// Creates an extension where it is not yet.
pub fn create_extension(extension: &Identifier) -> String {
    format!("CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_role_name_stays_a_name() {
        let role = Identifier::new("o'hara \"x\" $pgo$").unwrap();
        let sql = create_role(&role, &Redacted::new("SCRAM-SHA-256$x"));
        // Every quote twice: once for the constant inside the block, once for the block.
        assert!(sql.contains("rolname = ''o''''hara \"x\" $pgo$''"), "{sql}");
        assert!(
            sql.contains("CREATE ROLE \"o''hara \"\"x\"\" $pgo$\" LOGIN"),
            "{sql}"
        );
        assert!(sql.starts_with("DO 'BEGIN\n") && sql.ends_with("\nEND'"), "{sql}");
    }
}
