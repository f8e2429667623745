//! A government registry of riders' licences: somebody else's system. It exports no telemetry; the
//! shop only sees how it answers. In the scenario `registry-timeout` it turns slow.

use super::BusyGuard;
use crate::Scenario;
use crate::business_clock::BusinessClock;
use crate::dice::Dice;
use crate::http_client::REGISTRY_REFERENCE;
use crate::plan::Plan;
use crate::services::Busy;
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use http::HeaderMap;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const ORDINARY: Duration = Duration::from_millis(140);
/// Of three first requests in an episode, this many get no answer in time …
const SLOW_OF_THREE: u64 = 2;
/// … until this many had none. Then the registry recovers.
const SLOW_REQUESTS: usize = 15;
/// Longer than anybody waits.
const HOPELESS: Duration = Duration::from_secs(45);
/// Seconds until the second request of the same reference is answered, in the order of the first
/// ones; the others are hopeless too. The caller's reconnect comes on top.
const SECOND_REQUESTS: [Option<f64>; SLOW_REQUESTS] = [
    Some(11.35),
    None,
    None,
    Some(17.82),
    None,
    Some(13.20),
    None,
    Some(29.94),
    None,
    Some(21.07),
    None,
    Some(14.66),
    None,
    Some(25.41),
    None,
];

#[derive(Debug, Clone)]
pub struct Registry {
    clock: BusinessClock,
    plan: Arc<Plan>,
    busy: Busy,
    seed: u64,
    slow: Arc<Mutex<Slow>>,
}

/// The slow requests of the current episode.
#[derive(Debug, Default)]
struct Slow {
    episode: Option<usize>,
    first_requests: u64,
    references: BTreeSet<String>,
    waiting: Vec<String>,
}

impl Registry {
    pub fn new(clock: BusinessClock, plan: Arc<Plan>, busy: Busy, seed: u64) -> Self {
        Self { clock, plan, busy, seed, slow: Arc::default() }
    }

    pub fn router(&self) -> Router {
        Router::new().route("/v1/licences/{licence}", get(licence)).with_state(self.clone())
    }

    fn delay(&self, reference: &str) -> Duration {
        let subject = reference
            .bytes()
            .fold(0, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let ordinary = Dice::new(self.seed, "registry", subject).around(ORDINARY);
        let mut slow = self.slow.lock();
        if let Some(place) = slow.waiting.iter().position(|waiting| waiting == reference) {
            return match SECOND_REQUESTS.get(place).copied().flatten() {
                Some(seconds) => Duration::from_secs_f64(seconds),
                None => HOPELESS,
            };
        }
        let episode = self.plan.active(Scenario::RegistryTimeout, self.clock.now());
        if episode.is_none() {
            return ordinary;
        }
        if episode != slow.episode {
            *slow = Slow { episode, ..Slow::default() };
        }
        if !slow.references.insert(reference.to_owned()) || slow.waiting.len() >= SLOW_REQUESTS {
            return ordinary;
        }
        slow.first_requests += 1;
        if slow.first_requests % 3 >= SLOW_OF_THREE {
            return ordinary * 8;
        }
        slow.waiting.push(reference.to_owned());
        HOPELESS
    }
}

async fn licence(
    State(registry): State<Registry>,
    headers: HeaderMap,
    Path(licence): Path<String>,
) -> Json<Value> {
    let _busy: BusyGuard = registry.busy.enter();
    let reference = headers.get(REGISTRY_REFERENCE).and_then(|value| value.to_str().ok());
    let delay = registry.delay(reference.unwrap_or_default());
    registry.clock.sleep(delay).await;
    Json(json!({"licence": licence, "valid": true, "insured": true}))
}
