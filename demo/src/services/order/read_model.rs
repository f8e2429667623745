//! The read model: one row per order, as customers ask for it.

use super::shards::StoredOrder;
use crate::ShopError;
use crate::business_clock::BusinessClock;
use crate::database::{Bind, Database, Profile, Statement};
use crate::telemetry::{Failure, Scope};
use serde_json::{Value, json};
use sqlx::Row;
use std::path::Path;

const SCHEMA: &[&str] = &["CREATE TABLE IF NOT EXISTS order_views (order_no INTEGER PRIMARY KEY, \
     user TEXT NOT NULL, restaurant_id INTEGER NOT NULL, amount INTEGER NOT NULL, rider_id INTEGER)"];
const INSERT_VIEW: Statement = Statement {
    operation: "INSERT",
    collection: "order_views",
    sql: "INSERT OR REPLACE INTO order_views (order_no, user, restaurant_id, amount) \
          VALUES (?, ?, ?, ?)",
    typical_micros: 2_600,
};
const UPDATE_VIEW: Statement = Statement {
    operation: "UPDATE",
    collection: "order_views",
    sql: "UPDATE order_views SET rider_id = ? WHERE order_no = ?",
    typical_micros: 2_600,
};
const SELECT_VIEW: Statement = Statement {
    operation: "SELECT",
    collection: "order_views",
    sql: "SELECT user, restaurant_id, amount, rider_id FROM order_views WHERE order_no = ?",
    typical_micros: 1_600,
};

#[derive(Debug)]
pub struct ReadModel(Database);

impl ReadModel {
    pub async fn open(folder: &Path, clock: &BusinessClock) -> Result<Self, ShopError> {
        let profile = Profile { writes_per_minute: 2_000.0 };
        Ok(Self(Database::open(folder, "order_views", SCHEMA, clock, profile).await?))
    }

    pub async fn insert(
        &self,
        scope: &Scope,
        number: u64,
        order: &StoredOrder,
    ) -> Result<(), Failure> {
        let binds = [
            Bind::Int(number),
            Bind::Text(order.user.clone()),
            Bind::Int(order.restaurant),
            Bind::Int(order.amount),
        ];
        self.0.query(scope, &INSERT_VIEW, &binds).await.map(|_| ())
    }

    pub async fn set_rider(&self, scope: &Scope, number: u64, rider: u64) -> Result<(), Failure> {
        let binds = [Bind::Int(rider), Bind::Int(number)];
        self.0.query(scope, &UPDATE_VIEW, &binds).await.map(|_| ())
    }

    pub async fn order(&self, scope: &Scope, number: u64) -> Result<Value, Failure> {
        let rows = self.0.query(scope, &SELECT_VIEW, &[Bind::Int(number)]).await?;
        let row = rows.first().ok_or_else(|| {
            Failure::new(404, "order::NoSuchOrder", format!("order {number} is not known yet"))
        })?;
        let (restaurant, amount): (i64, i64) = (row.get(1), row.get(2));
        let rider: Option<i64> = row.get(3);
        let status = if rider.is_some() { "on its way" } else { "accepted" };
        Ok(json!({
            "order": number, "restaurant": restaurant, "amount": amount,
            "rider": rider, "status": status,
        }))
    }
}
