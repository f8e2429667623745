//! The queries of one payload: a statement that comes again is read once and stored once.

use super::describe::Described;
use super::query::{Dialect, Query, commands_only, keys_only, without_values};
use std::collections::HashMap;

/// Different statements remembered of one payload.
const REMEMBERED_MAX: usize = 256;

/// What a span did to its database. `statement` is what other attributes say about it.
pub fn query_of(described: &Described<'_>, database: &str, statement: &str) -> Option<Query> {
    let is_sql = matches!(described.span_type, "sql" | "db" | "cassandra")
        || matches!(
            database,
            "postgresql"
                | "mysql"
                | "mariadb"
                | "sqlite"
                | "microsoft.sql_server"
                | "oracle.db"
                | "other_sql"
                | "cassandra"
        );
    let statement = if statement.is_empty() { described.resource } else { statement };
    match database {
        "" => None,
        "redis" | "valkey" | "memcached" => Some(commands_only(statement)),
        "mongodb" | "elasticsearch" | "opensearch" if statement != described.resource => {
            Some(Query { text: keys_only(statement), ..Query::default() })
        }
        _ if is_sql && statement != described.operation => {
            Some(without_values(statement, Dialect::of(database)))
        }
        _ => None,
    }
}

/// Statements of one payload and what they come to.
#[derive(Debug, Default)]
pub struct Queries<'a> {
    known: HashMap<(&'a str, &'a str), Option<Query>, foldhash::fast::FixedState>,
    last: Option<Query>,
}

impl<'a> Queries<'a> {
    /// What a span did to its database.
    pub fn of(
        &mut self,
        described: &Described<'a>,
        database: &'a str,
        statement: &'a str,
    ) -> Option<&Query> {
        if database.is_empty() {
            return None;
        }
        let key = (database, if statement.is_empty() { described.resource } else { statement });
        if self.known.len() >= REMEMBERED_MAX && !self.known.contains_key(&key) {
            self.last = query_of(described, database, statement);
            return self.last.as_ref();
        }
        let known = self.known.entry(key);
        known.or_insert_with(|| query_of(described, database, statement)).as_ref()
    }
}
