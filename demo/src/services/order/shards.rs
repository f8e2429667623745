//! The shards: order `n` is in `orders_shard_<n % 4>`, with its lines and its event.

use crate::ShopError;
use crate::business_clock::{BusinessClock, unix_nanos};
use crate::database::{Bind, Database, Profile, Statement};
use crate::demand::DEMAND_MAX;
use crate::telemetry::{Failure, Scope};
use hannun_model::limits::SHOP_OUTBOX_ROWS_MAX;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::Row;
use std::path::Path;
use std::time::SystemTime;

pub const SHARDS: u64 = 4;
/// Writes that one order causes on its shard.
const WRITES_PER_ORDER: f64 = 4.0;
/// The shards are built for this multiple of the busiest moment of a weekend.
const HEADROOM: f64 = 1.0;

const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS orders (order_no INTEGER PRIMARY KEY, user TEXT NOT NULL, \
     restaurant_id INTEGER NOT NULL, amount INTEGER NOT NULL, created_at INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS order_items (order_no INTEGER NOT NULL, line INTEGER NOT NULL, \
     dish_id INTEGER NOT NULL, quantity INTEGER NOT NULL, price INTEGER NOT NULL, \
     PRIMARY KEY (order_no, line)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, \
     order_no INTEGER NOT NULL, kind TEXT NOT NULL, traceparent TEXT NOT NULL, \
     created_at INTEGER NOT NULL)",
];
const INSERT_ORDER: Statement = Statement {
    operation: "INSERT",
    collection: "orders",
    sql: "INSERT INTO orders (order_no, user, restaurant_id, amount, created_at) \
          VALUES (?, ?, ?, ?, ?)",
    typical_micros: 3_200,
};
const INSERT_ITEMS: Statement = Statement {
    operation: "INSERT",
    collection: "order_items",
    sql: "INSERT INTO order_items (order_no, line, dish_id, quantity, price) \
          SELECT ?, key, value ->> 'dish', value ->> 'quantity', value ->> 'price' \
          FROM json_each(?)",
    typical_micros: 2_800,
};
const INSERT_EVENT: Statement = Statement {
    operation: "INSERT",
    collection: "outbox",
    sql: "INSERT INTO outbox (order_no, kind, traceparent, created_at) VALUES (?, ?, ?, ?)",
    typical_micros: 2_000,
};
const SELECT_ORDER: Statement = Statement {
    operation: "SELECT",
    collection: "orders",
    sql: "SELECT user, restaurant_id, amount, created_at FROM orders WHERE order_no = ?",
    typical_micros: 2_400,
};
const SELECT_LINES: Statement = Statement {
    operation: "SELECT",
    collection: "order_items",
    sql: "SELECT line FROM order_items WHERE order_no = ? ORDER BY line",
    typical_micros: 2_600,
};
const SELECT_LINE: Statement = Statement {
    operation: "SELECT",
    collection: "order_items",
    sql: "SELECT dish_id, quantity, price FROM order_items WHERE order_no = ? AND line = ?",
    typical_micros: 2_600,
};
const SELECT_EVENTS: Statement = Statement {
    operation: "SELECT",
    collection: "outbox",
    sql: "SELECT id, order_no, kind, traceparent, created_at FROM outbox ORDER BY id LIMIT ?",
    typical_micros: 1_800,
};
const DELETE_EVENTS: Statement = Statement {
    operation: "DELETE",
    collection: "outbox",
    sql: "DELETE FROM outbox WHERE id <= ?",
    typical_micros: 2_200,
};
const LAST_NUMBER: &str = "SELECT max(order_no) FROM orders";
const HAS_EVENTS: &str = "SELECT 1 FROM outbox LIMIT 1";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Item {
    pub dish: u64,
    pub quantity: u64,
    pub price: u64,
}

/// An order about to be stored.
#[derive(Debug)]
pub struct NewOrder {
    pub number: u64,
    pub user: String,
    pub restaurant: u64,
    pub amount: u64,
    pub items: Vec<Item>,
}

/// An order as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOrder {
    pub user: String,
    pub restaurant: u64,
    pub amount: u64,
}

/// A row of the outbox.
#[derive(Debug)]
pub struct Pending {
    pub id: u64,
    pub order: u64,
    pub kind: String,
    pub traceparent: String,
    pub created_nanos: u64,
}

#[derive(Debug)]
pub struct Shards(Vec<Database>);

