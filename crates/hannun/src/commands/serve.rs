//! `hannun serve`: opens the lake, the intakes and the front doors, and closes them in order.

use super::{LISTENERS_FILE, lake_options};
use crate::config::{OwnMetrics, ServeSettings};
use crate::memory::{self, ProcessMemory};
use crate::secrets::{INTAKE_KEY_FILE, OWNER_TOKEN_FILE, Secret, read_or_create};
use crate::watch_itself;
use anyhow::{Context, Result};
use axum::Router;
use hannun_intake::IntakeState;
use hannun_intake::budget::InFlightBudget;
use hannun_intake::keys::IntakeKeys;
use hannun_intake::otlp;
use hannun_lake::{Lake, LakeOptions};
use hannun_model::limits::INTAKE_IN_FLIGHT_SHARE_PERCENT;
use hannun_model::table::Table;
use hannun_query::{Engine, EngineOptions};
use hannun_server::access::OwnerToken;
use hannun_server::api::{self, ApiState};
use hannun_server::listener::Listener;
use hannun_server::metrics::Gatherer;
use hannun_server::tls::Tls;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

/// Runs until SIGTERM or SIGINT.
pub fn run(settings: ServeSettings) -> Result<()> {
    let filter = EnvFilter::try_from_env("HANNUN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("failed to start the runtime")?
        .block_on(serve(settings))
}

async fn serve(settings: ServeSettings) -> Result<()> {
    let mut options = lake_options(&settings.folder, settings.memory_limit);
    options.disk_budget_bytes = settings.disk_budget;
    options.retention.extend(settings.retention.iter().copied());
    let lake = Arc::new(Lake::open(options.clone()).await?);
    let folder = &settings.folder.data_dir;
    let token = read_or_create(folder, OWNER_TOKEN_FILE, "hno_")?;
    let key = read_or_create(folder, INTAKE_KEY_FILE, "hnk_")?;
    let intake = Arc::new(intake_state(&settings, &options, lake.clone(), &key));
    let gatherer = Arc::new(Gatherer {
        lake: lake.shared().clone(),
        intake: intake.clone(),
        memory: Arc::new(ProcessMemory),
    });
    let engine = Engine::new(lake.shared().clone(), gatherer.clone(), &EngineOptions::default())?;
    let api = ApiState {
        engine: Arc::new(engine),
        lake: lake.shared().clone(),
        intake: intake.clone(),
        gatherer: gatherer.clone(),
    };
    let tls = match (&settings.tls_cert, &settings.tls_key) {
        (Some(certificate), Some(key)) => Some(Tls::load(certificate, key)?),
        _ => None,
    };
    if let Some(tls) = &tls {
        tokio::spawn(tls.clone().reload_when_changed());
    }
    tokio::spawn(memory::watch(lake.shared().clone()));
    if let OwnMetrics::Every(interval) = settings.own_metrics_interval {
        tokio::spawn(watch_itself::run(lake.clone(), gatherer.clone(), interval));
    }

    let doors = [
        ("http", &settings.listen, api::router(api, OwnerToken::new(&token.text))),
        ("otlp_grpc", &settings.otlp_grpc_listen, otlp::grpc_router(intake.clone())),
        ("otlp_http", &settings.otlp_http_listen, otlp::http_router(intake.clone())),
    ];
    let (stop, stopped) = watch::channel(false);
    let (addresses, serving) = open_doors(doors, tls, &stopped).await?;
    announce(&settings, &addresses, &key)?;
    wait_for_the_end().await?;
    // Nobody should look for a door that is about to close.
    let _ = std::fs::remove_file(folder.join(LISTENERS_FILE));

    tracing::info!("draining: open requests finish, new ones are told to come again");
    intake.drain();
    stop.send_replace(true);
    for door in serving {
        door.await.context("a listener panicked")?;
    }
    lake.close().await?;
    tracing::info!("closed");
    Ok(())
}

fn intake_state(
    settings: &ServeSettings,
    options: &LakeOptions,
    lake: Arc<Lake>,
    key: &Secret,
) -> IntakeState {
    let keys = settings.intake_keys.iter().map(String::as_str).chain([key.text.as_str()]);
    let share = options.memory_limit_bytes / 100 * INTAKE_IN_FLIGHT_SHARE_PERCENT as u64;
    let budget = InFlightBudget::new(usize::try_from(share).unwrap_or(usize::MAX));
    let retention = options.retention.clone();
    IntakeState::new(lake, IntakeKeys::new(keys), budget).with_retention(Arc::new(
        move |table: Table| {
            retention.get(&table).map(|keep| i64::try_from(keep.as_nanos()).unwrap_or(i64::MAX))
        },
    ))
}

/// Addresses in use by the name of their door.
type Addresses = BTreeMap<&'static str, String>;

async fn open_doors(
    doors: [(&'static str, &String, Router); 3],
    tls: Option<Arc<Tls>>,
    stopped: &watch::Receiver<bool>,
) -> Result<(Addresses, Vec<tokio::task::JoinHandle<()>>)> {
    let mut addresses = Addresses::new();
    let mut listeners = Vec::new();
    for (name, address, router) in doors {
        if address == "off" {
            continue;
        }
        let listener = Listener::bind(address, tls.clone())
            .await
            .with_context(|| format!("failed to listen on {address} for {name}"))?;
        addresses.insert(name, listener.address()?.to_string());
        listeners.push((listener, router));
    }
    // Nothing is served before every door could be opened.
    let serving = listeners
        .into_iter()
        .map(|(listener, router)| tokio::spawn(listener.serve(router, stopped.clone())))
        .collect();
    Ok((addresses, serving))
}

/// Writes `listeners.json` and tells the person at the terminal where to go.
fn announce(settings: &ServeSettings, addresses: &Addresses, key: &Secret) -> Result<()> {
    let folder = &settings.folder.data_dir;
    let path = folder.join(LISTENERS_FILE);
    let temporary = folder.join("listeners.json.new");
    let mut written = serde_json::to_value(addresses)?;
    written["tls"] = settings.tls_cert.is_some().into();
    std::fs::write(&temporary, serde_json::to_vec_pretty(&written)?)?;
    std::fs::rename(&temporary, &path)
        .with_context(|| format!("failed to write {}", path.display()))?;
    let scheme = if settings.tls_cert.is_some() { "https" } else { "http" };
    println!("Hannun {} is ready.", env!("CARGO_PKG_VERSION"));
    for (name, address) in addresses {
        println!("  {name:<10} {scheme}://{address}");
    }
    if key.new {
        println!("  Intake key for senders on other machines: {}", key.text);
        println!("  (kept in {})", folder.join(INTAKE_KEY_FILE).display());
    }
    Ok(())
}

async fn wait_for_the_end() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
