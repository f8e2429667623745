//! The running server: opens the lake, the ledger, the intakes and the front doors, and closes them
//! in order.

use crate::commands::{LISTENERS_FILE, lake_options, ledger_url};
use crate::config::{OwnMetrics, ServeSettings};
use crate::cost_sources;
use crate::datadog::{self, DatadogDoors};
use crate::log_rules;
use crate::log_senders::{self, LogSenders};
use crate::memory::{self, ProcessMemory};
use crate::probe_rules;
use crate::secrets::{INTAKE_KEY_FILE, OWNER_TOKEN_FILE, Secret, read_or_create};
use crate::watch_itself;
use anyhow::{Context, Result};
use axum::Router;
use hannun_bill_import::Imports;
use hannun_intake::IntakeState;
use hannun_intake::budget::InFlightBudget;
use hannun_intake::datadog::DatadogState;
use hannun_intake::keys::IntakeKeys;
use hannun_intake::otlp;
use hannun_lake::{Lake, LakeOptions};
use hannun_ledger::Ledger;
use hannun_model::limits::{INTAKE_IN_FLIGHT_SHARE_PERCENT, LEDGER_REFRESH_SECONDS};
use hannun_model::table::Table;
use hannun_probes::registry::Registry;
use hannun_query::{Engine, EngineOptions};
use hannun_server::access::OwnerToken;
use hannun_server::api::{self, ApiState};
use hannun_server::listener::Listener;
use hannun_server::metrics::Gatherer;
use hannun_server::tls::Tls;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

/// A server that takes telemetry and answers.
pub struct Running {
    folder: PathBuf,
    scheme: &'static str,
    addresses: Addresses,
    key: Secret,
    lake: Arc<Lake>,
    ledger: Ledger,
    intake: Arc<IntakeState>,
    stop: watch::Sender<bool>,
    serving: Vec<JoinHandle<()>>,
}

impl Running {
    /// Opens everything. Fails before anything is served when a part cannot be opened.
    pub async fn start(settings: &ServeSettings) -> Result<Self> {
        let mut options = lake_options(&settings.folder, settings.memory_limit);
        options.disk_budget_bytes = settings.disk_budget;
        options.retention.extend(settings.retention.iter().copied());
        let lake = Arc::new(Lake::open(options.clone()).await?);
        let folder = settings.folder.data_dir.clone();
        let token = read_or_create(&folder, OWNER_TOKEN_FILE, "hno_")?;
        let key = read_or_create(&folder, INTAKE_KEY_FILE, "hnk_")?;
        let ledger = Ledger::open(&ledger_url(&settings.folder)?, crate::documents::kinds()?)
            .await
            .context("failed to open the ledger")?;
        tokio::spawn(refresh(ledger.clone()));
        let intake = Arc::new(intake_state(settings, &options, &lake, &key, &ledger));
        log_rules::put_in_force(&ledger, &intake.logs).await?;
        let probes = Arc::new(Registry::default());
        probe_rules::put_in_force(&ledger, &probes).await?;
        let datadog = datadog::state(settings, intake.clone(), probes.clone())?;
        let parts = Parts { lake: lake.clone(), ledger: ledger.clone(), datadog, probes };
        let (doors, listeners) = doors(settings, &parts, &token).await?;
        let tls = tls(settings)?;
        let (stop, stopped) = watch::channel(false);
        let senders = LogSenders::bind(settings).await?;
        let datadog_doors = DatadogDoors::bind(settings, tls.clone()).await?;
        let (mut addresses, mut serving) = open_doors(doors, tls, &stopped).await?;
        addresses.extend(senders.addresses()?);
        addresses.extend(datadog_doors.addresses()?);
        let shared_keys = settings.intake_keys.iter().chain([&key.text]).cloned().collect();
        serving.extend(senders.serve(&intake, shared_keys, &stopped));
        serving.extend(datadog_doors.serve(&parts.datadog, &stopped));
        let named = addresses.iter().map(|(name, address)| ((*name).to_owned(), address.clone()));
        let _ = listeners.set(named.collect());
        let scheme = if settings.tls_cert.is_some() { "https" } else { "http" };
        Ok(Self { folder, scheme, addresses, key, lake, ledger, intake, stop, serving })
    }

