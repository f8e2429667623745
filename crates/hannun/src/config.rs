//! Settings: the command line, `HANNUN_…` variables, and a file. In that order the first wins.

mod cost;
mod datadog;

pub use cost::{CostCommand, ImportSettings, SnapshotSettings};
pub use datadog::DatadogSettings;

use crate::size::{parse_bytes, parse_duration, parse_time_ms};
use anyhow::{Context, Result, bail};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use hannun_demo::{LIVE_RATE, Scenario};
use hannun_lake::options::RETENTION_DAYS_DEFAULT;
use hannun_model::limits::{
    MEMORY_LIMIT_BYTES_MIN, SHOP_HISTORY_DAYS_MAX, SHOP_ORDERS_PER_DAY_MAX,
};
use hannun_model::table::Table;
use hannun_query::search::Source;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Traces, metrics, logs and cost in one store, asked in one language.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Accept telemetry and answer questions about it.
    Serve(Box<ServeSettings>),
    /// Run the server with a small shop beside it, whose services send real telemetry.
    Demo(Box<DemoSettings>),
    /// Ask in SQL.
    ///
    /// Asks the server that runs on the data folder, or opens the folder when none does.
    Sql(SqlSettings),
    /// Search logs or spans, the last hour unless told.
    ///
    /// Asks the server that runs on the data folder, or opens the folder when none does.
    Search(SearchSettings),
    /// Follow files or standard input and send each line as a log record.
    Tail(crate::commands::tail::TailSettings),
    /// Make the documents of Hannun those of a folder of files.
    ///
    /// Shows what changes, and changes it all or not at all. With --plan nothing is changed.
    Apply(ApplySettings),
    /// Write the documents of Hannun to a folder of files.
    Export(ExportSettings),
    /// Print a new one-time link that makes an owner account on the running server.
    OwnerLink(Folder),
    /// Import bills, and see which ones there are.
    #[command(subcommand)]
    Cost(CostCommand),
    /// Look for damage in a data folder, and mend its catalog.
    Doctor(DoctorSettings),
}

/// Where the data is.
#[derive(Debug, Clone, Args)]
pub struct Folder {
    /// Folder of the data.
    #[arg(long, env = "HANNUN_DATA_DIR", default_value = "./data", value_name = "DIR")]
    pub data_dir: PathBuf,
    /// Catalog to use instead of catalog.sqlite in the data folder: postgres://… or sqlite://…
    #[arg(long, env = "HANNUN_CATALOG_URL", value_name = "URL", hide_env_values = true)]
    pub catalog_url: Option<String>,
    /// Ledger (people, keys, documents) to use instead of ledger.sqlite in the data folder:
    /// postgres://… or sqlite://…
    #[arg(long, env = "HANNUN_LEDGER_URL", value_name = "URL", hide_env_values = true)]
    pub ledger_url: Option<String>,
}

