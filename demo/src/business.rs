//! Business metrics of the shop: `orders` and `revenue`, told by the hour that they belong to.

use crate::telemetry::otlp::{attribute, flag, increments, resource, text};
use crate::truth::HourTruth;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::metrics::v1::{ResourceMetrics, ScopeMetrics};
use std::collections::BTreeMap;

const SCOPE: &str = "hannun.business";
pub const HOUR_NANOS: u64 = 3_600_000_000_000;

/// What has been told so far, by hour.
#[derive(Debug)]
pub struct Business {
    /// When the shop opened: nothing is told of before.
    since_nanos: u64,
    told: BTreeMap<u64, HourTruth>,
}

impl Business {
    pub fn new(since_nanos: u64) -> Self {
        Self { since_nanos, told: BTreeMap::new() }
    }

    /// What was not told yet of these hours; nothing when there is nothing.
    pub fn tell(
        &mut self,
        hours: &BTreeMap<u64, HourTruth>,
        now_nanos: u64,
    ) -> Option<(ExportMetricsServiceRequest, u64)> {
        let (mut orders, mut revenue) = (Vec::new(), Vec::new());
        for (start, hour) in hours {
            let told = self.told.entry(*start).or_default();
            let times = (
                (*start).max(self.since_nanos),
                (start + HOUR_NANOS - 1).min(now_nanos.max(*start)),
            );
            if hour.orders > told.orders {
                orders.push(((hour.orders - told.orders) as i64, times));
                revenue.push(((hour.revenue_won - told.revenue_won) as i64, times));
            }
            *told = *hour;
        }
        if orders.is_empty() {
            return None;
        }
        let points = (orders.len() + revenue.len()) as u64;
        let request = ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                resource: Some(resource(vec![
                    attribute("hannun.synthetic", flag(true)),
                    text("deployment.environment.name", "production"),
                ])),
                scope_metrics: vec![ScopeMetrics {
                    scope: Some(InstrumentationScope {
                        name: SCOPE.to_owned(),
                        ..InstrumentationScope::default()
                    }),
                    metrics: vec![
                        increments("orders", "{order}", &orders),
                        increments("revenue", "KRW", &revenue),
                    ],
                    schema_url: String::new(),
                }],
                schema_url: String::new(),
            }],
        };
        Some((request, points))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_is_told_once_and_in_its_hour() {
        let mut business = Business::new(0);
        let mut hours = BTreeMap::new();
        hours.insert(0, HourTruth { orders: 3, revenue_won: 30_000 });
        let (_, points) = business.tell(&hours, 60).unwrap();
        assert_eq!(points, 2);
        assert!(business.tell(&hours, 120).is_none());
        hours.insert(0, HourTruth { orders: 4, revenue_won: 41_000 });
        hours.insert(HOUR_NANOS, HourTruth { orders: 1, revenue_won: 9_000 });
        let (request, points) = business.tell(&hours, HOUR_NANOS + 5).unwrap();
        assert_eq!(points, 4);
        let text = format!("{request:?}");
        assert!(text.contains("AsInt(11000)") && text.contains("AsInt(9000)"), "{text}");
        assert!(text.contains(&format!("time_unix_nano: {}", HOUR_NANOS - 1)), "{text}");
    }
}