    /// Where a listener is, with its scheme.
    pub fn url(&self, listener: &str) -> Option<String> {
        self.addresses.get(listener).map(|address| format!("{}://{address}", self.scheme))
    }

    /// Writes `listeners.json`.
    fn write_addresses(&self) -> Result<()> {
        let path = self.folder.join(LISTENERS_FILE);
        let temporary = self.folder.join("listeners.json.new");
        let mut written = serde_json::to_value(&self.addresses)?;
        written["tls"] = (self.scheme == "https").into();
        std::fs::write(&temporary, serde_json::to_vec_pretty(&written)?)?;
        std::fs::rename(&temporary, &path)
            .with_context(|| format!("failed to write {}", path.display()))
    }

    /// Tells the person at the terminal where to go, and programs by `listeners.json`. They last: who
    /// finds the file may ask for a link of its own, which the one of the start must not replace.
    pub async fn announce(&self) -> Result<()> {
        println!("Hannun {} is ready.", env!("CARGO_PKG_VERSION"));
        for (name, address) in &self.addresses {
            println!("  {name:<10} {}://{address}", log_senders::scheme(name, self.scheme));
        }
        if self.key.new {
            println!("  Intake key for senders on other machines: {}", self.key.text);
            println!("  (kept in {})", self.folder.join(INTAKE_KEY_FILE).display());
        }
        if let Some(url) = self.url("http")
            && !self.ledger.setup_done().await?
        {
            let link = self.ledger.new_owner_link().await?;
            println!("\nOpen this link once to make the owner account (it is good for a day):");
            println!("  {url}/welcome#{}\n", link.token);
        }
        self.write_addresses()
    }

    /// Lets open requests finish, then closes everything.
    pub async fn stop(self) -> Result<()> {
        // Nobody should look for a door that is about to close.
        let _ = std::fs::remove_file(self.folder.join(LISTENERS_FILE));
        tracing::info!("draining: open requests finish, new ones are told to come again");
        self.intake.drain();
        self.stop.send_replace(true);
        for door in self.serving {
            door.await.context("a listener panicked")?;
        }
        self.ledger.close().await;
        self.lake.close().await?;
        tracing::info!("closed");
        Ok(())
    }
}

/// Name, address and routes of each front door.
type Doors<'a> = [(&'static str, &'a String, Router); 3];
/// Addresses in use by the name of their door.
type Addresses = BTreeMap<&'static str, String>;
/// The same, for the routes that tell them.
type Listeners = Arc<OnceLock<BTreeMap<String, String>>>;

/// What the main door is about.
struct Parts {
    lake: Arc<Lake>,
    ledger: Ledger,
    datadog: Arc<DatadogState>,
    probes: Arc<Registry>,
}

