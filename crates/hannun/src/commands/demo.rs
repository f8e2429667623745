//! `hannun demo`: the server and the reference shop side by side.

use super::client::Server;
use super::serve::{log_to_stderr, wait_for_the_end};
use crate::config::DemoSettings;
use crate::running::Running;
use anyhow::{Context, Result, bail};
use hannun_demo::{HistoryOptions, ShopOptions, backfill, live, terminal_report, write_bill};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// Written when the history is complete.
const HISTORY_FILE: &str = "history-complete";
/// Written before it begins.
const BEGUN_FILE: &str = "history-begun";
/// Below the shop's folder.
const BILL_FOLDER: &str = "bill";
/// The bill's cost source.
const BILL_SOURCE: &str = "shop";
/// How often the import of the bill is looked at.
const BILL_LOOK: Duration = Duration::from_millis(250);
/// How long the shop may take to finish what it does and to send it.
const SHOP_CLOSES_WITHIN: Duration = Duration::from_secs(20);

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
    if settings.serve.otlp_grpc_listen == "off" || settings.serve.tls_cert.is_some() {
        bail!("the shop sends over plain OTLP/gRPC; the demo needs --otlp-grpc-listen and no TLS");
    }
    let running = Running::start(&settings.serve).await?;
    let endpoint = running.url("otlp_grpc").unwrap_or_default();
    let shop = shop_options(settings, endpoint);
    let (stop, stopped) = watch::channel(false);
    running.announce().await?;
    if settings.serve.listen != "off" {
        let bill = Bill::of(settings, &shop);
        // Beside the history: neither waits for the other.
        tokio::task::spawn_blocking(move || bill.tell());
    }
    let mut business = tokio::spawn({
        let settings = settings.clone();
        async move { run_shop(&settings, &shop, stopped).await }
    });
    tokio::select! {
        ended = wait_for_the_end() => {
            ended?;
            // The shop sends what it still holds before the server closes.
            stop.send_replace(true);
            if tokio::time::timeout(SHOP_CLOSES_WITHIN, &mut business).await.is_err() {
                eprintln!("hannun: the shop did not close in time; its last spans may be missing");
            }
        }
        // Only an error ends the shop by itself; the server stays with what it has.
        ended = &mut business => {
            if let Err(error) = ended.context("the shop panicked").flatten() {
                eprintln!("hannun: the shop stopped: {error:#}");
            }
            wait_for_the_end().await?;
        }
    }
    running.stop().await
}

/// The shop's bill, which is imported like any other.
struct Bill {
    data_folder: PathBuf,
    folder: PathBuf,
    seed: u64,
    until: SystemTime,
}

impl Bill {
    fn of(settings: &DemoSettings, shop: &ShopOptions) -> Self {
        let until = settings.until.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        Self {
            data_folder: settings.serve.folder.data_dir.clone(),
            folder: shop.folder.join(BILL_FOLDER),
            seed: shop.seed,
            until: until.unwrap_or_else(SystemTime::now),
        }
    }

    /// The shop is open without its bill as well.
    fn tell(&self) {
        match self.import() {
            Ok(true) => println!("The shop's bill is imported."),
            Ok(false) => {}
            Err(error) => eprintln!("hannun: the shop's bill was not imported: {error:#}"),
        }
    }

    /// Writes the bill as it is now and has the server import it; false when nothing has changed.
    fn import(&self) -> Result<bool> {
        if self.folder.exists() {
            std::fs::remove_dir_all(&self.folder)?;
        }
        write_bill(&self.folder, self.seed, self.until)?;
        let server = Server::of_folder(&self.data_folder)?;
        let location = std::path::absolute(&self.folder)?.join("cur2-csv");
        let wanted = json!({"location": location, "source": BILL_SOURCE});
        let mut job: Value = server.post("/api/v1/cost/imports", &wanted)?.read_json()?;
        let path = format!("/api/v1/cost/imports/{}", job["id"].as_str().unwrap_or_default());
        while matches!(job["state"].as_str(), Some("queued" | "running")) {
            std::thread::sleep(BILL_LOOK);
            job = server.get(&path)?.read_json()?;
        }
        match job["state"].as_str() {
            Some("done") => Ok(true),
            Some("unchanged") => Ok(false),
            _ => bail!("{}", job["problem"]["message"].as_str().unwrap_or("the import failed")),
        }
    }
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
    if settings.days > 0.0 {
        play_history(settings, shop, &stop).await?;
    }
    if settings.live && !*stop.borrow() {
        println!("The shop is open; Ctrl-C closes it and the server.");
        live(shop, settings.rate, stop).await?;
    }
    Ok(())
}

async fn play_history(
    settings: &DemoSettings,
    shop: &ShopOptions,
    stop: &watch::Receiver<bool>,
) -> Result<()> {
    let complete = shop.folder.join(HISTORY_FILE);
    if complete.exists() {
        return Ok(());
    }
    let begun = shop.folder.join(BEGUN_FILE);
    if begun.exists() {
        // Played again, it would stand twice in the store.
        println!(
            "The history was cut short and stays so; delete {} to play it anew.",
            settings.serve.folder.data_dir.display()
        );
        return Ok(());
    }
    std::fs::create_dir_all(&shop.folder)
        .and_then(|()| std::fs::write(&begun, "The history of this shop is being played.\n"))
        .with_context(|| format!("failed to write {}", begun.display()))?;
    println!("First {} days of business are played; the page fills meanwhile.", settings.days);
    let until = settings.until.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
    let history = HistoryOptions { days: settings.days, until };
    backfill(shop, &history, stop.clone(), terminal_report()).await?;
    if !*stop.borrow() {
        std::fs::write(&complete, "The history of this shop was played to its end.\n")
            .with_context(|| format!("failed to write {}", complete.display()))?;
        println!("The history is complete.");
    }
    Ok(())
}
