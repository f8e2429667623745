//! Who is billed, and for what: accounts, resources and commitments.

use crate::GenerateError;
use crate::chance::Chance;
use crate::price::{Price, Quantity};
use crate::products::{self, Product, Shape};
use std::collections::BTreeMap;

/// One account of the organization.
#[derive(Debug, Clone)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    pub name: String,
    pub team: String,
    pub stage: String,
}

/// A region, with the prefix of its usage types; `us-east-1` has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    pub id: &'static str,
    pub name: &'static str,
    pub prefix: &'static str,
}

pub const SEOUL: Region =
    Region { id: "ap-northeast-2", name: "Asia Pacific (Seoul)", prefix: "APN2-" };
pub const TOKYO: Region =
    Region { id: "ap-northeast-1", name: "Asia Pacific (Tokyo)", prefix: "APN1-" };
pub const VIRGINIA: Region = Region { id: "us-east-1", name: "US East (N. Virginia)", prefix: "" };
pub const EVERYWHERE: Region = Region { id: "", name: "Any", prefix: "" };

/// A product in a region, at its price.
#[derive(Debug, Clone)]
pub struct Usage {
    pub product: &'static Product,
    pub region: Region,
    pub usage_type: String,
    pub on_demand: Price,
    /// What a commitment makes of the price.
    pub committed: Price,
    pub sku: String,
    pub description: String,
}

/// How much a resource uses.
#[derive(Debug, Clone)]
pub enum Use {
    /// A shape over time, at this scale.
    Shaped(Shape, Quantity),
    /// Exactly so much in each hour from a time on, and nothing before or after.
    Hours(i64, Vec<Quantity>),
}

/// Something that costs money.
#[derive(Debug, Clone)]
pub struct Resource {
    pub id: String,
    pub account: usize,
    pub usage: usize,
    /// The letter of its availability zone.
    pub zone: Option<char>,
    /// Key and value, in the order of the company's keys.
    pub tags: Vec<(usize, String)>,
    pub used: Use,
    /// The reservation that its hours count towards.
    pub reservation: Option<usize>,
    /// The Kubernetes node that it is.
    pub node: Option<usize>,
}

/// A promise to spend so much an hour.
#[derive(Debug, Clone)]
pub struct SavingsPlan {
    pub arn: String,
    pub account: usize,
    pub hourly: Price,
    pub usage: usize,
}

/// Instances paid for whether they run or not.
#[derive(Debug, Clone)]
pub struct Reservation {
    pub arn: String,
    pub account: usize,
    pub usage: usize,
    pub count: usize,
    /// An instance and hour.
    pub recurring: Price,
    /// What was paid at once, by instance and hour of the term.
    pub upfront: Price,
}

/// A worker of a cluster, and the pods on it.
#[derive(Debug, Clone)]
pub struct Node {
    pub resource: usize,
    pub cluster: String,
    pub name: String,
    pub vcpu: f64,
    pub memory_gib: f64,
    pub pods: Vec<Pod>,
}

#[derive(Debug, Clone)]
pub struct Pod {
    pub name: String,
    pub namespace: String,
    pub workload: String,
    pub uid: String,
    pub cpu_request: f64,
    pub cpu_used: f64,
    pub memory_request_gib: f64,
    pub memory_used_gib: f64,
}

/// Something unusual in the bill, on purpose.
#[derive(Debug, Clone)]
pub struct Anomaly {
    pub name: &'static str,
    pub resource: usize,
    pub from: i64,
    pub until: i64,
    /// Times its ordinary use; of a resource that never runs, so many units an hour.
    pub factor: f64,
}

/// A tag that is not written as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drift {
    pub key: String,
    pub value: String,
    pub canonical: String,
}

/// Everything a bill is made from.
#[derive(Debug, Clone)]
pub struct Company {
    pub seed: u64,
    pub currency: String,
    /// The first pays.
    pub accounts: Vec<Account>,
    pub usages: Vec<Usage>,
    pub resources: Vec<Resource>,
    pub savings_plans: Vec<SavingsPlan>,
    pub reservations: Vec<Reservation>,
    pub nodes: Vec<Node>,
    pub anomalies: Vec<Anomaly>,
    /// Keys of tags, as people chose them.
    pub tag_keys: Vec<String>,
    pub drift: Vec<Drift>,
    /// What one US dollar of the price list is in the currency of the bill.
    currency_factor: f64,
    known: BTreeMap<(&'static str, &'static str), usize>,
}