async fn doors<'a>(
    settings: &'a ServeSettings,
    parts: &Parts,
    token: &Secret,
) -> Result<(Doors<'a>, Listeners)> {
    let Parts { lake, ledger, datadog, probes } = parts;
    let intake = &datadog.intake;
    let gatherer = Arc::new(Gatherer {
        lake: lake.shared().clone(),
        intake: intake.clone(),
        dogstatsd: datadog.dogstatsd.clone(),
        memory: Arc::new(ProcessMemory),
    });
    let engine = Engine::new(lake.shared().clone(), gatherer.clone(), &EngineOptions::default())?;
    let engine = Arc::new(engine);
    log_rules::remember(engine.clone(), intake.logs.clone()).await;
    let imports = Imports::start(lake.shared().clone())?;
    tokio::spawn(cost_sources::run(ledger.clone(), imports.clone()));
    tokio::spawn(hannun_lens_cost::rules::keep_published(engine.clone(), ledger.clone()));
    let listeners = Listeners::default();
    let api = ApiState {
        engine,
        lake: lake.shared().clone(),
        intake: intake.clone(),
        datadog: datadog.clone(),
        probes: probes.clone(),
        gatherer: gatherer.clone(),
        ledger: ledger.clone(),
        imports,
        owner_token: OwnerToken::new(&token.text),
        listeners: listeners.clone(),
        tls: settings.tls_cert.is_some(),
        started: Instant::now(),
        large_bodies: Arc::new(Semaphore::new(1)),
    };
    tokio::spawn(memory::watch(lake.shared().clone()));
    if let OwnMetrics::Every(interval) = settings.own_metrics_interval {
        tokio::spawn(watch_itself::run(lake.clone(), gatherer, interval));
    }
    let doors = [
        ("http", &settings.listen, api::router(api)),
        ("otlp_grpc", &settings.otlp_grpc_listen, otlp::grpc_router(intake.clone())),
        ("otlp_http", &settings.otlp_http_listen, otlp::http_router(intake.clone())),
    ];
    Ok((doors, listeners))
}

fn tls(settings: &ServeSettings) -> Result<Option<Arc<Tls>>> {
    let (Some(certificate), Some(key)) = (&settings.tls_cert, &settings.tls_key) else {
        return Ok(None);
    };
    let tls = Tls::load(certificate, key)?;
    tokio::spawn(tls.clone().reload_when_changed());
    Ok(Some(tls))
}

/// Learns of keys that another node made or revoked.
async fn refresh(ledger: Ledger) {
    loop {
        tokio::time::sleep(Duration::from_secs(LEDGER_REFRESH_SECONDS)).await;
        if let Err(error) = ledger.refresh().await {
            tracing::warn!(%error, "failed to refresh the keys; those known go on being used");
        }
    }
}

fn intake_state(
    settings: &ServeSettings,
    options: &LakeOptions,
    lake: &Arc<Lake>,
    key: &Secret,
    ledger: &Ledger,
) -> IntakeState {
    let kept = ledger.clone();
    let keys = settings.intake_keys.iter().map(String::as_str).chain([key.text.as_str()]);
    let share = options.memory_limit_bytes / 100 * INTAKE_IN_FLIGHT_SHARE_PERCENT as u64;
    let budget = InFlightBudget::new(usize::try_from(share).unwrap_or(usize::MAX));
    let retention = options.retention.clone();
    let keys = IntakeKeys::new(keys)
        .or_known_by(Arc::new(move |key| kept.intake_keys().check(key, now_ms())));
    IntakeState::new(lake.clone(), keys, budget).with_retention(Arc::new(move |table: Table| {
        retention.get(&table).map(|keep| i64::try_from(keep.as_nanos()).unwrap_or(i64::MAX))
    }))
}

async fn open_doors(
    doors: Doors<'_>,
    tls: Option<Arc<Tls>>,
    stopped: &watch::Receiver<bool>,
) -> Result<(Addresses, Vec<JoinHandle<()>>)> {
    let mut addresses = Addresses::new();
    let mut listeners = Vec::new();
    for (name, address, router) in doors {
        if address == "off" {
            continue;
        }
        let listener = Listener::bind(address, tls.clone()).await.with_context(|| {
            let option = if name == "http" {
                "--listen".to_owned()
            } else {
                format!("--{}-listen", name.replace('_', "-"))
            };
            format!("failed to listen on {address}; choose another address with {option}")
        })?;
        addresses.insert(name, listener.address()?);
        listeners.push((listener, router));
    }
    // Nothing is served before every door could be opened.
    let serving = listeners
        .into_iter()
        .map(|(listener, router)| tokio::spawn(listener.serve(router, stopped.clone())))
        .collect();
    Ok((addresses, serving))
}

fn now_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
