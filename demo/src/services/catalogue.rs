//! Restaurants and their menus, from a SQLite file with a cache in the process before it.

use super::Service;
use crate::database::{Bind, Database, Profile, Statement};
use crate::http_server::traced;
use crate::telemetry::{Failure, Scope};
use crate::{Scenario, ShopError};
use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Extension, Json, Router};
use hannun_model::limits::SHOP_CACHED_MENUS_MAX;
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::Row;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Name and weight of the restaurants; their ids are 1 and up.
pub const RESTAURANTS: [(&str, u32); 12] = [
    ("명동칼국수", 20),
    ("한강치킨", 18),
    ("서울김밥", 14),
    ("부산돼지국밥", 11),
    ("전주비빔밥", 9),
    ("춘천닭갈비", 7),
    ("제주흑돼지", 6),
    ("신당동떡볶이", 5),
    ("속초순대", 4),
    ("평양냉면", 3),
    ("안동찜닭", 2),
    ("나주곰탕", 1),
];
/// Dishes of each restaurant. Dish 3 of restaurant 5 has the id 503.
pub const DISHES: [(&str, u64); 8] = [
    ("대표 메뉴", 12_000),
    ("정식", 15_000),
    ("세트", 18_500),
    ("곱빼기", 13_500),
    ("사이드", 4_500),
    ("음료", 2_000),
    ("가족 세트", 32_000),
    ("디저트", 5_500),
];
/// How long a cached menu is used, give or take a fifth: menus that expire one by one are loaded
/// one by one.
const TIME_TO_LIVE: Duration = Duration::from_secs(300);
/// In the stampede all menus expire on the minute, as after one bulk price update.
const STAMPEDE_SECONDS: u64 = 60;

const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS restaurants (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS dishes (id INTEGER PRIMARY KEY, restaurant_id INTEGER NOT NULL, \
     name TEXT NOT NULL, price INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS dishes_by_restaurant ON dishes (restaurant_id)",
];
const SELECT_RESTAURANT: Statement = Statement {
    operation: "SELECT",
    collection: "restaurants",
    sql: "SELECT name FROM restaurants WHERE id = ?",
    typical_micros: 4_000,
};
const SELECT_DISHES: Statement = Statement {
    operation: "SELECT",
    collection: "dishes",
    sql: "SELECT id, name, price FROM dishes WHERE restaurant_id = ? ORDER BY id",
    typical_micros: 11_000,
};
const FILL: &str = "INSERT OR IGNORE INTO restaurants (id, name) VALUES (?, ?)";
const FILL_DISH: &str =
    "INSERT OR IGNORE INTO dishes (id, restaurant_id, name, price) VALUES (?, ?, ?, ?)";

#[derive(Debug, Clone)]
pub struct Catalogue {
    service: Service,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    database: Database,
    menus: Mutex<BTreeMap<u64, Cached>>,
    /// Who loads a menu holds its lock, so that others wait for the result instead of loading too.
    loading: Vec<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Clone)]
struct Cached {
    menu: Arc<Value>,
    filled: SystemTime,
    expires: SystemTime,
}

impl Catalogue {
    pub async fn open(service: Service, folder: &Path) -> Result<Self, ShopError> {
        let profile = Profile { writes_per_minute: 600.0 };
        let database = Database::open(folder, "catalogue", SCHEMA, &service.clock, profile).await?;
        fill(&database).await.map_err(|failure| ShopError::Options(failure.message))?;
        let loading = RESTAURANTS.iter().map(|_| tokio::sync::Mutex::new(())).collect();
        let shared = Shared { database, menus: Mutex::default(), loading };
        Ok(Self { service, shared: Arc::new(shared) })
    }

    pub fn router(&self) -> Router {
        Router::new()
            .route("/menu", traced(&self.service, "/menu", get(menu)))
            .with_state(self.clone())
    }

    async fn menu(&self, scope: &Scope, restaurant: u64) -> Result<Arc<Value>, Failure> {
        if let Some(menu) = self.look_up(scope, restaurant) {
            return Ok(menu);
        }
        let Some(loading) =
            restaurant.checked_sub(1).and_then(|index| self.shared.loading.get(index as usize))
        else {
            let message = format!("there is no restaurant {restaurant}");
            return Err(Failure::new(404, "catalogue::NoSuchRestaurant", message));
        };
        // The bulk update of the stampede also bypasses the lock: that is its second mistake.
        let _alone = match self.in_stampede() {
            true => None,
            false => Some(loading.lock().await),
        };
        if !self.in_stampede()
            && let Some(menu) = self.peek(restaurant)
        {
            return Ok(menu);
        }
        let menu = Arc::new(self.load(scope, restaurant).await?);
        self.keep(scope, restaurant, &menu);
        Ok(menu)
    }

