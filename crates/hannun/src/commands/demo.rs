//! `hannun demo`: the server and the reference shop side by side.

use super::serve::{log_to_stderr, wait_for_the_end};
use crate::config::DemoSettings;
use crate::running::Running;
use anyhow::{Context, Result, bail};
use hannun_demo::{HistoryOptions, ShopOptions, backfill, live, terminal_report};
use tokio::sync::watch;

/// Written by the shop when its history is complete.
const HISTORY_FILE: &str = "truth.json";

/// Runs until SIGTERM or SIGINT.
pub fn run(settings: &DemoSettings) -> Result<()> {
    log_to_stderr("warn");
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("failed to start the runtime")?
        .block_on(demo(settings))
}

async fn demo(settings: &DemoSettings) -> Result<()> {
    let running = Running::start(&settings.serve).await?;
    let Some(endpoint) = running.url("otlp_grpc") else {
        bail!("the shop sends over OTLP/gRPC; do not turn that listener off");
    };
    let shop = shop_options(settings, endpoint);
    let (stop, stopped) = watch::channel(false);
    let business = tokio::spawn({
        let (settings, stopped) = (settings.clone(), stopped);
        async move { run_shop(&settings, &shop, stopped).await }
    });
    running.announce().await?;
    println!("The shop plays {} days of business first; the page fills meanwhile.", settings.days);
    let abort = business.abort_handle();
    tokio::select! {
        ended = wait_for_the_end() => ended?,
        // Only an error ends the shop by itself; the server stays with what it has.
        ended = business => {
            match ended {
                Ok(Err(error)) => eprintln!("hannun: the shop stopped: {error:#}"),
                Err(error) => eprintln!("hannun: the shop stopped: {error}"),
                Ok(Ok(())) => {}
            }
            wait_for_the_end().await?;
        }
    }
    stop.send_replace(true);
    abort.abort();
    running.stop().await
}

fn shop_options(settings: &DemoSettings, endpoint: String) -> ShopOptions {
    let mut shop = ShopOptions::new(endpoint, settings.serve.folder.data_dir.join("shop"));
    shop.scenario = settings.scenario;
    shop.seed = settings.seed;
    shop.orders_per_day = settings.orders_per_day;
    shop
}

async fn run_shop(
    settings: &DemoSettings,
    shop: &ShopOptions,
    stop: watch::Receiver<bool>,
) -> Result<()> {
    if settings.days > 0.0 && !shop.folder.join(HISTORY_FILE).exists() {
        let history = HistoryOptions { days: settings.days, ..HistoryOptions::default() };
        backfill(shop, &history, stop.clone(), terminal_report()).await?;
        println!("The history is complete; the shop goes on live.");
    }
    if settings.live && !*stop.borrow() {
        live(shop, settings.rate, stop).await?;
    }
    Ok(())
}
