//! The instrumentation of the shop: every span, log record and measurement goes through here.
//!
//! Services never ask the system for the time; all timestamps come from the [`BusinessClock`].
//! Each service has providers of its own, and each release of it a resource of its own.

pub mod collector;
mod history_exports;
mod identity;
mod instruments;
mod live_exports;
mod metric_times;
pub mod otlp;
mod scope;

pub use history_exports::{Exported, HistoryExports};
pub use instruments::Instruments;
pub use live_exports::LiveExports;
pub use scope::{Failure, OpenSpan, Scope};

use crate::ShopError;
use crate::business_clock::{BusinessClock, unix_nanos};
use crate::cluster::Placement;
use identity::{SeededIds, resource};
use opentelemetry::logs::LoggerProvider;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::TracerProvider;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use parking_lot::{Mutex, RwLock};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::SystemTime;

/// The name and version of the instrumentation, which OTLP calls the scope.
const SCOPE: &str = "shop";

/// How telemetry leaves the process.
#[derive(Debug, Clone)]
pub enum Exports {
    History(HistoryExports),
    Live(LiveExports),
}

impl Exports {
    /// Sends metrics that no SDK collected, under the name of who did.
    pub fn send_metrics(&self, from: &'static str, metrics: Metrics) {
        match self {
            Self::History(exports) => exports.send_metrics(from, metrics),
            Self::Live(exports) => exports.send_metrics(metrics.0),
        }
    }
}

/// A request and its number of points.
pub type Metrics = (ExportMetricsServiceRequest, u64);

/// What one release of a service emits with.
#[derive(Debug)]
pub struct Providers {
    pub tracers: SdkTracerProvider,
    pub loggers: SdkLoggerProvider,
    pub meters: SdkMeterProvider,
}

/// Spans, log records and metric points that a service handed to its exporters.
#[derive(Debug, Default)]
pub struct Emitted {
    pub spans: AtomicU64,
    pub logs: AtomicU64,
    pub points: AtomicU64,
}

/// One version of a service that was started once.
#[derive(Debug)]
pub struct Release {
    pub version: &'static str,
    pub placement: Placement,
    pub tracer: SdkTracer,
    pub logger: SdkLogger,
    pub instruments: Instruments,
    providers: Providers,
}

/// The telemetry of one service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Telemetry {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    service: &'static str,
    seed: u64,
    clock: BusinessClock,
    exports: Exports,
    emitted: Arc<Emitted>,
    current: RwLock<Arc<Release>>,
    /// Earlier releases. Their last measurements leave with the next collection.
    replaced: Mutex<Vec<Arc<Release>>>,
}

impl Telemetry {
    pub fn start(
        service: &'static str,
        version: &'static str,
        seed: u64,
        clock: BusinessClock,
        exports: Exports,
    ) -> Result<Self, ShopError> {
        let emitted = Arc::new(Emitted::default());
        let release = start_release(service, version, 0, seed, &clock, &exports, &emitted)?;
        let shared = Shared {
            service,
            seed,
            clock,
            exports,
            emitted,
            current: RwLock::new(Arc::new(release)),
            replaced: Mutex::new(Vec::new()),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    pub fn service(&self) -> &'static str {
        self.shared.service
    }

    pub fn version(&self) -> &'static str {
        self.shared.current.read().version
    }

    /// Where the running release is.
    pub fn placement(&self) -> Placement {
        self.shared.current.read().placement.clone()
    }

    /// Replaces the running release, as a deploy does: what is under way ends in the old one.
    pub fn deploy(&self, version: &'static str) -> Result<(), ShopError> {
        let shared = &self.shared;
        let index = shared.replaced.lock().len() as u64 + 1;
        let release = start_release(
            shared.service,
            version,
            index,
            shared.seed,
            &shared.clock,
            &shared.exports,
            &shared.emitted,
        )?;
        let old = std::mem::replace(&mut *shared.current.write(), Arc::new(release));
        shared.replaced.lock().push(old);
        Ok(())
    }

    /// Work that belongs to no trace yet.
    pub fn root(&self) -> Scope {
        Scope::root(self.shared.current.read().clone(), self.shared.clock.clone(), self.shared.seed)
    }

    pub fn instruments(&self) -> Instruments {
        self.shared.current.read().instruments.clone()
    }

    pub fn emitted(&self) -> &Emitted {
        &self.shared.emitted
    }

    /// Collects the metrics of the running release, and a last time those of the one it replaced.
    pub fn collect_metrics(&self) {
        if let Exports::History(exports) = &self.shared.exports {
            exports.set_time(self.shared.clock.now());
        }
        for release in self.shared.replaced.lock().iter() {
            release.instruments.retire(|| flush(release.providers.meters.force_flush()));
        }
        flush(self.shared.current.read().providers.meters.force_flush());
    }

    /// Hands everything that is still buffered to the exporters. Not from a runtime's own thread
    /// when live: the exporters need that runtime to go on.
    pub fn flush(&self) {
        let replaced = self.shared.replaced.lock();
        for release in replaced.iter().chain([&*self.shared.current.read()]) {
            flush(release.providers.tracers.force_flush());
            flush(release.providers.loggers.force_flush());
        }
    }

    /// Ends the exporters of a live run, after they sent what they have.
    pub fn shut_down(&self) {
        let replaced = self.shared.replaced.lock();
        for release in replaced.iter().chain([&*self.shared.current.read()]) {
            flush(release.providers.tracers.shutdown());
            flush(release.providers.loggers.shutdown());
            flush(release.providers.meters.shutdown());
        }
    }
}

fn flush(result: opentelemetry_sdk::error::OTelSdkResult) {
    if let Err(error) = result {
        tracing::debug!(%error, "the shop's telemetry was not flushed");
    }
}

fn start_release(
    service: &'static str,
    version: &'static str,
    index: u64,
    seed: u64,
    clock: &BusinessClock,
    exports: &Exports,
    emitted: &Arc<Emitted>,
) -> Result<Release, ShopError> {
    let started = clock.now();
    // Two runs of one seed may end up in the same store. Only when they also begin at the same time
    // do they repeat their ids.
    let start = unix_nanos(started) ^ index;
    let resource: Resource = resource(service, version, seed, start);
    let ids = SeededIds::new(seed, service, start);
    let providers = match exports {
        Exports::History(exports) => exports.providers(service, resource, ids, started, emitted),
        Exports::Live(exports) => exports.providers(resource, ids, emitted)?,
    };
    Ok(Release {
        version,
        placement: Placement::of(service, seed, start),
        tracer: providers.tracers.tracer(SCOPE),
        logger: providers.loggers.logger(SCOPE),
        instruments: Instruments::new(&providers.meters.meter(SCOPE)),
        providers,
    })
}

/// What a release starts counting at, for exporters that write times themselves.
pub(crate) type Started = SystemTime;