    fn in_stampede(&self) -> bool {
        self.service.plan.is_active(Scenario::CacheStampede, self.service.clock.now())
    }

    fn look_up(&self, scope: &Scope, restaurant: u64) -> Option<Arc<Value>> {
        let found = self.peek(restaurant);
        let _span = scope.span(
            "get menu_cache",
            SpanKind::Internal,
            vec![
                KeyValue::new("shop.cache.name", "menu_cache"),
                KeyValue::new("shop.cache.key", format!("menu:{restaurant}")),
                KeyValue::new("shop.cache.hit", found.is_some()),
            ],
        );
        self.service.tally.cache_lookup(found.is_some());
        let result = if found.is_some() { "hit" } else { "miss" };
        self.service.telemetry.instruments().cache_lookups.add(
            1,
            &[
                KeyValue::new("shop.cache.name", "menu_cache"),
                KeyValue::new("shop.cache.result", result),
            ],
        );
        found
    }

    fn peek(&self, restaurant: u64) -> Option<Arc<Value>> {
        let now = self.service.clock.now();
        let menus = self.shared.menus.lock();
        let cached = menus.get(&restaurant)?;
        let is_valid = if self.in_stampede() {
            period(cached.filled) == period(now)
        } else {
            now < cached.expires
        };
        is_valid.then(|| cached.menu.clone())
    }

    async fn load(&self, scope: &Scope, restaurant: u64) -> Result<Value, Failure> {
        let database = &self.shared.database;
        let bind = [Bind::from(restaurant)];
        let restaurants = database.query(scope, &SELECT_RESTAURANT, &bind).await?;
        let dishes = database.query(scope, &SELECT_DISHES, &bind).await?;
        let name = restaurants.first().map(|row| row.get::<String, _>(0)).unwrap_or_default();
        let dishes: Vec<Value> = dishes
            .iter()
            .map(|row| {
                let (id, name, price): (i64, String, i64) = (row.get(0), row.get(1), row.get(2));
                json!({"id": id, "name": name, "price": price})
            })
            .collect();
        Ok(json!({"restaurant": restaurant, "name": name, "dishes": dishes}))
    }

    fn keep(&self, scope: &Scope, restaurant: u64, menu: &Arc<Value>) {
        let now = self.service.clock.now();
        let spread = scope.dice("expiry").between(Duration::ZERO, TIME_TO_LIVE * 2 / 5);
        let cached = Cached {
            menu: menu.clone(),
            filled: now,
            expires: now + TIME_TO_LIVE * 4 / 5 + spread,
        };
        let mut menus = self.shared.menus.lock();
        if menus.len() >= SHOP_CACHED_MENUS_MAX && !menus.contains_key(&restaurant) {
            menus.pop_first();
        }
        menus.insert(restaurant, cached);
    }
}

fn period(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / STAMPEDE_SECONDS
}

#[derive(Debug, Deserialize)]
struct MenuQuery {
    restaurant: u64,
}

async fn menu(
    State(catalogue): State<Catalogue>,
    Extension(scope): Extension<Scope>,
    Query(query): Query<MenuQuery>,
) -> Result<Json<Value>, Failure> {
    scope.set(KeyValue::new("shop.restaurant.id", query.restaurant as i64));
    let menu = catalogue.menu(&scope, query.restaurant).await?;
    Ok(Json(Value::clone(&menu)))
}

async fn fill(database: &Database) -> Result<(), Failure> {
    for (restaurant, (name, _)) in (1..).zip(RESTAURANTS) {
        database.upkeep(FILL, &[Bind::Int(restaurant), Bind::from(name)]).await?;
        for (place, (dish, price)) in (1..).zip(DISHES) {
            let binds = [
                Bind::Int(restaurant * 100 + place),
                Bind::Int(restaurant),
                Bind::from(dish),
                Bind::Int(price),
            ];
            database.upkeep(FILL_DISH, &binds).await?;
        }
    }
    Ok(())
}
