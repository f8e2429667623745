//! The metrics of the shop.

use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bucket bounds that the semantic conventions advise for durations of requests, in seconds.
const DURATION_BOUNDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Made for every service; those that a service does not use export nothing.
#[derive(Debug, Clone)]
pub struct Instruments {
    pub request_duration: Histogram<f64>,
    pub cache_lookups: Counter<u64>,
    pub outbox_lag: Gauge<f64>,
    pub orders: Counter<u64>,
    pub revenue: Counter<u64>,
    pub shard_orders: Counter<u64>,
    is_retired: Arc<AtomicBool>,
}

impl Instruments {
    pub fn new(meter: &Meter) -> Self {
        Self {
            request_duration: meter
                .f64_histogram("http.server.request.duration")
                .with_unit("s")
                .with_description("Duration of HTTP server requests.")
                .with_boundaries(DURATION_BOUNDS.to_vec())
                .build(),
            cache_lookups: meter
                .u64_counter("shop.cache.lookups")
                .with_unit("{lookup}")
                .with_description("Lookups in a cache, by result.")
                .build(),
            outbox_lag: meter
                .f64_gauge("shop.outbox.lag")
                .with_unit("s")
                .with_description("Age of the oldest event when the relay last published a shard.")
                .build(),
            orders: meter
                .u64_counter("shop.orders")
                .with_unit("{order}")
                .with_description("Accepted orders, by restaurant.")
                .build(),
            revenue: meter
                .u64_counter("shop.revenue")
                .with_unit("KRW")
                .with_description("Value of accepted orders, by restaurant.")
                .build(),
            shard_orders: meter
                .u64_counter("shop.shard.orders")
                .with_unit("{order}")
                .with_description("Accepted orders, by shard.")
                .build(),
            is_retired: Arc::default(),
        }
    }

    /// Runs `last` the first time only.
    pub fn retire(&self, last: impl FnOnce()) {
        if !self.is_retired.swap(true, Ordering::Relaxed) {
            last();
        }
    }
}
