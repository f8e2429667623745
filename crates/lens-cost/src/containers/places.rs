//! Which services' spans ran where.

use super::hours::Hours;
use crate::costs::CostError;
use hannun_model::limits::LENS_ROWS_MAX;
use hannun_query::{Engine, QueryLimits, typed};
use serde::Deserialize;
use std::sync::Arc;

/// Spans of a service in one place.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct PlaceRow {
    pub service: Option<String>,
    pub container_id: Option<String>,
    pub container: Option<String>,
    pub pod_uid: Option<String>,
    pub pod: Option<String>,
    pub namespace: Option<String>,
    pub node: Option<String>,
    pub deployment: Option<String>,
    pub host_id: Option<String>,
    pub host_name: Option<String>,
    pub task_arn: Option<String>,
    pub spans: u64,
}

/// Reads the places of spans. `chosen` is SQL that is true for the spans of chosen traces, when there
/// are too many: where a service runs, some of its spans tell.
pub async fn places(
    engine: &Arc<Engine>,
    hours: &Hours,
    chosen: &str,
) -> Result<Vec<PlaceRow>, CostError> {
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    Ok(engine.rows::<PlaceRow>(&places_sql(hours, chosen), limits).await?.rows)
}

fn places_sql(hours: &Hours, chosen: &str) -> String {
    let columns = "service_name, container_id, container_name, k8s_pod_name, k8s_namespace_name, \
                   k8s_node_name, k8s_deployment_name, host_id, host_name, resource_attributes";
    format!(
        "SELECT service_name AS service, container_id, \
         coalesce(attr(resource_attributes, 'k8s.container.name'), container_name) AS container, \
         attr(resource_attributes, 'k8s.pod.uid') AS pod_uid, k8s_pod_name AS pod, \
         k8s_namespace_name AS namespace, k8s_node_name AS node, \
         k8s_deployment_name AS deployment, host_id, host_name, \
         attr(resource_attributes, 'aws.ecs.task.arn') AS task_arn, spans \
         FROM (SELECT {columns}, count(*) AS spans FROM spans WHERE start_time >= {} AND \
         start_time < {}{chosen} GROUP BY {columns}) AS resources ORDER BY spans DESC",
        typed::timestamp_ms(hours.from_ms),
        typed::timestamp_ms(hours.to_ms())
    )
}