/// Which server to ask.
#[derive(Debug, Clone, Args)]
pub struct ServerChoice {
    #[command(flatten)]
    pub folder: Folder,
    /// Server to ask instead of the one of the data folder, such as http://127.0.0.1:7070.
    #[arg(long, env = "HANNUN_URL", value_name = "URL")]
    pub url: Option<String>,
    /// API key or owner token for --url; the token of the data folder otherwise.
    #[arg(long, env = "HANNUN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub token: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub struct ApplySettings {
    /// Folder with the documents (*.yaml, *.yml, *.json), or one file of them. Service definitions
    /// of Datadog (service.datadog.yaml, entity.datadog.yaml) are read as they are.
    #[arg(short = 'f', long = "files", value_name = "PATH")]
    pub files: PathBuf,
    #[command(flatten)]
    pub server: ServerChoice,
    /// Only show what would change.
    #[arg(long)]
    pub plan: bool,
    /// Delete documents that came from this source and are not in the files any more.
    #[arg(long)]
    pub prune: bool,
    /// Name under which these documents are managed; the name of the folder when not given, and of
    /// one file folder/file.
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub struct ExportSettings {
    /// Folder to write to.
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    #[command(flatten)]
    pub server: ServerChoice,
    /// Only documents of this kind.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub struct DemoSettings {
    #[command(flatten)]
    pub serve: ServeSettings,
    /// What goes wrong in the shop: mixed, calm, registry-timeout, bad-deploy, cache-stampede or
    /// shard-skew.
    #[arg(long, default_value = "mixed", value_name = "NAME")]
    pub scenario: Scenario,
    /// Days of business to play before now.
    #[arg(long, default_value_t = 3.0, value_parser = parse_days, value_name = "N")]
    pub days: f64,
    /// When the history ends, in seconds since 1970, instead of now.
    #[arg(long, value_name = "SECONDS")]
    pub until: Option<u64>,
    /// Orders of one day.
    #[arg(long, default_value_t = 2000.0, value_parser = parse_orders, value_name = "N")]
    pub orders_per_day: f64,
    /// The same seed plays the same business.
    #[arg(long, default_value_t = 7, value_name = "N")]
    pub seed: u64,
    /// How much busier than its history the shop is while it runs live.
    #[arg(long, default_value_t = LIVE_RATE, value_parser = parse_rate, value_name = "FACTOR")]
    pub rate: f64,
    /// Go on live after the history.
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set, value_name = "BOOL")]
    pub live: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ServeSettings {
    #[command(flatten)]
    pub folder: Folder,
    /// TOML file with settings, named like these options without the dashes in front.
    #[arg(long, env = "HANNUN_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// UI, API and every HTTP intake. Each listener takes HOST:PORT or "off"; port 0 is a free one.
    #[arg(long, env = "HANNUN_LISTEN", default_value = "127.0.0.1:7070", value_name = "ADDRESS")]
    pub listen: String,
    /// OTLP over gRPC.
    #[arg(
        long,
        env = "HANNUN_OTLP_GRPC_LISTEN",
        default_value = "127.0.0.1:4317",
        value_name = "ADDRESS"
    )]
    pub otlp_grpc_listen: String,
    /// OTLP over HTTP: /v1/traces, /v1/metrics, /v1/logs.
    #[arg(
        long,
        env = "HANNUN_OTLP_HTTP_LISTEN",
        default_value = "127.0.0.1:4318",
        value_name = "ADDRESS"
    )]
    pub otlp_http_listen: String,
    /// Fluent forward over TCP; 127.0.0.1:24224 when not given and free. Senders on other machines
    /// give as their shared key what intake.key or --intake-key says; keys made on the API keys page
    /// do not work there.
    #[arg(long, env = "HANNUN_FLUENT_LISTEN", value_name = "ADDRESS")]
    pub fluent_listen: Option<String>,
    #[command(flatten)]
    pub datadog: DatadogSettings,
    /// Syslog over UDP, RFC 5424 and 3164. Off by default: syslog knows no keys, so whoever reaches
    /// the address may send.
    #[arg(long, env = "HANNUN_SYSLOG_UDP_LISTEN", default_value = "off", value_name = "ADDRESS")]
    pub syslog_udp_listen: String,
    /// Syslog over TCP. Off by default, as over UDP.
    #[arg(long, env = "HANNUN_SYSLOG_TCP_LISTEN", default_value = "off", value_name = "ADDRESS")]
    pub syslog_tcp_listen: String,
    /// Memory of the whole process, such as 512MiB. Half of the machine when not given.
    #[arg(long, env = "HANNUN_MEMORY_LIMIT", value_parser = parse_memory, value_name = "SIZE")]
    pub memory_limit: Option<u64>,
    /// Disk that data may use; the oldest time windows are dropped to stay below. 80 % of what the
    /// file system could give when not given.
    #[arg(long, env = "HANNUN_DISK_BUDGET", value_parser = parse_bytes, value_name = "SIZE")]
    pub disk_budget: Option<u64>,
    /// How long each table is kept, such as spans=15d,logs=15d,metric_points=90d,span_stats=90d,
    /// span_errors=90d,client_stats=90d,profiles=15d (the default).
    #[arg(
        long,
        env = "HANNUN_RETENTION",
        value_parser = parse_retention,
        value_delimiter = ',',
        value_name = "TABLE=DURATION"
    )]
    pub retention: Vec<(Table, Duration)>,
    /// How often Hannun's own numbers are kept as metric points of the service "hannun", or "off".
    #[arg(
        long,
        env = "HANNUN_OWN_METRICS_INTERVAL",
        default_value = "60s",
        value_parser = parse_interval,
        value_name = "DURATION"
    )]
    pub own_metrics_interval: OwnMetrics,
    /// Certificate (chain) in PEM for every listener; read again when it changes.
    #[arg(long, env = "HANNUN_TLS_CERT", requires = "tls_key", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// Private key in PEM.
    #[arg(long, env = "HANNUN_TLS_KEY", requires = "tls_cert", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Intake keys accepted besides the one in intake.key of the data folder.
    #[arg(
        long = "intake-key",
        env = "HANNUN_INTAKE_KEYS",
        value_delimiter = ',',
        hide_env_values = true,
        value_name = "KEY"
    )]
    pub intake_keys: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    Table,
    Json,
    Csv,
    Arrow,
}

