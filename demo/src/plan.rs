//! What is going to happen in a run: deploys and episodes, decided before it starts.

use crate::Scenario;
use crate::demand::last_in_seoul;
use std::time::{Duration, SystemTime};

const MINUTE: Duration = Duration::from_secs(60);
/// A live run has no end; its episodes come back this often, for this long.
const LIVE_PERIOD: Duration = Duration::from_secs(30 * 60);
const LIVE_FIRST: Duration = Duration::from_secs(2 * 60);
const LIVE_LENGTH: Duration = Duration::from_secs(12 * 60);
const LIVE_EPISODES: u32 = 48 * 14;

/// The services that export telemetry, with the version they start a history with, the one they
/// end it with, and the share of the history after which it is deployed.
pub const RELEASES: [(&str, &str, &str, f64); 6] = [
    ("gateway", "2.3.0", "2.3.1", 0.20),
    ("catalogue", "1.9.2", "1.10.0", 0.25),
    ("recommendation", "0.8.0", "0.9.0", 0.18),
    ("order", "1.3.2", "1.4.0", 0.10),
    ("payment", "3.0.4", "3.1.0", 0.22),
    ("dispatch", "1.2.0", "1.2.1", 0.15),
];
/// The version of `order` with the slow endpoint.
pub const ORDER_SLOW: &str = "1.5.0";
/// The version of `order` that allocates nearly all numbers to one shard.
pub const ORDER_SKEWED: &str = "1.4.1";
const ORDER_REPAIRED: &str = "1.5.1";

#[derive(Debug, Clone)]
pub struct Episode {
    pub scenario: Scenario,
    pub from: SystemTime,
    pub until: SystemTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deploy {
    pub service: &'static str,
    pub version: &'static str,
    pub at: SystemTime,
}

#[derive(Debug, Default)]
pub struct Plan {
    pub first_versions: Vec<(&'static str, &'static str)>,
    /// In the order of time.
    pub deploys: Vec<Deploy>,
    pub episodes: Vec<Episode>,
}

impl Plan {
    pub fn history(scenario: Scenario, from: SystemTime, until: SystemTime) -> Self {
        let window = Window { from, until };
        let mut deploys: Vec<Deploy> = RELEASES
            .iter()
            .map(|(service, _, version, share)| Deploy { service, version, at: window.at(*share) })
            .collect();
        let mut episodes = Vec::new();
        let order = |version, at| Deploy { service: "order", version, at };
        match scenario {
            Scenario::Calm => {}
            Scenario::RegistryTimeout => {
                episodes.push(window.episode(scenario, (11, 45), 60 * MINUTE));
            }
            Scenario::CacheStampede => {
                episodes.push(window.episode(scenario, (18, 0), 20 * MINUTE));
            }
            Scenario::BadDeploy => {
                let from = window.moment(17, 45);
                deploys.push(order(ORDER_SLOW, from));
                episodes.push(Episode { scenario, from, until });
            }
            Scenario::ShardSkew => {
                let from = window.moment(17, 0);
                deploys.push(order(ORDER_SKEWED, from));
                episodes.push(Episode { scenario, from, until });
            }
            Scenario::Mixed => {
                let mut slow = window.episode(Scenario::RegistryTimeout, (11, 45), 60 * MINUTE);
                let mut bad = window.episode(Scenario::BadDeploy, (17, 45), 240 * MINUTE);
                if bad.from < slow.until && slow.from < bad.until {
                    // Too short a history for a lunch and a dinner.
                    slow = window.episode_at(slow.scenario, window.at(0.30), 60 * MINUTE);
                    bad = window.episode_at(bad.scenario, window.at(0.60), 240 * MINUTE);
                }
                deploys.push(order(ORDER_SLOW, bad.from));
                deploys.push(order(ORDER_REPAIRED, bad.until));
                episodes.extend([slow, bad]);
            }
        }
        deploys.sort_by_key(|deploy| deploy.at);
        let first_versions =
            RELEASES.iter().map(|(service, first, _, _)| (*service, *first)).collect();
        Self { first_versions, deploys, episodes }
    }

