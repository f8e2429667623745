//! The shop now: loopback sockets, the wall clock, and the exporters any service would use.

use crate::business_clock::BusinessClock;
use crate::network::Network;
use crate::plan::Plan;
use crate::shop::{Shop, write_truth};
use crate::telemetry::{Exports, LiveExports};
use crate::truth::Truth;
use crate::{ShopError, ShopOptions};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::{oneshot, watch};

/// A live shop has this many times the customers of the history: a few requests per second.
pub const LIVE_RATE: f64 = 10.0;
/// How often the cluster and the business are told of.
const SURROUNDINGS_INTERVAL: Duration = Duration::from_secs(30);
const TRUTH_FILE: &str = "truth-live.json";

/// Runs the shop until `stop` turns true and returns what happened. It goes on with the order
/// numbers that it finds in the shop's folder.
pub async fn live(
    shop: &ShopOptions,
    rate: f64,
    stop: watch::Receiver<bool>,
) -> Result<Truth, ShopError> {
    shop.check()?;
    let shop = shop.clone();
    let (answer, answered) = oneshot::channel();
    std::thread::Builder::new()
        .name("shop".to_owned())
        .spawn(move || {
            // Nobody waits any more when the caller was cancelled.
            let _ = answer.send(run(&shop, rate, stop));
        })
        .map_err(ShopError::Start)?;
    answered.await.map_err(|_| ShopError::Panicked)?
}

fn run(
    options: &ShopOptions,
    rate: f64,
    mut stop: watch::Receiver<bool>,
) -> Result<Truth, ShopError> {
    std::fs::create_dir_all(&options.folder)
        .map_err(|source| ShopError::File { path: options.folder.clone(), source })?;
    // The exporters' connections need a runtime that goes on while the shop's thread waits for
    // their last export.
    let exporting = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("shop-export")
        .enable_all()
        .build()
        .map_err(ShopError::Start)?;
    let runtime = Builder::new_current_thread().enable_all().build().map_err(ShopError::Start)?;
    let exports = Exports::Live(LiveExports::new(options, exporting.handle().clone())?);
    let shop = runtime.block_on(async {
        let clock = BusinessClock::live();
        let plan = Arc::new(Plan::live(options.scenario, clock.now()));
        let network = Network::loopback();
        let shop = Shop::open(options, rate, plan, clock, network, exports).await?;
        shop.let_customers_in();
        let mut tick = tokio::time::interval(SURROUNDINGS_INTERVAL);
        loop {
            tokio::select! {
                // The sender being gone means that nobody can stop the shop otherwise.
                _ = stop.wait_for(|stop| *stop) => break,
                _ = tick.tick() => shop.tell_surroundings(),
            }
        }
        shop.drain().await;
        Ok::<Shop, ShopError>(shop)
    })?;
    drop(runtime);
    shop.shut_telemetry_down();
    let truth = shop.truth();
    write_truth(&options.folder, TRUTH_FILE, &truth)?;
    Ok(truth)
}
