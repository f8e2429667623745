//! Tags: which of them say where telemetry comes from, and how a tag is read.
//!
//! A tag is `key:value`, or a word alone; only the first colon divides. The names of tags are those
//! of Datadog's unified service tagging and of its container, Kubernetes and cloud integrations
//! (<https://docs.datadoghq.com/getting_started/tagging/unified_service_tagging/>,
//! <https://docs.datadoghq.com/containers/kubernetes/tag/>), those of attributes OpenTelemetry's
//! semantic conventions for resources.

use crate::otlp::map::Tally;
use hannun_model::limits::{ATTRIBUTE_KEY_BYTES_MAX, ATTRIBUTES_PER_ITEM_MAX};

/// The resource attribute that a tag of this key means; `None` for a tag of the thing itself.
pub fn resource_key(tag_key: &str) -> Option<&'static str> {
    Some(match tag_key {
        "service" => "service.name",
        "env" => "deployment.environment.name",
        "version" => "service.version",
        "host" => "host.name",
        "container_id" => "container.id",
        "container_name" => "container.name",
        "image_name" => "container.image.name",
        "image_tag" => "container.image.tags",
        "image_id" => "container.image.id",
        "kube_cluster_name" | "cluster_name" => "k8s.cluster.name",
        "kube_namespace" => "k8s.namespace.name",
        "kube_node" => "k8s.node.name",
        "pod_name" => "k8s.pod.name",
        "kube_container_name" => "k8s.container.name",
        "kube_deployment" => "k8s.deployment.name",
        "kube_replica_set" => "k8s.replicaset.name",
        "kube_stateful_set" => "k8s.statefulset.name",
        "kube_daemon_set" => "k8s.daemonset.name",
        "kube_job" => "k8s.job.name",
        "kube_cronjob" => "k8s.cronjob.name",
        "region" => "cloud.region",
        "availability-zone" | "availability_zone" => "cloud.availability_zone",
        "cloud_provider" => "cloud.provider",
        // Set by clients themselves, from `DD_ENTITY_ID`.
        "dd.internal.entity_id" => "k8s.pod.uid",
        _ => return None,
    })
}

/// Key and value of a tag: `a:b:c` is `a` and `b:c`; a word alone has an empty value.
#[inline]
pub fn split(tag: &str) -> (&str, &str) {
    tag.split_once(':').unwrap_or((tag, ""))
}

/// The tag without the blanks around it; `None` when nothing is left to keep.
#[inline]
pub fn tidy(tag: &str) -> Option<&str> {
    let tag = tag.trim();
    (!tag.is_empty() && tag != ":").then_some(tag)
}

/// The tags of a list divided by commas, as in `ddtags` and after `|#`.
pub fn of_list(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').filter_map(tidy)
}

/// Tags and what else is said about where something comes from, sorted and without repetitions.
#[derive(Debug)]
pub struct Parts<'a> {
    /// Resource attributes by their names in OpenTelemetry, each once.
    pub resource: Vec<(&'a str, &'a str)>,
    /// Other tags; a key may come several times.
    pub attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Parts<'a> {
    /// A tag comes before `resource`, and both before `host`. What is past the limit of attributes
    /// is left out and counted.
    pub fn of(
        tags: &[&'a str],
        resource: &[(&'a str, &'a str)],
        host: Option<&'a str>,
        tally: &mut Tally,
    ) -> Self {
        let mut parts = Self { resource: Vec::with_capacity(4), attributes: Vec::new() };
        let mut tags: Vec<&'a str> = tags.iter().filter_map(|tag| tidy(tag)).collect();
        tags.sort_unstable();
        tags.dedup();
        let past_limit = tags.len().saturating_sub(ATTRIBUTES_PER_ITEM_MAX);
        tally.dropped_attributes += past_limit as u64;
        tags.truncate(ATTRIBUTES_PER_ITEM_MAX);
        for tag in tags {
            let (key, value) = split(tag);
            if key.len() > ATTRIBUTE_KEY_BYTES_MAX {
                tally.dropped_attributes += 1;
                continue;
            }
            match resource_key(key).filter(|known| !value.is_empty() && !parts.says(known)) {
                Some(attribute) => parts.resource.push((attribute, value)),
                // Also the second service of a point: nothing is lost.
                None => parts.attributes.push((key, value)),
            }
        }
        let host = host.map(|host| ("host.name", host));
        for (key, text) in resource.iter().copied().chain(host) {
            if !text.is_empty() && !parts.says(key) {
                parts.resource.push((key, text));
            }
        }
        parts.resource.sort_unstable();
        // Sorted tags are not sorted keys: `a-b:1` comes before `a:1`.
        parts.attributes.sort_unstable();
        parts
    }

    fn says(&self, attribute: &str) -> bool {
        self.resource.iter().any(|(known, _)| *known == attribute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::semconv::resource_attributes;
    use hannun_model::table::Table;

    #[test]
    fn only_the_first_colon_divides_a_tag() {
        assert_eq!(split("url:http://a:80"), ("url", "http://a:80"));
        assert_eq!(split("canary"), ("canary", ""));
        assert_eq!(split("empty:"), ("empty", ""));
    }

    #[test]
    fn a_list_is_read_without_what_is_empty() {
        let tags: Vec<&str> = of_list(" env:prod,,service:shop , ,:,a").collect();
        assert_eq!(tags, ["env:prod", "service:shop", "a"]);
    }

    #[test]
    fn the_tags_of_unified_service_tagging_have_columns() {
        for key in ["service", "env", "version", "host", "container_id", "pod_name", "region"] {
            let attribute = resource_key(key).unwrap();
            let hot = resource_attributes(Table::MetricPoints).get(attribute).unwrap();
            assert!(hot.canonical, "{attribute}");
        }
        assert_eq!(resource_key("status"), None);
    }
}