impl OutputFormat {
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Arrow => "arrow",
        }
    }
}

#[derive(Debug, Clone, Args)]
pub struct SqlSettings {
    /// The query.
    pub query: String,
    #[command(flatten)]
    pub server: ServerChoice,
    /// How to print the answer.
    #[arg(long, value_enum, default_value = "table")]
    pub format: OutputFormat,
    /// Rows to print at most.
    #[arg(long, value_name = "N")]
    pub max_rows: Option<usize>,
    /// Seconds to wait at most.
    #[arg(long, value_name = "N")]
    pub timeout_seconds: Option<u64>,
}

#[derive(Debug, Clone, Args)]
pub struct SearchSettings {
    /// The search, such as 'service:web status:error | top 10 @http.route'.
    #[arg(allow_hyphen_values = true)]
    pub query: String,
    #[command(flatten)]
    pub server: ServerChoice,
    /// What to search: logs or spans.
    #[arg(long, default_value = "logs", value_parser = parse_source, value_name = "SOURCE")]
    pub source: Source,
    /// How long before --to to begin, such as 15m, 1h or 7d.
    #[arg(long, default_value = "1h", value_parser = parse_duration, value_name = "DURATION")]
    pub since: Duration,
    /// When to begin, instead of --since: 2026-11-21T09:00:00Z, or milliseconds since 1970.
    #[arg(long, value_parser = parse_time_ms, value_name = "TIME")]
    pub from: Option<i64>,
    /// When to end; now when not given.
    #[arg(long, value_parser = parse_time_ms, value_name = "TIME")]
    pub to: Option<i64>,
    /// Only this deployment environment; "none" is telemetry without one.
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// How to print the answer.
    #[arg(long, value_enum, default_value = "table")]
    pub format: OutputFormat,
    /// Rows to print at most.
    #[arg(long, value_name = "N")]
    pub max_rows: Option<usize>,
    /// Seconds to wait at most.
    #[arg(long, value_name = "N")]
    pub timeout_seconds: Option<u64>,
    /// Print the same question in SQL instead of its answer.
    #[arg(long)]
    pub explain: bool,
}

#[derive(Debug, Clone, Args)]
pub struct DoctorSettings {
    #[command(flatten)]
    pub folder: Folder,
    /// Make the catalog anew from the data files alone.
    #[arg(long)]
    pub rebuild_catalog: bool,
}

/// Whether and how often Hannun keeps its own numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnMetrics {
    Off,
    Every(Duration),
}

fn parse_interval(text: &str) -> Result<OwnMetrics, String> {
    if text == "off" {
        return Ok(OwnMetrics::Off);
    }
    let interval = parse_duration(text)?;
    if interval < Duration::from_secs(1) {
        return Err("the least is 1s".to_owned());
    }
    Ok(OwnMetrics::Every(interval))
}

/// Reads a number of this range, its ends included.
fn parse_within(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "write a number such as 1.5".to_owned())?;
    if (least..=most).contains(&number) {
        return Ok(number);
    }
    Err(format!("must be from {least} to {most}"))
}

fn parse_source(text: &str) -> Result<Source, String> {
    Source::by_name(text).ok_or_else(|| "use logs or spans".to_owned())
}

fn parse_days(text: &str) -> Result<f64, String> {
    parse_within(text, 0.0, SHOP_HISTORY_DAYS_MAX)
}

fn parse_orders(text: &str) -> Result<f64, String> {
    parse_within(text, 1.0, SHOP_ORDERS_PER_DAY_MAX)
}

fn parse_rate(text: &str) -> Result<f64, String> {
    parse_within(text, 0.01, 1000.0)
}

fn parse_memory(text: &str) -> Result<u64, String> {
    let bytes = parse_bytes(text)?;
    if bytes < MEMORY_LIMIT_BYTES_MIN {
        return Err(format!("the least is {} MiB", MEMORY_LIMIT_BYTES_MIN / (1024 * 1024)));
    }
    Ok(bytes)
}

fn parse_retention(text: &str) -> Result<(Table, Duration), String> {
    let (table, duration) =
        text.split_once('=').ok_or("write TABLE=DURATION, such as logs=15d".to_owned())?;
    let kept = RETENTION_DAYS_DEFAULT.map(|(table, _)| table);
    let table = kept.into_iter().find(|known| known.name() == table).ok_or_else(|| {
        let names = kept.map(Table::name).join(", ");
        format!("unknown table {table:?}; use one of {names}")
    })?;
    Ok((table, parse_duration(duration)?))
}

