//! Days of business on a virtual clock.
//!
//! The shop runs on a runtime with paused time, on a thread of its own, in memory but for its
//! SQLite files; a second thread exports on real time. Metrics are collected, services are deployed
//! and the end is found between the jumps of the virtual clock.

use crate::business_clock::BusinessClock;
use crate::network::Network;
use crate::plan::Plan;
use crate::report::{HistoryProgress, Report};
use crate::shop::{Shop, write_truth};
use crate::telemetry::collector::{Collector, OtlpCollector};
use crate::telemetry::{Exported, Exports, HistoryExports};
use crate::truth::Truth;
use crate::{HistoryOptions, ShopError, ShopOptions};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};
use tokio::sync::{oneshot, watch};

/// How often metrics are collected.
const METRIC_INTERVAL: Duration = Duration::from_secs(60);
/// How often the cluster and the business are told of: by the hour they are looked at.
const SURROUNDINGS_INTERVAL: Duration = Duration::from_secs(300);
/// How far ahead of the wall clock a history may end.
const CATCH_UP: Duration = Duration::from_millis(20);
const TRUTH_FILE: &str = "truth.json";

/// Plays the history and returns what happened in it. Files of an earlier history in the shop's
/// folder are removed. When `stop` turns true the history ends there, complete up to that point.
pub async fn backfill(
    shop: &ShopOptions,
    history: &HistoryOptions,
    stop: watch::Receiver<bool>,
    report: Report,
) -> Result<Truth, ShopError> {
    let collector = OtlpCollector::new(&shop.otlp_grpc_endpoint, &shop.headers);
    backfill_into(Box::new(collector?), shop, history, stop, report).await
}

/// As [`backfill`], into a collector of the caller's own.
pub async fn backfill_into(
    collector: Box<dyn Collector>,
    shop: &ShopOptions,
    history: &HistoryOptions,
    stop: watch::Receiver<bool>,
    report: Report,
) -> Result<Truth, ShopError> {
    shop.check()?;
    history.check()?;
    let (shop, history) = (shop.clone(), history.clone());
    let (answer, answered) = oneshot::channel();
    std::thread::Builder::new()
        .name("shop-history".to_owned())
        .spawn(move || {
            let outcome = play(collector, &shop, &history, &stop, &report);
            // Nobody waits any more when the caller was cancelled.
            let _ = answer.send(outcome);
        })
        .map_err(ShopError::Start)?;
    answered.await.map_err(|_| ShopError::Panicked)?
}

fn play(
    collector: Box<dyn Collector>,
    options: &ShopOptions,
    history: &HistoryOptions,
    stop: &watch::Receiver<bool>,
    report: &Report,
) -> Result<Truth, ShopError> {
    clear(&options.folder)?;
    let (exports, exporter) = HistoryExports::start(collector)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(ShopError::Start)?;
    let run = Run { options, history, stop, report, exporter: &exporter };
    let outcome = runtime.block_on(run.play(exports.clone()));
    exports.end();
    drop(runtime);
    let exported = exporter.join().map_err(|_| ShopError::Panicked)?;
    // When the receiver refused, that is the reason for whatever else went wrong.
    let exported = exported?;
    let truth = outcome?;
    compare(&truth, &exported)?;
    write_truth(&options.folder, TRUTH_FILE, &truth)?;
    Ok(truth)
}

struct Run<'a> {
    options: &'a ShopOptions,
    history: &'a HistoryOptions,
    stop: &'a watch::Receiver<bool>,
    report: &'a Report,
    exporter: &'a JoinHandle<Result<Exported, ShopError>>,
}

impl Run<'_> {
    async fn play(&self, exports: HistoryExports) -> Result<Truth, ShopError> {
        let until = self.history.until.unwrap_or_else(SystemTime::now);
        let length = Duration::from_secs_f64(self.history.days * 86_400.0);
        let from = until - length;
        let plan = Arc::new(Plan::history(self.options.scenario, from, until));
        let clock = BusinessClock::starting_at(from);
        let shop = Shop::open(
            self.options,
            1.0,
            plan.clone(),
            clock.clone(),
            Network::in_memory(),
            Exports::History(exports),
        )
        .await?;
        shop.let_customers_in();
        let mut deploys = plan.deploys.iter().peekable();
        let mut next_metrics = from + METRIC_INTERVAL;
        let mut next_surroundings = from + SURROUNDINGS_INTERVAL;
        while !*self.stop.borrow() && !self.exporter.is_finished() {
            let now = clock.now();
            // The wall clock goes on while the last moments are played: come close, and stop.
            let end = self.history.until.unwrap_or_else(|| SystemTime::now() + CATCH_UP);
            if now + CATCH_UP > end {
                break;
            }
            let next_deploy = deploys.peek().map_or(end, |deploy| deploy.at);
            let next = next_metrics.min(next_deploy).min(end);
            clock.sleep(next.duration_since(now).unwrap_or_default()).await;
            while let Some(deploy) = deploys.next_if(|deploy| deploy.at <= clock.now()) {
                shop.deploy(deploy.service, deploy.version)?;
            }
            if clock.now() >= next_metrics {
                shop.collect_metrics();
                next_metrics += METRIC_INTERVAL;
                if clock.now() >= next_surroundings {
                    shop.tell_surroundings();
                    next_surroundings += SURROUNDINGS_INTERVAL;
                }
                self.tell(&shop, clock.now(), from, length);
            }
        }
        shop.drain().await;
        shop.collect_metrics();
        shop.tell_surroundings();
        shop.flush();
        self.tell(&shop, until, from, length);
        Ok(shop.truth())
    }

    fn tell(&self, shop: &Shop, now: SystemTime, from: SystemTime, length: Duration) {
        let passed = now.duration_since(from).unwrap_or_default();
        let share = (passed.as_secs_f64() / length.as_secs_f64()).min(1.0);
        let [spans, logs, points] = shop.emitted();
        (self.report)(&HistoryProgress { share, business_time: now, spans, logs, points });
    }
}

/// Every item that a service emitted was acknowledged by the receiver.
fn compare(truth: &Truth, exported: &Exported) -> Result<(), ShopError> {
    let signals = [
        ("spans", &truth.spans),
        ("log records", &truth.logs),
        ("metric points", &truth.metric_points),
    ];
    for (signal, (what, produced)) in signals.into_iter().enumerate() {
        let produced = produced.values().sum();
        let exported = exported.values().map(|counts| counts[signal]).sum();
        if produced != exported {
            return Err(ShopError::Lost { what, produced, exported });
        }
    }
    Ok(())
}

/// Makes the folder and removes the databases of an earlier history from it.
fn clear(folder: &Path) -> Result<(), ShopError> {
    let failed = |source| ShopError::File { path: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_string_lossy();
        let is_database = DATABASES.iter().any(|database| {
            name.strip_prefix(database)
                .is_some_and(|rest| matches!(rest, ".sqlite" | ".sqlite-wal" | ".sqlite-shm"))
        });
        if is_database {
            std::fs::remove_file(folder.join(&*name)).map_err(failed)?;
        }
    }
    Ok(())
}

const DATABASES: [&str; 8] = [
    "orders_shard_0",
    "orders_shard_1",
    "orders_shard_2",
    "orders_shard_3",
    "order_views",
    "catalogue",
    "payment",
    "dispatch",
];