impl Company {
    /// A company without anything.
    ///
    /// # Errors
    /// When there is no price list in the currency.
    pub fn new(seed: u64, currency: &str) -> Result<Self, GenerateError> {
        let currency_factor = match currency {
            "USD" => 1.0,
            "KRW" => 1400.0,
            "EUR" => 0.9,
            "JPY" => 150.0,
            other => {
                return Err(GenerateError::Options(format!(
                    "no prices in {other}; use USD, KRW, EUR or JPY"
                )));
            }
        };
        Ok(Self {
            seed,
            currency: currency.to_owned(),
            accounts: Vec::new(),
            usages: Vec::new(),
            resources: Vec::new(),
            savings_plans: Vec::new(),
            reservations: Vec::new(),
            nodes: Vec::new(),
            anomalies: Vec::new(),
            tag_keys: Vec::new(),
            drift: Vec::new(),
            currency_factor,
            known: BTreeMap::new(),
        })
    }

    pub fn chance(&self) -> Chance {
        Chance::new(self.seed)
    }

    /// Adds an account and returns its place.
    pub fn account(&mut self, name: &str, team: &str, stage: &str) -> usize {
        let place = self.accounts.len();
        let digits = self.chance().named("account").about(place as u64).bits() % 100_000_000_000;
        self.accounts.push(Account {
            id: format!("1{digits:011}"),
            name: name.to_owned(),
            team: team.to_owned(),
            stage: stage.to_owned(),
        });
        place
    }

    /// The place of a product in a region.
    pub fn usage(&mut self, product: &'static Product, region: Region) -> usize {
        let region = if product.is_global() { EVERYWHERE } else { region };
        if let Some(place) = self.known.get(&(product.key, region.id)) {
            return *place;
        }
        let place = self.usages.len();
        let chance = self.chance().named(product.key).named(region.id);
        let on_demand = product.price.times(self.currency_factor);
        let unit = product.unit;
        self.usages.push(Usage {
            product,
            region,
            usage_type: format!("{}{}", region.prefix, product.usage_type),
            on_demand,
            // A year without an advance payment is worth this much, about.
            committed: on_demand.times(match product.commitment {
                products::Commitment::SavingsPlan => 0.72,
                products::Commitment::Reservation => 0.64,
                products::Commitment::None => 1.0,
            }),
            sku: chance.hex(16).to_uppercase(),
            description: format!(
                "{} {} per {unit} for {} in {}",
                on_demand.money(),
                self.currency,
                product.usage_type,
                region.name
            ),
        });
        self.known.insert((product.key, region.id), place);
        place
    }

    /// The place of a product by its key.
    ///
    /// # Errors
    /// When there is no such product.
    pub fn usage_of(&mut self, key: &str, region: Region) -> Result<usize, GenerateError> {
        let product = products::all().find(|product| product.key == key).ok_or_else(|| {
            GenerateError::Options(format!("there is no product `{key}` on the price list"))
        })?;
        Ok(self.usage(product, region))
    }

    /// An amount in dollars as a price in the bill's currency.
    pub fn dollars(&self, amount: f64) -> Price {
        Price::of(amount * self.currency_factor)
    }

    /// The place of a tag key.
    pub fn tag_key(&mut self, key: &str) -> usize {
        if let Some(place) = self.tag_keys.iter().position(|known| known == key) {
            return place;
        }
        self.tag_keys.push(key.to_owned());
        self.tag_keys.len() - 1
    }

    /// Commits to `hourly` of spending on compute.
    pub fn promise(&mut self, account: usize, hourly: Price) {
        let usage = self.usage(&products::SAVINGS_PLAN, EVERYWHERE);
        let payer = self.accounts.get(account).map_or("", |account| account.id.as_str());
        let id = self.chance().named("savings plan").about(self.savings_plans.len() as u64);
        let arn = format!("arn:aws:savingsplans::{payer}:savingsplan/{}", uuid(id));
        self.savings_plans.push(SavingsPlan { arn, account, hourly, usage });
    }
}

impl Resource {
    /// The value of a tag.
    pub fn tag(&self, key: usize) -> Option<&str> {
        self.tags.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
    }
}

/// An id as AWS gives: a UUID from chance.
pub fn uuid(chance: Chance) -> String {
    let hex = chance.hex(32);
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}