impl Shards {
    pub async fn open(
        folder: &Path,
        clock: &BusinessClock,
        orders_per_day: f64,
    ) -> Result<Self, ShopError> {
        let peak_per_minute = orders_per_day * DEMAND_MAX / 1440.0;
        let per_shard = peak_per_minute * WRITES_PER_ORDER / SHARDS as f64;
        // A tiny shop still has a few writes in one minute.
        let profile = Profile { writes_per_minute: (per_shard * HEADROOM).max(8.0) };
        let mut shards = Vec::new();
        for shard in 0..SHARDS {
            let namespace = format!("orders_shard_{shard}");
            shards.push(Database::open(folder, &namespace, SCHEMA, clock, profile).await?);
        }
        Ok(Self(shards))
    }

    pub fn name(&self, number: u64) -> &str {
        self.of(number).namespace()
    }

    pub async fn last_number(&self) -> Result<Option<u64>, ShopError> {
        let mut last = None;
        for database in &self.0 {
            let rows = database.upkeep(LAST_NUMBER, &[]).await;
            let rows = rows.map_err(|failure| ShopError::Options(failure.message))?;
            let number = rows.first().and_then(|row| row.get::<Option<i64>, _>(0));
            last = last.max(number.map(|number| number as u64));
        }
        Ok(last)
    }

    /// Stores the order and its event in one transaction.
    pub async fn insert(&self, scope: &Scope, order: &NewOrder) -> Result<(), Failure> {
        let created = unix_nanos(scope.clock().now());
        let items = json!(order.items).to_string();
        let insert_order = vec![
            Bind::Int(order.number),
            Bind::Text(order.user.clone()),
            Bind::Int(order.restaurant),
            Bind::Int(order.amount),
            Bind::Int(created),
        ];
        let insert_event = vec![
            Bind::Int(order.number),
            Bind::from("order_accepted"),
            Bind::Text(scope.traceparent()),
            Bind::Int(created),
        ];
        let statements = [
            (&INSERT_ORDER, insert_order),
            (&INSERT_ITEMS, vec![Bind::Int(order.number), Bind::Text(items)]),
            (&INSERT_EVENT, insert_event),
        ];
        self.of(order.number).transaction(scope, &statements).await
    }

    pub async fn order(&self, scope: &Scope, number: u64) -> Result<StoredOrder, Failure> {
        let rows = self.of(number).query(scope, &SELECT_ORDER, &[Bind::Int(number)]).await?;
        let row = rows.first().ok_or_else(|| {
            Failure::new(404, "order::NoSuchOrder", format!("there is no order {number}"))
        })?;
        Ok(StoredOrder {
            user: row.get(0),
            restaurant: row.get::<i64, _>(1) as u64,
            amount: row.get::<i64, _>(2) as u64,
        })
    }

    /// The lines of an order with one query for each of them: the fault of version 1.5.0.
    pub async fn lines_one_by_one(
        &self,
        scope: &Scope,
        number: u64,
    ) -> Result<Vec<Value>, Failure> {
        let database = self.of(number);
        let lines = database.query(scope, &SELECT_LINES, &[Bind::Int(number)]).await?;
        let mut items = Vec::new();
        for line in lines {
            let line = line.get::<i64, _>(0) as u64;
            let binds = [Bind::Int(number), Bind::Int(line)];
            for row in database.query(scope, &SELECT_LINE, &binds).await? {
                let (dish, quantity, price): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
                items.push(json!({"dish": dish, "quantity": quantity, "price": price}));
            }
        }
        Ok(items)
    }

    pub async fn has_events(&self, shard: u64) -> bool {
        let rows = self.of(shard).upkeep(HAS_EVENTS, &[]).await;
        rows.is_ok_and(|rows| !rows.is_empty())
    }

    pub async fn events(&self, scope: &Scope, shard: u64) -> Result<Vec<Pending>, Failure> {
        let limit = [Bind::Int(SHOP_OUTBOX_ROWS_MAX as u64)];
        let rows = self.of(shard).query(scope, &SELECT_EVENTS, &limit).await?;
        let pending = rows.iter().map(|row| Pending {
            id: row.get::<i64, _>(0) as u64,
            order: row.get::<i64, _>(1) as u64,
            kind: row.get(2),
            traceparent: row.get(3),
            created_nanos: row.get::<i64, _>(4) as u64,
        });
        Ok(pending.collect())
    }

    pub async fn forget_events(
        &self,
        scope: &Scope,
        shard: u64,
        last_id: u64,
    ) -> Result<(), Failure> {
        let rows = self.of(shard).query(scope, &DELETE_EVENTS, &[Bind::Int(last_id)]).await;
        rows.map(|_| ())
    }

    fn of(&self, number: u64) -> &Database {
        &self.0[(number % SHARDS) as usize]
    }
}

/// Seconds since an event was stored.
pub fn age_seconds(created_nanos: u64, now: SystemTime) -> f64 {
    unix_nanos(now).saturating_sub(created_nanos) as f64 / 1e9
}
