//! All services together, on one network and one clock.

use crate::business::Business;
use crate::business_clock::{BusinessClock, unix_nanos};
use crate::cluster::{Cluster, Working};
use crate::customers::Customers;
use crate::http_client::{HttpClient, REGISTRY};
use crate::http_server::serve;
use crate::network::Network;
use crate::plan::Plan;
use crate::services::catalogue::Catalogue;
use crate::services::dispatch::Dispatch;
use crate::services::order::Orders;
use crate::services::payment::Payment;
use crate::services::recommendation::Recommendation;
use crate::services::registry::Registry;
use crate::services::{Busy, Service, gateway};
use crate::tally::Tally;
use crate::telemetry::{Exports, Telemetry};
use crate::truth::Truth;
use crate::{ShopError, ShopOptions};
use axum::Router;
use parking_lot::Mutex;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long the end of a run waits for what is under way: both calls to a hopeless registry.
const DRAIN: Duration = Duration::from_secs(60);
/// Who tells of the cluster and the business, among the services.
const SURROUNDINGS: &str = "surroundings";

#[derive(Debug)]
pub struct Shop {
    pub tally: Arc<Tally>,
    telemetries: Vec<Telemetry>,
    customers: Customers,
    busy: Busy,
    clock: BusinessClock,
    exports: Exports,
    surroundings: Mutex<Surroundings>,
}

/// What is told beside the services.
#[derive(Debug)]
struct Surroundings {
    cluster: Cluster,
    business: Business,
    points: u64,
}

/// What the services are made of.
struct Parts<'a> {
    options: &'a ShopOptions,
    plan: Arc<Plan>,
    clock: BusinessClock,
    exports: Exports,
    tally: Arc<Tally>,
    client: HttpClient,
    busy: Busy,
    telemetries: Vec<Telemetry>,
}

impl Parts<'_> {
    fn service(&mut self, name: &'static str) -> Result<Service, ShopError> {
        let versions = &self.plan.first_versions;
        let version = versions.iter().find(|(service, _)| *service == name);
        let version = version.map_or("0.0.0", |(_, version)| *version);
        let (seed, clock) = (self.options.seed, self.clock.clone());
        let telemetry = Telemetry::start(name, version, seed, clock.clone(), self.exports.clone())?;
        self.tally.deploy(name, version);
        self.telemetries.push(telemetry.clone());
        Ok(Service {
            name,
            telemetry,
            clock,
            client: self.client.clone(),
            tally: self.tally.clone(),
            plan: self.plan.clone(),
            busy: self.busy.clone(),
            seed,
        })
    }

    /// Opens every service. `orders_per_day` is what they are built for.
    async fn open(
        &mut self,
        orders_per_day: f64,
    ) -> Result<Vec<(&'static str, Router)>, ShopError> {
        let folder: &Path = &self.options.folder;
        let orders = Orders::open(self.service("order")?, folder, orders_per_day).await?;
        orders.start_relay();
        let registry = Registry::new(
            self.clock.clone(),
            self.plan.clone(),
            self.busy.clone(),
            self.options.seed,
        );
        Ok(vec![
            ("gateway", gateway::router(self.service("gateway")?)),
            ("catalogue", Catalogue::open(self.service("catalogue")?, folder).await?.router()),
            ("recommendation", Recommendation::new(self.service("recommendation")?).router()),
            ("order", orders.router()),
            ("payment", Payment::open(self.service("payment")?, folder).await?.router()),
            ("dispatch", Dispatch::open(self.service("dispatch")?, folder).await?.router()),
            (REGISTRY, registry.router()),
        ])
    }
}

