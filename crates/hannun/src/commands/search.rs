//! `hannun search`: as `hannun sql`, in the search language.

use super::client::Server;
use super::sql::{print, with_folder};
use crate::config::{SearchSettings, SqlSettings};
use anyhow::{Result, bail};
use hannun_query::{QueryLimits, search, typed};
use hannun_search::{Expr, Field, Filter, Test};
use std::time::{SystemTime, UNIX_EPOCH};

/// The last moment that a timestamp of the store can name, in the year 2262.
const TIME_MS_MAX: i64 = i64::MAX / 1_000_000;

pub fn run(settings: SearchSettings) -> Result<()> {
    let times = Times::of(&settings)?;
    let sql = sql(&settings, &times)?;
    if settings.explain {
        println!("{sql}");
        return Ok(());
    }
    if let Some(url) = &settings.server.url {
        return ask(&Server::at(url, settings.server.token.clone()), &settings, &times);
    }
    let as_sql = SqlSettings {
        query: sql,
        server: settings.server.clone(),
        format: settings.format,
        max_rows: settings.max_rows,
        timeout_seconds: settings.timeout_seconds,
    };
    with_folder(&as_sql, |server| ask(server, &settings, &times))
}

fn ask(server: &Server, settings: &SearchSettings, times: &Times) -> Result<()> {
    let body = serde_json::json!({
        "query": settings.query,
        "source": settings.source.name(),
        "from_ms": times.from_ms,
        "to_ms": times.to_ms,
        "environment": settings.environment,
        "format": settings.format.name(),
        "max_rows": settings.max_rows,
        "timeout_seconds": settings.timeout_seconds,
    });
    print(server.post("/api/v1/search", &body)?)
}

/// The time asked about, in milliseconds since 1970.
struct Times {
    from_ms: i64,
    to_ms: i64,
}

impl Times {
    fn of(settings: &SearchSettings) -> Result<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let to_ms = match settings.to {
            Some(to_ms) => to_ms,
            // What arrived within this millisecond counts.
            None => i64::try_from(now.as_millis())? + 1,
        };
        let since_ms = i64::try_from(settings.since.as_millis())?;
        let from_ms = settings.from.unwrap_or_else(|| to_ms.saturating_sub(since_ms).max(0));
        if from_ms < 0 || to_ms <= from_ms || to_ms > TIME_MS_MAX {
            bail!("--from must be before --to, and neither before 1970 nor after 2262");
        }
        Ok(Self { from_ms, to_ms })
    }
}

/// The search in SQL; an error shows where it is wrong.
fn sql(settings: &SearchSettings, times: &Times) -> Result<String> {
    let mut search = match hannun_search::parse(&settings.query) {
        Ok(search) => search,
        Err(error) => {
            let mark = " ".repeat(error.at);
            bail!("{error}\n  {}\n  {mark}^", settings.query);
        }
    };
    if let Some(name) = settings.environment.as_deref().filter(|name| !name.is_empty()) {
        let whole = Expr::and(vec![environment(name), search.filter.expr().clone()]);
        search.filter = Filter::new(whole)?;
    }
    let limits = QueryLimits::asked(settings.max_rows, settings.timeout_seconds);
    let column = settings.source.time_column();
    let from = typed::timestamp_ms(times.from_ms);
    let to = typed::timestamp_ms(times.to_ms);
    let condition = format!("{column} >= {from} AND {column} < {to}");
    Ok(search::compile(&search, settings.source, &condition, limits.rows_max)?)
}

/// Rows of this environment; `none` are those that name no other.
fn environment(name: &str) -> Expr {
    let of = |test| Expr::Field { field: Field::Named("env".to_owned()), test };
    let this = of(Test::Is(name.to_owned()));
    match name {
        "none" => Expr::or(vec![Expr::not(of(Test::Exists)), this]),
        _ => this,
    }
}
