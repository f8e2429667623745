//! Shared costs, with what they are split by.

use super::Asked;
use crate::CostState;
use crate::business::quantity;
use crate::costs::{CostError, Granularity, Key};
use hannun_allocation::Dimension;
use hannun_allocation::rule::{SharedCost, Split};
use hannun_allocation::share::Pool;
use hannun_allocation::units::{Quantities, Series};
use hannun_model::money::Money;
use std::collections::BTreeMap;

/// The shared costs that are split over a dimension, which a virtual tag has only. Those that are wrong are left out, and told by
/// [`hannun_allocation::Rules::errors`].
pub(super) fn over<'a>(asked: &'a Asked, by: &Dimension) -> Vec<&'a SharedCost> {
    let is_over =
        |shared: &&SharedCost| matches!(by, Dimension::Virtual(tag) if *tag == shared.over);
    let of_tag = asked.rules.shared().iter().filter(is_over);
    of_tag.filter(|shared| asked.rules.check_shared(shared).is_ok()).collect()
}

/// The same with the sums of the metrics that they are split by.
pub(super) async fn pools(
    state: &CostState,
    asked: &Asked,
    shared: &[&SharedCost],
) -> Result<Vec<Pool>, CostError> {
    let mut pools = Vec::with_capacity(shared.len());
    for cost in shared {
        let weights = match &cost.split {
            Split::Metric(metric) => weights(state, asked, metric, &cost.over).await?,
            Split::Even | Split::Proportional => BTreeMap::new(),
        };
        pools.push(Pool {
            name: cost.name.clone(),
            split: cost.split.clone(),
            targets: cost.targets.clone(),
            weights,
        });
    }
    Ok(pools)
}

/// What a metric counted in the time, by the attribute of its points that is spelled like the virtual
/// tag; as unit costs count it, so that points that were corrected count once, and counters and levels
/// for what they are.
async fn weights(
    state: &CostState,
    asked: &Asked,
    metric: &str,
    tag: &str,
) -> Result<BTreeMap<String, f64>, CostError> {
    let by = Key::Dimension(Dimension::Virtual(tag.to_owned()));
    let period = asked.period;
    let shape = quantity::shape(&state.engine, metric, &[period], Some(&by)).await?;
    let Some(shape) = shape else { return Ok(BTreeMap::new()) };
    let counted =
        quantity::quantity(&state.engine, metric, &shape, period, Granularity::Total).await?;
    // Points that do not say whose they are tell nothing here.
    let Quantities::ByKey(series) = counted.quantities else { return Ok(BTreeMap::new()) };
    let weight = |Series { key, points }| Some((key?, points.into_iter().sum::<Money>().to_f64()));
    Ok(series.into_iter().filter_map(weight).collect())
}
