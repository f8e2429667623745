//! Sampling rates that keep the traces that arrive within a budget.
//!
//! Tracers decide at the beginning of a trace, by the rate that the last answer named for their
//! service and environment (`rate_by_service`). The budget is divided as water fills vessels: every
//! service keeps all of its traces up to a level that is the same for all, and the level is as high
//! as the budget allows, so that a loud service does not crowd out a quiet one.
//!
//! What a rate leaves out is counted all the same: by the client, or here, from the chunks that it
//! sends with a priority of zero.

use hannun_model::limits::{DATADOG_SAMPLED_NAME_BYTES_MAX, DATADOG_SAMPLED_SERVICES_MAX};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Rates are worked out anew this often.
const PERIOD: Duration = Duration::from_secs(5);
/// Share of what was known before in what is known now, so that rates do not jump.
const MEMORY: f64 = 0.5;
/// A service that sends fewer traces a second than this has been forgotten.
const FORGOTTEN_PER_SECOND: f64 = 1e-3;
/// The rate of those that have none of their own.
const DEFAULT_KEY: &str = "service:,env:";

/// Traces of one payload that a rate decides about, by service and environment.
#[derive(Debug, Default)]
pub struct Seen(Vec<(String, f64)>);

impl Seen {
    /// Counts traces.
    pub fn count(&mut self, service: &str, environment: &str, traces: f64) {
        let length = service.len().max(environment.len());
        if traces <= 0.0 || length > DATADOG_SAMPLED_NAME_BYTES_MAX {
            return;
        }
        let is_same = |key: &str| {
            let rest = key.strip_prefix("service:").and_then(|key| key.strip_prefix(service));
            rest.and_then(|rest| rest.strip_prefix(",env:")) == Some(environment)
        };
        let has_room = self.0.len() < DATADOG_SAMPLED_SERVICES_MAX;
        // A payload is of one service as a rule.
        match self.0.iter_mut().rev().take(8).find(|(key, _)| is_same(key)) {
            Some((_, count)) => *count += traces,
            None if has_room => {
                self.0.push((format!("service:{service},env:{environment}"), traces));
            }
            None => {}
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Rate {
    /// Since the rates were worked out.
    seen: f64,
    per_second: f64,
    rate: Option<f64>,
}

#[derive(Debug)]
struct Rates {
    by_key: HashMap<String, Rate>,
    /// Rate of those that have none yet.
    otherwise: f64,
    since: Instant,
    answer: String,
}

/// Rates by service and environment.
#[derive(Debug)]
pub struct Sampler {
    /// Traces a second; zero keeps all.
    budget: f64,
    rates: Mutex<Rates>,
}

impl Sampler {
    /// Keeps so many traces a second; zero keeps all.
    pub fn new(traces_per_second: f64) -> Self {
        let rates = Rates {
            by_key: HashMap::new(),
            otherwise: 1.0,
            since: Instant::now(),
            answer: answer(&HashMap::new(), 1.0),
        };
        let is_budget = traces_per_second.is_finite() && traces_per_second > 0.0;
        Self { budget: if is_budget { traces_per_second } else { 0.0 }, rates: Mutex::new(rates) }
    }

    /// Whether there is a budget to keep to.
    pub fn has_budget(&self) -> bool {
        self.budget > 0.0
    }

    /// Traces a second; zero keeps all.
    pub fn traces_per_second(&self) -> f64 {
        self.budget
    }

    /// Takes note of the traces of a payload. Answers the rates as JSON.
    pub fn answer(&self, seen: &Seen) -> String {
        self.answer_at(seen, Instant::now())
    }

    fn answer_at(&self, seen: &Seen, now: Instant) -> String {
        let mut rates = self.rates.lock();
        if !self.has_budget() {
            return rates.answer.clone();
        }
        for (key, traces) in &seen.0 {
            if let Some(rate) = rates.by_key.get_mut(key) {
                rate.seen += traces;
            } else if rates.by_key.len() < DATADOG_SAMPLED_SERVICES_MAX {
                rates.by_key.insert(key.clone(), Rate { seen: *traces, ..Rate::default() });
            }
        }
        let elapsed = now.saturating_duration_since(rates.since);
        if elapsed >= PERIOD {
            rates.work_out(self.budget, elapsed.as_secs_f64());
            rates.since = now;
        }
        rates.answer.clone()
    }
}

impl Rates {
    fn work_out(&mut self, budget: f64, seconds: f64) {
        for rate in self.by_key.values_mut() {
            let now = std::mem::take(&mut rate.seen) / seconds;
            let is_new = rate.rate.is_none();
            let before = if is_new { now } else { rate.per_second };
            rate.per_second = MEMORY * before + (1.0 - MEMORY) * now;
        }
        self.by_key.retain(|_, rate| rate.per_second >= FORGOTTEN_PER_SECOND);
        let level = level(budget, self.by_key.values().map(|rate| rate.per_second));
        for rate in self.by_key.values_mut() {
            rate.rate = Some((level / rate.per_second).min(1.0));
        }
        let all: f64 = self.by_key.values().map(|rate| rate.per_second).sum();
        self.otherwise = if all > budget { budget / all } else { 1.0 };
        self.answer = answer(&self.by_key, self.otherwise);
    }
}

/// The height at which all that stands above it is cut for the rest to add up to the budget.
fn level(budget: f64, amounts: impl Iterator<Item = f64>) -> f64 {
    let mut amounts: Vec<f64> = amounts.collect();
    amounts.sort_by(f64::total_cmp);
    let mut left = budget;
    let mut count = amounts.len();
    for amount in amounts {
        let share = left / count as f64;
        if amount > share {
            return share;
        }
        left -= amount;
        count -= 1;
    }
    f64::INFINITY
}

fn answer(by_key: &HashMap<String, Rate>, otherwise: f64) -> String {
    let mut out = format!("{{\"rate_by_service\":{{\"{DEFAULT_KEY}\":{}", written(otherwise));
    for (key, rate) in by_key.iter().filter(|(key, _)| *key != DEFAULT_KEY) {
        if let Some(rate) = rate.rate {
            let key = serde_json::Value::from(key.as_str());
            let result = write!(out, ",{key}:{}", written(rate));
            debug_assert!(result.is_ok(), "writing to a string cannot fail");
        }
    }
    out.push_str("}}");
    out
}

/// A rate as clients read it: never in scientific notation.
fn written(rate: f64) -> String {
    format!("{:.6}", rate.clamp(1e-6, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rates(answer: &str) -> HashMap<String, f64> {
        let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
        let rates = answer["rate_by_service"].as_object().unwrap();
        rates.iter().map(|(key, rate)| (key.clone(), rate.as_f64().unwrap())).collect()
    }

    fn seen(counts: &[(&str, f64)]) -> Seen {
        let mut seen = Seen::default();
        counts.iter().for_each(|(service, traces)| seen.count(service, "prod", *traces));
        seen
    }

    #[test]
    fn without_a_budget_everything_is_kept() {
        let sampler = Sampler::new(0.0);
        let later = Instant::now() + 10 * PERIOD;
        let answer = sampler.answer_at(&seen(&[("shop", 1e6)]), later);
        assert_eq!(rates(&answer), HashMap::from([(DEFAULT_KEY.to_owned(), 1.0)]));
    }

    #[test]
    fn a_loud_service_does_not_crowd_out_a_quiet_one() {
        let sampler = Sampler::new(10.0);
        let start = Instant::now();
        sampler.answer_at(&seen(&[("loud", 5000.0), ("quiet", 5.0)]), start);
        let answer = sampler.answer_at(&Seen::default(), start + PERIOD + Duration::from_millis(1));
        let rates = rates(&answer);
        assert_eq!(rates["service:quiet,env:prod"], 1.0);
        let loud = rates["service:loud,env:prod"];
        assert!((loud - 9.0 / 1000.0).abs() < 1e-4, "{loud}");
        assert!((rates[DEFAULT_KEY] - 10.0 / 1001.0).abs() < 1e-4, "{rates:?}");
    }

    #[test]
    fn rates_rise_again_when_traffic_falls() {
        let sampler = Sampler::new(10.0);
        let mut now = Instant::now();
        sampler.answer_at(&seen(&[("shop", 5000.0)]), now);
        let mut last = 0.0;
        for _ in 0..20 {
            now += PERIOD + Duration::from_millis(1);
            let answer = sampler.answer_at(&seen(&[("shop", 20.0)]), now);
            let rate = rates(&answer)["service:shop,env:prod"];
            assert!(rate >= last);
            last = rate;
        }
        assert_eq!(last, 1.0);
    }

    #[test]
    fn names_without_end_and_services_without_number_take_no_room() {
        let sampler = Sampler::new(1.0);
        let long = "x".repeat(DATADOG_SAMPLED_NAME_BYTES_MAX + 1);
        let mut seen = seen(&[(&long, 1.0), ("quote\"d", 1.0)]);
        for number in 0..2 * DATADOG_SAMPLED_SERVICES_MAX {
            seen.count(&format!("s{number}"), "prod", 1.0);
        }
        let answer = sampler.answer_at(&seen, Instant::now() + 2 * PERIOD);
        let rates = rates(&answer);
        assert_eq!(rates.len(), DATADOG_SAMPLED_SERVICES_MAX + 1);
        assert!(rates.contains_key("service:quote\"d,env:prod"));
    }

    proptest! {
        #[test]
        fn what_is_kept_adds_up_to_the_budget(
            amounts in prop::collection::vec(0.1..1000.0_f64, 1..50),
            budget in 0.5..5000.0_f64,
        ) {
            let level = level(budget, amounts.iter().copied());
            let kept: f64 = amounts.iter().map(|amount| amount.min(level)).sum();
            let all: f64 = amounts.iter().sum();
            prop_assert!((kept - all.min(budget)).abs() < 1e-6 * all, "{kept} of {all}");
        }
    }
}