impl Shop {
    /// Opens all services and lets them serve. `rate` multiplies the customers.
    pub async fn open(
        options: &ShopOptions,
        rate: f64,
        plan: Arc<Plan>,
        clock: BusinessClock,
        network: Network,
        exports: Exports,
    ) -> Result<Self, ShopError> {
        let tally = Arc::new(Tally::new(options, plan.clone(), clock.clone()));
        let mut parts = Parts {
            options,
            plan,
            clock: clock.clone(),
            exports: exports.clone(),
            tally: tally.clone(),
            client: HttpClient::new(network.clone()),
            busy: Busy::default(),
            telemetries: Vec::new(),
        };
        let orders_per_day = options.orders_per_day * rate;
        for (name, router) in parts.open(orders_per_day).await? {
            let doorway = network.open(name).await.map_err(ShopError::Start)?;
            tokio::spawn(serve(doorway, router));
        }
        let first_visit = if clock.is_virtual() { 0 } else { unix_nanos(clock.now()) };
        let customers = Customers {
            client: parts.client.clone(),
            clock: clock.clone(),
            plan: parts.plan.clone(),
            busy: parts.busy.clone(),
            seed: options.seed,
            orders_per_day,
            first_visit,
            closing: Arc::new(AtomicBool::new(false)),
            present: Arc::default(),
        };
        let surroundings = Mutex::new(Surroundings {
            cluster: Cluster::new(options.seed, unix_nanos(clock.now())),
            business: Business::new(unix_nanos(clock.now())),
            points: 0,
        });
        let (telemetries, busy) = (parts.telemetries, parts.busy);
        Ok(Self { tally, telemetries, customers, busy, clock, exports, surroundings })
    }

    pub fn let_customers_in(&self) {
        tokio::spawn(self.customers.clone().come());
        tokio::spawn(self.customers.clone().come_in_bursts());
    }

    pub fn deploy(&self, service: &str, version: &'static str) -> Result<(), ShopError> {
        for telemetry in &self.telemetries {
            if telemetry.service() == service {
                telemetry.deploy(version)?;
                self.tally.deploy(service, version);
            }
        }
        Ok(())
    }

    pub fn collect_metrics(&self) {
        self.telemetries.iter().for_each(Telemetry::collect_metrics);
    }

    /// Tells what the cluster uses, and the business metrics.
    pub fn tell_surroundings(&self) {
        let working: Vec<Working> = self
            .telemetries
            .iter()
            .map(|telemetry| Working {
                service: telemetry.service(),
                placement: telemetry.placement(),
                spans: telemetry.emitted().spans.load(Ordering::Relaxed),
            })
            .collect();
        let now = unix_nanos(self.clock.now());
        let mut around = self.surroundings.lock();
        let told = [
            around.cluster.tell(&working, now),
            around.business.tell(&self.tally.orders_by_hour(), now),
        ];
        for metrics in told.into_iter().flatten() {
            around.points += metrics.1;
            self.exports.send_metrics(SURROUNDINGS, metrics);
        }
    }

    /// Closes the door and waits until everything that is under way has ended.
    pub async fn drain(&self) {
        self.customers.closing.store(true, Ordering::Relaxed);
        let step = Duration::from_millis(50);
        for _ in 0..DRAIN.as_millis() / step.as_millis() {
            if self.busy.count() == 0 {
                return;
            }
            self.clock.sleep(step).await;
        }
    }

    pub fn flush(&self) {
        self.telemetries.iter().for_each(Telemetry::flush);
    }

    pub fn shut_telemetry_down(&self) {
        self.telemetries.iter().for_each(Telemetry::shut_down);
    }

    /// Spans, logs and metric points of all services so far.
    pub fn emitted(&self) -> [u64; 3] {
        self.emitted_by_service().fold([0; 3], |sum, (_, counts)| {
            [sum[0] + counts[0], sum[1] + counts[1], sum[2] + counts[2]]
        })
    }

    pub fn truth(&self) -> Truth {
        let around = self.surroundings.lock();
        let mut truth = self.tally.finish(self.emitted_by_service());
        truth.metric_points.insert(SURROUNDINGS.to_owned(), around.points);
        truth.nodes = around.cluster.nodes_truth();
        truth.containers = around.cluster.containers_truth();
        truth
    }

    pub fn emitted_by_service(&self) -> impl Iterator<Item = (String, [u64; 3])> + '_ {
        self.telemetries.iter().map(|telemetry| {
            let emitted = telemetry.emitted();
            let load = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
            let counts = [load(&emitted.spans), load(&emitted.logs), load(&emitted.points)];
            (telemetry.service().to_owned(), counts)
        })
    }
}

/// Writes the truth where tests and people find it.
pub fn write_truth(folder: &Path, name: &str, truth: &Truth) -> Result<(), ShopError> {
    let path = folder.join(name);
    let written = serde_json::to_vec_pretty(truth)
        .map_err(std::io::Error::from)
        .and_then(|text| std::fs::write(&path, text));
    written.map_err(|source| ShopError::File { path, source })
}
