//! What a run of the shop can be told.

use crate::ShopError;
use hannun_model::limits::{SHOP_HISTORY_DAYS_MAX, SHOP_ORDERS_PER_DAY_MAX};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::SystemTime;

/// What goes wrong in the shop. One is active in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// One bad deploy and one episode of a slow registry, at times told in the truth.
    #[default]
    Mixed,
    /// Nothing unusual.
    Calm,
    /// The government registry turns slow; calls of `dispatch` time out.
    RegistryTimeout,
    /// Version 1.5.0 of `order` is slower in one endpoint and has one new class of error.
    BadDeploy,
    /// The catalogue's cache entries expire together under a burst of customers.
    CacheStampede,
    /// Order numbers are allocated so that one shard gets nearly all orders.
    ShardSkew,
}

impl Scenario {
    pub const ALL: [Self; 6] = [
        Self::Mixed,
        Self::Calm,
        Self::RegistryTimeout,
        Self::BadDeploy,
        Self::CacheStampede,
        Self::ShardSkew,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Calm => "calm",
            Self::RegistryTimeout => "registry-timeout",
            Self::BadDeploy => "bad-deploy",
            Self::CacheStampede => "cache-stampede",
            Self::ShardSkew => "shard-skew",
        }
    }
}

impl std::fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

impl std::str::FromStr for Scenario {
    type Err = ShopError;

    fn from_str(text: &str) -> Result<Self, ShopError> {
        Self::ALL.into_iter().find(|scenario| scenario.name() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|scenario| scenario.name()).collect();
            ShopError::UnknownScenario(text.to_owned(), names.join(", "))
        })
    }
}

/// The shop itself.
#[derive(Debug, Clone)]
pub struct ShopOptions {
    /// Where OTLP over gRPC is received, as `http://host:port`.
    pub otlp_grpc_endpoint: String,
    /// gRPC metadata sent with every export; keys in lower case.
    pub headers: Vec<(String, String)>,
    /// The shop's own databases and its truth; created when missing.
    pub folder: PathBuf,
    pub scenario: Scenario,
    pub seed: u64,
    /// Orders of an ordinary weekday, before the scenario changes anything.
    pub orders_per_day: f64,
}

impl ShopOptions {
    pub fn new(otlp_grpc_endpoint: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        Self {
            otlp_grpc_endpoint: otlp_grpc_endpoint.into(),
            headers: Vec::new(),
            folder: folder.into(),
            scenario: Scenario::default(),
            seed: 7,
            orders_per_day: 2000.0,
        }
    }

    pub(crate) fn check(&self) -> Result<(), ShopError> {
        if self.orders_per_day > 0.0 && self.orders_per_day <= SHOP_ORDERS_PER_DAY_MAX {
            return Ok(());
        }
        Err(ShopError::Options(format!(
            "orders per day must be above 0 and at most {SHOP_ORDERS_PER_DAY_MAX}"
        )))
    }
}

/// How much history is played, and when it ends.
#[derive(Debug, Clone)]
pub struct HistoryOptions {
    pub days: f64,
    /// `None` ends at the wall clock's time when the run ends; a fixed time makes the history of a
    /// seed the same in every run.
    pub until: Option<SystemTime>,
}

impl Default for HistoryOptions {
    fn default() -> Self {
        Self { days: 3.0, until: None }
    }
}

impl HistoryOptions {
    pub(crate) fn check(&self) -> Result<(), ShopError> {
        if self.days > 0.0 && self.days <= SHOP_HISTORY_DAYS_MAX {
            return Ok(());
        }
        Err(ShopError::Options(format!(
            "days of history must be above 0 and at most {SHOP_HISTORY_DAYS_MAX}"
        )))
    }
}