    /// A live run starts with the versions that a history of the same scenario ended with.
    pub fn live(scenario: Scenario, from: SystemTime) -> Self {
        let order = match scenario {
            Scenario::Mixed => ORDER_REPAIRED,
            Scenario::BadDeploy => ORDER_SLOW,
            Scenario::ShardSkew => ORDER_SKEWED,
            _ => "1.4.0",
        };
        let first_versions = RELEASES.iter().map(|(service, _, last, _)| {
            (*service, if *service == "order" { order } else { *last })
        });
        let whole_run = Episode { scenario, from, until: from + LIVE_PERIOD * LIVE_EPISODES };
        let episodes = match scenario {
            Scenario::Mixed | Scenario::Calm => Vec::new(),
            Scenario::BadDeploy | Scenario::ShardSkew => vec![whole_run],
            Scenario::RegistryTimeout | Scenario::CacheStampede => (0..LIVE_EPISODES)
                .map(|round| {
                    let from = from + LIVE_FIRST + LIVE_PERIOD * round;
                    Episode { scenario, from, until: from + LIVE_LENGTH }
                })
                .collect(),
        };
        Self { first_versions: first_versions.collect(), deploys: Vec::new(), episodes }
    }

    /// The number of the episode of `scenario` that covers `time`.
    pub fn active(&self, scenario: Scenario, time: SystemTime) -> Option<usize> {
        self.episodes.iter().position(|episode| {
            episode.scenario == scenario && episode.from <= time && time < episode.until
        })
    }

    pub fn is_active(&self, scenario: Scenario, time: SystemTime) -> bool {
        self.active(scenario, time).is_some()
    }

    pub fn is_any_active(&self, time: SystemTime) -> bool {
        self.episodes.iter().any(|episode| episode.from <= time && time < episode.until)
    }
}

struct Window {
    from: SystemTime,
    until: SystemTime,
}

impl Window {
    fn length(&self) -> Duration {
        self.until.duration_since(self.from).unwrap_or_default()
    }

    fn share(&self, share: f64) -> Duration {
        Duration::from_secs_f64(self.length().as_secs_f64() * share)
    }

    fn at(&self, share: f64) -> SystemTime {
        self.from + self.share(share)
    }

    /// The last peak in Seoul that leaves time before and after it; half way in a history too
    /// short to have one.
    fn moment(&self, hour: u64, minute: u64) -> SystemTime {
        let peak = last_in_seoul(self.at(0.85), hour, minute);
        if peak > self.at(0.30) { peak } else { self.at(0.35) }
    }

    fn episode(&self, scenario: Scenario, (hour, minute): (u64, u64), length: Duration) -> Episode {
        self.episode_at(scenario, self.moment(hour, minute), length)
    }

    fn episode_at(&self, scenario: Scenario, from: SystemTime, length: Duration) -> Episode {
        let until = (from + length.min(self.share(0.25))).min(self.until);
        Episode { scenario, from, until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    fn days(count: u64) -> Duration {
        Duration::from_secs(count * 86_400)
    }

    #[test]
    fn episodes_of_a_mixed_history_lie_inside_it_and_apart() {
        for hours in [1, 2, 6, 24, 72, 240] {
            for start in 0..24 {
                let from = UNIX_EPOCH + days(20_000) + Duration::from_secs(start * 3600);
                let until = from + Duration::from_secs(hours * 3600);
                let plan = Plan::history(Scenario::Mixed, from, until);
                let mut episodes = plan.episodes.clone();
                episodes.sort_by_key(|episode| episode.from);
                assert!(from < episodes[0].from && episodes[0].until <= episodes[1].from);
                assert!(episodes[1].until <= until, "{hours} hours from {start}");
            }
        }
    }

    #[test]
    fn every_service_changes_its_version_in_a_history() {
        for scenario in Scenario::ALL {
            let from = UNIX_EPOCH + days(20_000);
            let plan = Plan::history(scenario, from, from + days(3));
            for (service, version) in &plan.first_versions {
                assert!(
                    plan.deploys
                        .iter()
                        .any(|deploy| deploy.service == *service && deploy.version != *version)
                );
            }
            assert!(plan.deploys.is_sorted_by_key(|deploy| deploy.at));
        }
    }

    #[test]
    fn a_live_run_starts_with_the_versions_its_history_ended_with() {
        for scenario in Scenario::ALL {
            let from = UNIX_EPOCH + days(20_000);
            let history = Plan::history(scenario, from, from + days(3));
            for (service, version) in Plan::live(scenario, from + days(3)).first_versions {
                let last = history.deploys.iter().rfind(|deploy| deploy.service == service);
                assert_eq!(last.map(|deploy| deploy.version), Some(version));
            }
        }
    }
}
