//! Orders, sharded by number, with a transactional outbox and a read model.
//!
//! An order and its event are written in one transaction of the order's shard. The relay
//! ([`relay`]) publishes the events, with nothing in them but the number, and the read model
//! ([`read_model`]) is built by a subscriber that fetches the order again.

mod numbers;
mod read_model;
mod relay;
mod routes;
mod shards;

use super::Service;
use crate::ShopError;
use numbers::Numbers;
use read_model::ReadModel;
use relay::Relay;
use shards::Shards;
use std::path::Path;
use std::sync::Arc;

/// The order service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Orders {
    service: Service,
    shards: Arc<Shards>,
    numbers: Arc<Numbers>,
    read_model: Arc<ReadModel>,
    relay: Arc<Relay>,
}

impl Orders {
    /// `orders_per_day` says what the shards are built for.
    pub async fn open(
        service: Service,
        folder: &Path,
        orders_per_day: f64,
    ) -> Result<Self, ShopError> {
        let shards = Arc::new(Shards::open(folder, &service.clock, orders_per_day).await?);
        let last = shards.last_number().await?;
        Ok(Self {
            numbers: Arc::new(Numbers::after(last, service.seed)),
            read_model: Arc::new(ReadModel::open(folder, &service.clock).await?),
            relay: Arc::new(Relay::new(service.clone(), shards.clone())),
            shards,
            service,
        })
    }

    /// Publishes what is in the outboxes, for as long as the runtime lives.
    pub fn start_relay(&self) {
        for shard in 0..shards::SHARDS {
            tokio::spawn(self.relay.clone().run(shard));
        }
    }
}
