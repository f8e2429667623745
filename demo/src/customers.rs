//! The customers: they look at menus, click, order and ask where their food is, as often as the
//! time of day in Seoul suggests.

use crate::Scenario;
use crate::business_clock::BusinessClock;
use crate::demand::{DEMAND_MAX, demand};
use crate::dice::Dice;
use crate::http_client::{Call, HttpClient, Reply, USER};
use crate::plan::Plan;
use crate::services::Busy;
use crate::services::catalogue::{DISHES, RESTAURANTS};
use hannun_model::limits::SHOP_CUSTOMERS_MAX;
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const USERS: u64 = 3_000;
/// Share of visits that end with an order.
const ORDER_SHARE: f64 = 0.5;
/// A live run shows something at night as well.
const LIVE_DEMAND_MIN: f64 = 0.5;
const AGENTS: [&str; 3] =
    ["ShopApp/5.2 (iOS 19)", "ShopApp/5.1 (Android 16)", "Mozilla/5.0 (X11; Linux x86_64)"];
/// In the cache stampede a message sends this many customers to one menu, on every minute.
const BURST: u64 = 40;
const BURST_RESTAURANT: u64 = 3;
const BURST_SPREAD: Duration = Duration::from_millis(60);
const MINUTE_SECONDS: u64 = 60;

/// The customers of one run. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Customers {
    pub client: HttpClient,
    pub clock: BusinessClock,
    pub plan: Arc<Plan>,
    pub busy: Busy,
    pub seed: u64,
    pub orders_per_day: f64,
    /// Where the numbers of visits begin, so that a live run does not repeat the history's.
    pub first_visit: u64,
    pub closing: Arc<AtomicBool>,
    pub present: Arc<AtomicUsize>,
}

/// One visit of one customer.
struct Visit {
    customers: Customers,
    dice: Dice,
    user: String,
    agent: &'static str,
    restaurant: u64,
}

impl Customers {
    /// Lets customers come until the shop is closing.
    pub async fn come(self) {
        let mut dice = Dice::new(self.seed, "arrivals", self.first_visit);
        let visits_per_second = self.orders_per_day / ORDER_SHARE / 86_400.0;
        for visit in self.first_visit.. {
            loop {
                let wait = dice.until_next(visits_per_second * DEMAND_MAX);
                self.clock.sleep(wait).await;
                if self.is_closing() {
                    return;
                }
                if dice.chance(self.demand() / DEMAND_MAX) {
                    break;
                }
            }
            if self.present.load(Ordering::Relaxed) < SHOP_CUSTOMERS_MAX {
                self.present.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(self.visit(visit).stay());
            }
        }
    }

    /// Sends the bursts of the cache stampede.
    pub async fn come_in_bursts(self) {
        for episode in &self.plan.episodes {
            if episode.scenario != Scenario::CacheStampede {
                continue;
            }
            let mut minute = next_minute(episode.from);
            while minute < episode.until {
                let now = self.clock.now();
                self.clock.sleep(minute.duration_since(now).unwrap_or_default()).await;
                if self.is_closing() {
                    return;
                }
                for index in 0..BURST {
                    let number = seconds(minute) * 1000 + index;
                    tokio::spawn(self.visit(number).look_once());
                }
                minute += Duration::from_secs(MINUTE_SECONDS);
            }
        }
    }

    fn visit(&self, number: u64) -> Visit {
        let mut dice = Dice::new(self.seed, "visit", number);
        let weights: Vec<u32> = RESTAURANTS.iter().map(|(_, weight)| *weight).collect();
        // Some users come far more often than others.
        let user = dice.below(USERS).min(dice.below(USERS));
        Visit {
            user: format!("u-{user:05}"),
            agent: AGENTS[dice.weighted(&[5, 4, 1])],
            restaurant: dice.weighted(&weights) as u64 + 1,
            dice,
            customers: self.clone(),
        }
    }

    fn demand(&self) -> f64 {
        let now = demand(self.clock.now());
        if self.clock.is_virtual() { now } else { now.max(LIVE_DEMAND_MIN) }
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

impl Visit {
    async fn stay(mut self) {
        // A shop that closes is left at once.
        let _closed_or_done = self.browse_and_order().await;
        self.customers.present.fetch_sub(1, Ordering::Relaxed);
    }

    async fn browse_and_order(&mut self) -> Option<()> {
        self.look_at_menu(self.restaurant).await?;
        for _ in 0..self.dice.weighted(&[3, 3, 2, 1]) {
            self.think(2, 9).await;
            let dish = self.restaurant * 100 + self.dice.below(DISHES.len() as u64) + 1;
            let call = Call::new("gateway", Method::POST, "/clicks", "/clicks");
            self.send(call.body(json!({"dish": dish}))).await?;
        }
        if self.dice.chance(0.5) {
            self.think(3, 12).await;
            let path = "/recommendations";
            self.send(Call::new("gateway", Method::GET, path, path)).await?;
        }
        if self.dice.chance(0.4) {
            self.think(4, 15).await;
            let other = self.dice.below(RESTAURANTS.len() as u64) + 1;
            self.look_at_menu(other).await?;
        }
        if self.dice.chance(ORDER_SHARE) {
            self.think(10, 40).await;
            self.order().await?;
        }
        Some(())
    }

    async fn order(&mut self) -> Option<()> {
        let lines = self.dice.below(6) + 2;
        let mut items = Vec::new();
        for _ in 0..lines {
            let place = self.dice.below(DISHES.len() as u64);
            let price = DISHES[place as usize].1 + 500 * (self.restaurant % 4);
            let dish = self.restaurant * 100 + place + 1;
            items.push(json!({"dish": dish, "quantity": 1 + self.dice.below(2), "price": price}));
        }
        let call = Call::new("gateway", Method::POST, "/orders", "/orders")
            .body(json!({"restaurant": self.restaurant, "items": items}));
        let reply = self.send(call).await?;
        let number = reply.body["order"].as_u64()?;
        for _ in 0..self.dice.weighted(&[1, 2, 3, 2, 1]) {
            self.think(45, 240).await;
            let path = format!("/orders/{number}");
            self.send(Call::new("gateway", Method::GET, "/orders/{no}", path)).await?;
        }
        Some(())
    }

    async fn look_at_menu(&mut self, restaurant: u64) -> Option<()> {
        let path = format!("/menu?restaurant={restaurant}");
        self.send(Call::new("gateway", Method::GET, "/menu", path)).await?;
        Some(())
    }

    async fn look_once(mut self) {
        let after = self.dice.between(Duration::from_millis(1), BURST_SPREAD);
        self.customers.clock.sleep(after).await;
        let _closed_or_done = self.look_at_menu(BURST_RESTAURANT).await;
    }

    async fn think(&mut self, least_seconds: u64, most_seconds: u64) {
        let least = Duration::from_secs(least_seconds);
        let pause = self.dice.between(least, Duration::from_secs(most_seconds));
        self.customers.clock.sleep(pause).await;
    }

    /// `None` when the shop is closing. Customers do not care why something failed.
    async fn send(&self, call: Call) -> Option<Reply> {
        if self.customers.is_closing() {
            return None;
        }
        let _busy = self.customers.busy.enter();
        let call = call.header(USER, self.user.clone()).header("user-agent", self.agent);
        let answer = self.customers.client.call_untraced(call).await;
        Some(answer.unwrap_or(Reply { status: 0, body: Value::Null }))
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn next_minute(time: SystemTime) -> SystemTime {
    let minutes = seconds(time).div_ceil(MINUTE_SECONDS);
    UNIX_EPOCH + Duration::from_secs(minutes * MINUTE_SECONDS)
}
