//! What a user may like, from the last clicks. The history of clicks is bounded and in memory.

use super::Service;
use crate::http_client::{Call, USER};
use crate::http_server::traced;
use crate::telemetry::{Failure, Scope};
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use hannun_model::limits::{SHOP_CLICK_USERS_MAX, SHOP_CLICKS_PER_USER_MAX};
use http::{HeaderMap, Method};
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// Where a user without clicks is led.
const FAVOURITE_RESTAURANT: u64 = 1;
const DISHES_MAX: usize = 5;

#[derive(Debug, Clone)]
pub struct Recommendation {
    service: Service,
    clicks: Arc<Mutex<Clicks>>,
}

#[derive(Debug, Default)]
struct Clicks {
    by_user: BTreeMap<String, VecDeque<u64>>,
    /// Users in the order they came, to forget the oldest.
    users: VecDeque<String>,
}

impl Clicks {
    fn remember(&mut self, user: &str, dish: u64) {
        if !self.by_user.contains_key(user) {
            if self.users.len() >= SHOP_CLICK_USERS_MAX
                && let Some(oldest) = self.users.pop_front()
            {
                self.by_user.remove(&oldest);
            }
            self.users.push_back(user.to_owned());
        }
        let clicks = self.by_user.entry(user.to_owned()).or_default();
        if clicks.len() >= SHOP_CLICKS_PER_USER_MAX {
            clicks.pop_front();
        }
        clicks.push_back(dish);
    }

    fn of(&self, user: &str) -> Vec<u64> {
        self.by_user.get(user).map(|clicks| clicks.iter().copied().collect()).unwrap_or_default()
    }
}

impl Recommendation {
    pub fn new(service: Service) -> Self {
        Self { service, clicks: Arc::default() }
    }

    pub fn router(&self) -> Router {
        let recommendations = traced(&self.service, "/recommendations", get(recommendations));
        Router::new()
            .route("/recommendations", recommendations)
            .route("/clicks", traced(&self.service, "/clicks", post(click)))
            .with_state(self.clone())
    }
}

#[derive(Debug, Deserialize)]
struct Click {
    dish: u64,
}

async fn click(
    State(state): State<Recommendation>,
    headers: HeaderMap,
    Json(click): Json<Click>,
) -> http::StatusCode {
    state.clicks.lock().remember(user(&headers), click.dish);
    http::StatusCode::NO_CONTENT
}

async fn recommendations(
    State(state): State<Recommendation>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
) -> Result<Json<Value>, Failure> {
    let user = user(&headers);
    let clicks = state.clicks.lock().of(user);
    let restaurant = favourite(&clicks);
    let path = format!("/menu?restaurant={restaurant}");
    let call = Call::new("catalogue", Method::GET, "/menu", path).header(USER, user);
    let reply = state.service.client.call(&scope, call).await?;
    if reply.status != 200 {
        let message = format!("catalogue answered {}", reply.status);
        return Err(Failure::new(502, "recommendation::NoMenu", message));
    }
    let span = scope.span(
        "rank dishes",
        SpanKind::Internal,
        vec![
            KeyValue::new("shop.clicks", clicks.len() as i64),
            KeyValue::new("shop.restaurant.id", restaurant as i64),
        ],
    );
    let work = span.dice("ranking").around(Duration::from_micros(900 + 150 * clicks.len() as u64));
    state.service.clock.simulate(work).await;
    let dishes = ranked(&reply.body, &clicks);
    Ok(Json(json!({"restaurant": restaurant, "dishes": dishes})))
}

fn user(headers: &HeaderMap) -> &str {
    headers.get(USER).and_then(|value| value.to_str().ok()).unwrap_or("anonymous")
}

/// The restaurant with the most clicks; of several, the one with the smallest id.
fn favourite(clicks: &[u64]) -> u64 {
    let mut counts = BTreeMap::<u64, u64>::new();
    for dish in clicks {
        *counts.entry(dish / 100).or_default() += 1;
    }
    let best = counts.into_iter().max_by_key(|(id, count)| (*count, Reverse(*id)));
    best.map_or(FAVOURITE_RESTAURANT, |(restaurant, _)| restaurant)
}

/// Dishes with clicks first, then in the menu's order.
fn ranked(menu: &Value, clicks: &[u64]) -> Vec<Value> {
    let mut dishes = menu["dishes"].as_array().cloned().unwrap_or_default();
    dishes.sort_by_key(|dish| {
        let id = dish["id"].as_u64().unwrap_or_default();
        Reverse(clicks.iter().filter(|click| **click == id).count())
    });
    dishes.truncate(DISHES_MAX);
    dishes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clicks_and_users_are_forgotten_past_their_limits() {
        let mut clicks = Clicks::default();
        for dish in 0..SHOP_CLICKS_PER_USER_MAX as u64 + 5 {
            clicks.remember("first", dish);
        }
        assert_eq!(clicks.of("first").len(), SHOP_CLICKS_PER_USER_MAX);
        assert_eq!(clicks.of("first")[0], 5);
        for user in 0..SHOP_CLICK_USERS_MAX {
            clicks.remember(&format!("user {user}"), 101);
        }
        assert!(clicks.of("first").is_empty());
        assert_eq!(clicks.by_user.len(), SHOP_CLICK_USERS_MAX);
    }

    #[test]
    fn what_was_clicked_most_comes_first() {
        assert_eq!(favourite(&[501, 502, 301]), 5);
        assert_eq!(favourite(&[]), FAVOURITE_RESTAURANT);
        let menu = json!({"dishes": [{"id": 501}, {"id": 502}, {"id": 503}]});
        let order: Vec<u64> = ranked(&menu, &[503, 503, 502])
            .iter()
            .map(|dish| dish["id"].as_u64().unwrap())
            .collect();
        assert_eq!(order, [503, 502, 501]);
    }
}
