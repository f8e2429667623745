//! Which containers and nodes metrics tell of, and by which names.

use super::hours::Hours;
use super::names;
use crate::costs::CostError;
use hannun_model::limits::LENS_ROWS_MAX;
use hannun_query::{Engine, QueryLimits, typed};
use serde::Deserialize;
use std::sync::Arc;

/// SQL of an attribute of the resource that has no column.
macro_rules! attribute {
    ($key:literal) => {
        concat!("attr(resource_attributes, '", $key, "')")
    };
}

/// SQL of what is the same for a container in all its metrics: pod and name, as a container that was
/// restarted has another id; else its id. Null for what is no container.
pub const CONTAINER_KEY: &str = concat!(
    "CASE WHEN ",
    attribute!("k8s.pod.uid"),
    " IS NOT NULL AND ",
    attribute!("k8s.container.name"),
    " IS NOT NULL THEN concat(",
    attribute!("k8s.pod.uid"),
    ", '/', ",
    attribute!("k8s.container.name"),
    ") ELSE container_id END"
);

/// SQL of what is the same for a pod, a task or a node in all its metrics.
pub const OTHER_KEY: &str = concat!(
    "coalesce(",
    attribute!("k8s.pod.uid"),
    ", ",
    attribute!("aws.ecs.task.arn"),
    ", k8s_node_name)"
);

/// One combination of names.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct IdentityRow {
    /// [`CONTAINER_KEY`].
    pub key: Option<String>,
    pub container_id: Option<String>,
    pub container: Option<String>,
    pub pod_uid: Option<String>,
    pub pod: Option<String>,
    pub namespace: Option<String>,
    pub node: Option<String>,
    pub cluster: Option<String>,
    pub deployment: Option<String>,
    /// Stateful set, daemon set, cron job or job.
    pub controller: Option<String>,
    pub host_id: Option<String>,
    pub host_name: Option<String>,
    pub provider_id: Option<String>,
    pub service: Option<String>,
    pub ecs_cluster: Option<String>,
    pub ecs_service: Option<String>,
    pub ecs_family: Option<String>,
    pub task_arn: Option<String>,
    pub launch_type: Option<String>,
    /// Whether a receiver tells it that watches a whole cluster from one place, whose own host may
    /// stand in the resource.
    pub from_afar: bool,
}

/// All combinations of names in a time.
pub async fn identities(
    engine: &Arc<Engine>,
    hours: &Hours,
) -> Result<Vec<IdentityRow>, CostError> {
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let found = engine.rows::<IdentityRow>(&identities_sql(hours), limits).await?;
    if found.truncated {
        let message = "there were too many containers in this time: ask for a shorter one";
        return Err(CostError::Invalid(message.to_owned()));
    }
    Ok(found.rows)
}

/// Few resources have many points, so resources are told apart first and looked into afterwards.
fn identities_sql(hours: &Hours) -> String {
    let columns = "container_id, container_name, k8s_pod_name, k8s_namespace_name, k8s_node_name, \
                   k8s_cluster_name, k8s_deployment_name, host_id, host_name, service_name, \
                   resource_attributes";
    let controllers = ["statefulset", "daemonset", "cronjob", "job"]
        .map(|kind| format!("attr(resource_attributes, 'k8s.{kind}.name')"))
        .join(", ");
    let of = |key: &str| format!("attr(resource_attributes, '{key}')");
    format!(
        "SELECT {CONTAINER_KEY} AS key, container_id, \
         coalesce({container}, container_name) AS container, {pod_uid} AS pod_uid, \
         k8s_pod_name AS pod, k8s_namespace_name AS namespace, k8s_node_name AS node, \
         k8s_cluster_name AS cluster, k8s_deployment_name AS deployment, \
         coalesce({controllers}) AS controller, host_id, host_name, {provider_id} AS provider_id, \
         service_name AS service, {ecs_cluster} AS ecs_cluster, {ecs_service} AS ecs_service, \
         {ecs_family} AS ecs_family, {task_arn} AS task_arn, \
         coalesce({launch_types}) AS launch_type, from_afar \
         FROM (SELECT {columns}, (metric_name LIKE 'k8s.container.%' OR metric_name LIKE \
         'k8s.node.%allocatable%') AS from_afar FROM metric_points WHERE metric_name IN ({names}) \
         AND time >= {from} AND time < {to} GROUP BY {columns}, from_afar) AS resources",
        container = of("k8s.container.name"),
        pod_uid = of("k8s.pod.uid"),
        provider_id = of("k8s.node.provider_id"),
        ecs_cluster = of("aws.ecs.cluster.name"),
        ecs_service = of("aws.ecs.service.name"),
        ecs_family = of("aws.ecs.task.family"),
        task_arn = of("aws.ecs.task.arn"),
        launch_types = ["aws.ecs.launchtype", "aws.ecs.launch_type", "aws.ecs.task.launch_type"]
            .map(of)
            .join(", "),
        names = names::all_sql(),
        from = typed::timestamp_ms(hours.from_ms),
        to = typed::timestamp_ms(hours.to_ms()),
    )
}

/// The last part of an address of a resource: of `aws:///ap-northeast-2a/i-0a` and of
/// `arn:aws:rds:ap-northeast-2:1:db:orders` the name at the end, in small letters.
pub fn last_part(address: &str) -> String {
    let end = address.trim_end_matches('/');
    end.rsplit(['/', ':']).next().unwrap_or(end).to_ascii_lowercase()
}

/// The workload that a pod belongs to by its name, where nothing else tells: without the ordinal of
/// a stateful set, and without the hash of a replica set and the five letters that Kubernetes adds.
pub fn workload_of_pod(pod: &str) -> &str {
    // Letters that `k8s.io/apimachinery/pkg/util/rand` makes names of.
    const LETTERS: &str = "bcdfghjklmnpqrstvwxz2456789";
    let is_random = |part: &str| part.chars().all(|letter| LETTERS.contains(letter));
    let Some((rest, last)) = pod.rsplit_once('-') else { return pod };
    if !last.is_empty() && last.len() <= 3 && last.bytes().all(|it| it.is_ascii_digit()) {
        return rest;
    }
    if last.len() != 5 || !is_random(last) {
        return pod;
    }
    match rest.rsplit_once('-') {
        Some((name, hash)) if (6..=10).contains(&hash.len()) && is_random(hash) => name,
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_end_with_their_names() {
        for (address, name) in [
            ("i-0abc", "i-0abc"),
            ("aws:///ap-northeast-2a/i-0ABC", "i-0abc"),
            ("arn:aws:rds:ap-northeast-2:1:db:orders", "orders"),
            ("arn:aws:ecs:ap-northeast-2:1:task/shop/0a1b", "0a1b"),
            ("/subscriptions/1/virtualMachines/Node-1/", "node-1"),
            ("", ""),
        ] {
            assert_eq!(last_part(address), name);
        }
    }

    #[test]
    fn pods_tell_their_workload() {
        for (pod, workload) in [
            ("order-7c9d8b6f5d-x2x4k", "order"),
            ("node-exporter-x2x4k", "node-exporter"),
            ("kafka-0", "kafka"),
            ("my-order-service-7c9d8b6f5d-x2x4k", "my-order-service"),
            ("batch-apple", "batch-apple"),
            ("single", "single"),
        ] {
            assert_eq!(workload_of_pod(pod), workload);
        }
    }

    #[test]
    fn names_are_asked_of_resources_and_not_of_points() {
        insta::assert_snapshot!(identities_sql(&Hours { from_ms: 0, count: 1 }));
    }
}
