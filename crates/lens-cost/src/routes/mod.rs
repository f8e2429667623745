//! The HTTP API of the lens, one file a part of it.

mod allocation;
mod business;
mod containers;
mod drivers;
mod endpoints;
mod error;
mod explorer;
mod imports;
mod units;

pub use imports::upload_routes;

use crate::CostState;
use utoipa_axum::router::OpenApiRouter;

/// Routes of the lens, without sign-in.
pub fn routes() -> OpenApiRouter<CostState> {
    OpenApiRouter::new()
        .merge(allocation::routes())
        .merge(containers::routes())
        .merge(endpoints::routes())
        .merge(explorer::routes())
        .merge(units::routes())
        .merge(business::routes())
        .merge(imports::routes())
}