/// Adds the settings of the `--config` file to the arguments, where neither the command line nor
/// the environment sets them.
pub fn with_file(mut arguments: Vec<OsString>) -> Result<Vec<OsString>> {
    let Some(name) = arguments.get(1).and_then(|name| name.to_str()) else { return Ok(arguments) };
    if !["serve", "demo"].contains(&name) {
        return Ok(arguments);
    }
    let name = name.to_owned();
    let Some(path) = config_path(&arguments) else { return Ok(arguments) };
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("failed to read the settings {}", path.display()))?;
    let settings: toml::Table =
        text.parse().with_context(|| format!("failed to read the settings {}", path.display()))?;
    let command = Cli::command();
    let serve = command.find_subcommand(&name).context("no such command")?;
    for (key, value) in settings {
        let known = serve.get_arguments().find(|argument| argument.get_long() == Some(&key));
        let Some(known) = known else {
            bail!("{}: unknown setting {key:?}; see hannun {name} --help", path.display());
        };
        let flag = format!("--{key}");
        let typed = arguments.iter().any(|argument| {
            let argument = argument.to_string_lossy();
            argument == flag || argument.starts_with(&format!("{flag}="))
        });
        let in_environment = known.get_env().is_some_and(|name| std::env::var_os(name).is_some());
        if !typed && !in_environment {
            arguments.insert(2, format!("{flag}={}", setting_text(&key, &value)?).into());
        }
    }
    Ok(arguments)
}

fn config_path(arguments: &[OsString]) -> Option<PathBuf> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--config" {
            return rest.next().map(PathBuf::from);
        }
        if let Some(path) = argument.to_string_lossy().strip_prefix("--config=") {
            return Some(PathBuf::from(path));
        }
    }
    std::env::var_os("HANNUN_CONFIG").map(PathBuf::from)
}

/// A value as it would be typed: a list with commas, a table as `name=value` pairs.
fn setting_text(key: &str, value: &toml::Value) -> Result<String> {
    Ok(match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(value) => value.to_string(),
        toml::Value::Array(items) => {
            let items: Result<Vec<_>> = items.iter().map(|item| setting_text(key, item)).collect();
            items?.join(",")
        }
        toml::Value::Table(entries) => {
            let entries: Result<Vec<_>> = entries
                .iter()
                .map(|(name, value)| Ok(format!("{name}={}", setting_text(key, value)?)))
                .collect();
            entries?.join(",")
        }
        other => bail!("setting {key:?} cannot be {}", other.type_str()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_file_sets_what_was_not_typed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hannun.toml");
        std::fs::write(
            &path,
            "listen = \"127.0.0.1:1\"\nmemory-limit = \"1GiB\"\n[retention]\nlogs = \"3d\"\n",
        )
        .unwrap();
        let typed = ["hannun", "serve", "--config", path.to_str().unwrap(), "--listen", "off"];
        let arguments = with_file(typed.iter().map(OsString::from).collect()).unwrap();
        let Command::Serve(settings) = Cli::parse_from(arguments).command else { panic!("serve") };
        assert_eq!(settings.listen, "off");
        assert_eq!(settings.memory_limit, Some(1024 * 1024 * 1024));
        assert_eq!(settings.retention, vec![(Table::Logs, Duration::from_secs(3 * 86_400))]);
    }

    #[test]
    fn numbers_of_the_demo_are_checked() {
        let parse = |option: &str, value: &str| {
            Cli::try_parse_from(["hannun", "demo", option, value]).map(|_| ()).is_ok()
        };
        assert!(parse("--days", "0.5"));
        for (option, value) in [
            ("--days", "-1"),
            ("--days", "NaN"),
            ("--days", "10"),
            ("--orders-per-day", "0"),
            ("--rate", "0"),
        ] {
            assert!(
                !parse(option, &format!("={value}")) && !parse(option, value),
                "{option} {value}"
            );
        }
    }

    #[test]
    fn an_unknown_setting_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hannun.toml");
        std::fs::write(&path, "colour = \"red\"\n").unwrap();
        let typed = ["hannun", "serve", "--config", path.to_str().unwrap()];
        let error = with_file(typed.iter().map(OsString::from).collect()).unwrap_err();
        assert!(error.to_string().contains("unknown setting \"colour\""), "{error}");
    }
}
