//! SQLite files behind the services, with a client span per statement.
//!
//! sqlx runs every SQLite connection on a thread of its own. On a virtual clock its answers must
//! not be awaited: the runtime would see nothing to do and let the clock jump. There the thread
//! waits for the answer itself, which takes some ten microseconds and no business time.
//!
//! A file of this size answers in microseconds, as no database under load does. So every
//! statement also takes a simulated time, during which the one connection is held: statements
//! queue as they would behind a real one.

use crate::ShopError;
use crate::business_clock::BusinessClock;
use crate::cluster::DATABASE;
use crate::telemetry::{Failure, OpenSpan, Scope};
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use parking_lot::Mutex;
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Sqlite, SqliteConnection};
use std::future::Future;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Over which time the load of a database is averaged.
const LOAD_SECONDS: f64 = 60.0;
/// How much slower an overloaded database gets at most.
const SLOWDOWN_MAX: f64 = 12.0;

/// One SQL statement, always the same text, with its values apart.
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    pub operation: &'static str,
    pub collection: &'static str,
    pub sql: &'static str,
    /// Typical time it takes, in microseconds.
    pub typical_micros: u64,
}

/// A value bound to a statement.
#[derive(Debug, Clone)]
pub enum Bind {
    Int(u64),
    Text(String),
}

impl From<u64> for Bind {
    fn from(value: u64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Bind {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// How a database behaves.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// Writes per minute at which it is twice as slow; slower still beyond, by the square.
    pub writes_per_minute: f64,
}

#[derive(Debug)]
pub struct Database {
    namespace: String,
    clock: BusinessClock,
    profile: Profile,
    connection: tokio::sync::Mutex<SqliteConnection>,
    load: Mutex<Load>,
}

#[derive(Debug)]
struct Load {
    writes: f64,
    at: SystemTime,
}

impl Database {
    /// Opens `folder/<namespace>.sqlite` and makes sure that `schema` exists.
    pub async fn open(
        folder: &Path,
        namespace: &str,
        schema: &'static [&'static str],
        clock: &BusinessClock,
        profile: Profile,
    ) -> Result<Self, ShopError> {
        let path = folder.join(format!("{namespace}.sqlite"));
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A history that is cut short is played again from the start.
            .synchronous(if clock.is_virtual() {
                SqliteSynchronous::Off
            } else {
                SqliteSynchronous::Normal
            })
            .disable_statement_logging();
        let failed = |source| ShopError::Database { path: path.clone(), source };
        let mut connection = settle(clock, options.connect()).await.map_err(failed)?;
        for statement in schema {
            let created = sqlx::query(*statement).execute(&mut connection);
            settle(clock, created).await.map_err(failed)?;
        }
        Ok(Self {
            namespace: namespace.to_owned(),
            clock: clock.clone(),
            profile,
            connection: tokio::sync::Mutex::new(connection),
            load: Mutex::new(Load { writes: 0.0, at: clock.now() }),
        })
    }

    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Runs one statement and returns its rows.
    pub async fn query(
        &self,
        scope: &Scope,
        statement: &Statement,
        binds: &[Bind],
    ) -> Result<Vec<SqliteRow>, Failure> {
        let span = self.span(scope, statement);
        let mut connection = self.connection.lock().await;
        self.run(&span, &mut connection, statement, binds).await
    }

    /// Runs statements in one transaction.
    pub async fn transaction(
        &self,
        scope: &Scope,
        statements: &[(&Statement, Vec<Bind>)],
    ) -> Result<(), Failure> {
        let mut connection = self.connection.lock().await;
        self.plain(&mut connection, "BEGIN IMMEDIATE").await.map_err(database_failure)?;
        for (statement, binds) in statements {
            let span = self.span(scope, statement);
            if let Err(failure) = self.run(&span, &mut connection, statement, binds).await {
                self.plain(&mut connection, "ROLLBACK").await.map_err(database_failure)?;
                return Err(failure.through());
            }
        }
        self.plain(&mut connection, "COMMIT").await.map_err(database_failure)
    }

    /// A statement for the shop's own upkeep: no span, no simulated time.
    pub async fn upkeep(
        &self,
        sql: &'static str,
        binds: &[Bind],
    ) -> Result<Vec<SqliteRow>, Failure> {
        let mut connection = self.connection.lock().await;
        let query = bound(sql, binds).fetch_all(&mut *connection);
        settle(&self.clock, query).await.map_err(database_failure)
    }

    fn span(&self, scope: &Scope, statement: &Statement) -> OpenSpan {
        scope.span(
            format!("{} {}", statement.operation, statement.collection),
            SpanKind::Client,
            vec![
                KeyValue::new("db.system.name", "sqlite"),
                KeyValue::new("db.namespace", self.namespace.clone()),
                KeyValue::new("server.address", DATABASE),
                KeyValue::new("db.operation.name", statement.operation),
                KeyValue::new("db.collection.name", statement.collection),
                KeyValue::new("db.query.text", statement.sql),
            ],
        )
    }

    async fn run(
        &self,
        span: &Scope,
        connection: &mut SqliteConnection,
        statement: &Statement,
        binds: &[Bind],
    ) -> Result<Vec<SqliteRow>, Failure> {
        let query = bound(statement.sql, binds).fetch_all(connection);
        let answer = settle(&self.clock, query).await;
        let typical = Duration::from_micros(statement.typical_micros);
        let slowdown = self.slowdown(statement.operation != "SELECT");
        let delay = span.dice("database").around(typical).mul_f64(slowdown);
        self.clock.simulate(delay).await;
        answer.map_err(|error| {
            let failure = database_failure(error);
            span.fail(failure.class, failure.message.clone());
            failure
        })
    }

    async fn plain(
        &self,
        connection: &mut SqliteConnection,
        sql: &'static str,
    ) -> Result<(), sqlx::Error> {
        settle(&self.clock, sqlx::query(sql).execute(connection)).await.map(|_| ())
    }

    /// Counts a write and says how much slower than usual a statement is. What a shard runs out of
    /// is its disk; reads come from memory.
    fn slowdown(&self, is_write: bool) -> f64 {
        let mut load = self.load.lock();
        let now = self.clock.now();
        let passed = now.duration_since(load.at).unwrap_or_default().as_secs_f64();
        load.writes = load.writes * (-passed / LOAD_SECONDS).exp() + f64::from(u8::from(is_write));
        load.at = now;
        let per_minute = load.writes * 60.0 / LOAD_SECONDS;
        (1.0 + (per_minute / self.profile.writes_per_minute).powi(2)).min(SLOWDOWN_MAX)
    }
}

fn bound(sql: &'static str, binds: &[Bind]) -> Query<'static, Sqlite, SqliteArguments> {
    let mut query = sqlx::query(sql);
    for bind in binds {
        query = match bind {
            Bind::Int(value) => query.bind(*value as i64),
            Bind::Text(text) => query.bind(text.clone()),
        };
    }
    query
}

#[track_caller]
fn database_failure(error: sqlx::Error) -> Failure {
    Failure::new(500, "sqlx::Error", error.to_string())
}

/// Waits for a future of sqlx, with the thread when the clock is virtual.
async fn settle<F: Future>(clock: &BusinessClock, work: F) -> F::Output {
    if clock.is_virtual() { futures::executor::block_on(work) } else { work.await }
}
