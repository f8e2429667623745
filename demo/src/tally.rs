//! Where services and customers count what they do, while they do it.

use crate::business::HOUR_NANOS;
use crate::business_clock::{BusinessClock, unix_nanos};
use crate::plan::Plan;
use crate::truth::{CacheTruth, DeployTruth, EpisodeTruth, HourTruth, Truth};
use crate::{Scenario, ShopOptions};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A call to the registry that takes longer is evidence in the scenario `registry-timeout`.
const SLOW_CALL: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Tally {
    truth: Mutex<Truth>,
    plan: Arc<Plan>,
    clock: BusinessClock,
}

impl Tally {
    pub fn new(options: &ShopOptions, plan: Arc<Plan>, clock: BusinessClock) -> Self {
        let episodes = plan.episodes.iter().map(|episode| EpisodeTruth {
            scenario: episode.scenario,
            from_nanos: unix_nanos(episode.from),
            until_nanos: unix_nanos(episode.until),
        });
        let truth = Truth {
            scenario: options.scenario,
            seed: options.seed,
            from_nanos: unix_nanos(clock.now()),
            episodes: episodes.collect(),
            ..Truth::default()
        };
        Self { truth: Mutex::new(truth), plan, clock }
    }

    pub fn deploy(&self, service: &str, version: &str) {
        let at_nanos = unix_nanos(self.clock.now());
        let (service, version) = (service.to_owned(), version.to_owned());
        self.truth.lock().deploys.push(DeployTruth { service, version, at_nanos });
    }

    pub fn order_accepted(&self, number: u64, shard: &str, restaurant: u64, amount_won: u64) {
        let in_skew = self.plan.is_active(Scenario::ShardSkew, self.clock.now());
        let now = unix_nanos(self.clock.now());
        let mut truth = self.truth.lock();
        truth.orders_accepted += 1;
        truth.revenue_won += amount_won;
        let hour = truth.orders_by_hour.entry(now - now % HOUR_NANOS).or_default();
        hour.orders += 1;
        hour.revenue_won += amount_won;
        let first = truth.first_order_number.map_or(number, |first| first.min(number));
        let last = truth.last_order_number.map_or(number, |last| last.max(number));
        truth.first_order_number = Some(first);
        truth.last_order_number = Some(last);
        *truth.orders_per_shard.entry(shard.to_owned()).or_default() += 1;
        *truth.orders_per_restaurant.entry(restaurant).or_default() += 1;
        if in_skew {
            *truth.orders_per_shard_in_skew.entry(shard.to_owned()).or_default() += 1;
        }
    }

    pub fn order_declined(&self) {
        self.truth.lock().orders_declined += 1;
    }

    pub fn order_failed(&self) {
        self.truth.lock().orders_failed += 1;
    }

    pub fn payment_retried(&self) {
        self.truth.lock().payment_retries += 1;
    }

    pub fn request(&self, service: &str, endpoint: &str, began: SystemTime) {
        let in_episode = self.plan.is_any_active(began);
        let mut truth = self.truth.lock();
        count(&mut truth.requests, service, endpoint);
        if in_episode {
            count(&mut truth.requests_in_episodes, service, endpoint);
        }
    }

    pub fn error(&self, class: &str) {
        *self.truth.lock().errors.entry(class.to_owned()).or_default() += 1;
    }

    pub fn cache_lookup(&self, is_hit: bool) {
        let in_stampede = self.plan.is_active(Scenario::CacheStampede, self.clock.now());
        let add = |cache: &mut CacheTruth| {
            if is_hit {
                cache.hits += 1;
            } else {
                cache.misses += 1;
            }
        };
        let mut truth = self.truth.lock();
        add(&mut truth.cache);
        if in_stampede {
            add(&mut truth.cache_in_stampede);
        }
    }

    pub fn registry_call(&self, order: u64, took: Duration, timed_out: bool) {
        let mut truth = self.truth.lock();
        let registry = &mut truth.registry;
        registry.calls += 1;
        registry.timeouts += u64::from(timed_out);
        if took <= SLOW_CALL {
            return;
        }
        registry.calls_over_ten_seconds += 1;
        if let Err(place) = registry.affected_orders.binary_search(&order) {
            registry.affected_orders.insert(place, order);
        }
        if timed_out {
            return;
        }
        let seconds = took.as_secs_f64();
        registry.calls_over_ten_seconds_succeeded += 1;
        let least = registry.slow_success_seconds_min.map_or(seconds, |least| least.min(seconds));
        let most = registry.slow_success_seconds_max.map_or(seconds, |most| most.max(seconds));
        registry.slow_success_seconds_min = Some(least);
        registry.slow_success_seconds_max = Some(most);
    }

    pub fn registry_gave_up(&self, order: u64) {
        let mut truth = self.truth.lock();
        if let Err(place) = truth.registry.failed_orders.binary_search(&order) {
            truth.registry.failed_orders.insert(place, order);
        }
    }

    /// Orders by hour so far.
    pub fn orders_by_hour(&self) -> BTreeMap<u64, HourTruth> {
        self.truth.lock().orders_by_hour.clone()
    }

    /// The truth so far, with what the services exported.
    pub fn finish(&self, exported: impl IntoIterator<Item = (String, [u64; 3])>) -> Truth {
        let mut truth = self.truth.lock().clone();
        truth.until_nanos = unix_nanos(self.clock.now());
        for (service, [spans, logs, points]) in exported {
            truth.spans.insert(service.clone(), spans);
            truth.logs.insert(service.clone(), logs);
            truth.metric_points.insert(service, points);
        }
        truth
    }
}

type Counts = std::collections::BTreeMap<String, std::collections::BTreeMap<String, u64>>;

fn count(counts: &mut Counts, service: &str, endpoint: &str) {
    if let Some(count) = counts.get_mut(service).and_then(|counts| counts.get_mut(endpoint)) {
        *count += 1;
        return;
    }
    counts.entry(service.to_owned()).or_default().insert(endpoint.to_owned(), 1);
}
