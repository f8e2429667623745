//! Which containers are listened to, in the syntax of Datadog agents: `image:^nginx`,
//! `name:sidecar`, `kube_namespace:^kube-system$`. What is included stays, whatever excludes it.

use crate::document::Fault;
use crate::rows::LogRows;
use crate::rules::parse::compile_regex;
use arrow::array::BooleanArray;
use hannun_model::limits::CONTAINER_FILTER_ENTRIES_MAX;
use hannun_model::table::logs;
use regex::Regex;
use serde::Deserialize;

/// Columns that tell of the container, each with the words that mean it.
const PLACES: [(&[&str], usize); 3] = [
    (&["image", "image_name"], logs::CONTAINER_IMAGE_NAME),
    (&["name", "container_name"], logs::CONTAINER_NAME),
    (&["kube_namespace"], logs::K8S_NAMESPACE_NAME),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
}

#[derive(Debug)]
struct Entry {
    /// Position in [`PLACES`].
    place: usize,
    regex: Regex,
}

/// The filter, ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct ContainerFilter {
    include: Vec<Entry>,
    exclude: Vec<Entry>,
}

impl ContainerFilter {
    pub(crate) fn compile(body: &serde_json::Value) -> Result<Self, Vec<Fault>> {
        let body = Body::deserialize(body).map_err(|error| vec![Fault::new("", error)])?;
        let mut faults = Vec::new();
        let mut list = |name: &str, entries: &[String]| {
            if entries.len() > CONTAINER_FILTER_ENTRIES_MAX {
                let message = format!("too many, use at most {CONTAINER_FILTER_ENTRIES_MAX}");
                faults.push(Fault::new(format!("/{name}"), message));
            }
            let mut compiled = Vec::new();
            for (index, entry) in entries.iter().enumerate().take(CONTAINER_FILTER_ENTRIES_MAX) {
                match compile_entry(entry) {
                    Ok(entry) => compiled.push(entry),
                    Err(message) => faults.push(Fault::new(format!("/{name}/{index}"), message)),
                }
            }
            compiled
        };
        let filter = Self {
            include: list("include", &body.include),
            exclude: list("exclude", &body.exclude),
        };
        if faults.is_empty() { Ok(filter) } else { Err(faults) }
    }

    /// Which rows stay; `None` when all do.
    pub(crate) fn keep(&self, rows: &LogRows<'_>) -> Option<BooleanArray> {
        if self.exclude.is_empty() {
            return None;
        }
        let mut previous: Option<([Option<&str>; 3], bool)> = None;
        let keep: Vec<bool> = (0..rows.len())
            .map(|row| {
                let container = PLACES.map(|(_, column)| rows.text(column, row));
                match previous {
                    // Records of one container come together.
                    Some((known, keep)) if known == container => keep,
                    _ => {
                        let keep = self.keeps(&container);
                        previous = Some((container, keep));
                        keep
                    }
                }
            })
            .collect();
        keep.contains(&false).then(|| BooleanArray::from(keep))
    }

    fn keeps(&self, container: &[Option<&str>; 3]) -> bool {
        let any = |entries: &[Entry]| entries.iter().any(|entry| entry.matches(container));
        any(&self.include) || !any(&self.exclude)
    }
}

impl Entry {
    fn matches(&self, container: &[Option<&str>; 3]) -> bool {
        let Some(text) = container[self.place] else { return false };
        if self.regex.is_match(text) {
            return true;
        }
        // `image:^nginx$` is meant for every tag and digest of it.
        let is_image = PLACES[self.place].1 == logs::CONTAINER_IMAGE_NAME;
        is_image && self.regex.is_match(without_tag(text))
    }
}

/// `registry:5000/shop/order:1.2@sha256:…` without tag and digest.
fn without_tag(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

fn compile_entry(entry: &str) -> Result<Entry, String> {
    let (word, pattern) = entry.split_once(':').ok_or_else(expected)?;
    let place = PLACES.iter().position(|(words, _)| words.contains(&word)).ok_or_else(expected)?;
    Ok(Entry { place, regex: compile_regex(pattern)? })
}

fn expected() -> String {
    "write image:, name: or kube_namespace: and a regex, such as image:^nginx".to_owned()
}

/// Everything that is wrong with the body of a filter.
pub fn container_filter_faults(body: &serde_json::Value) -> Vec<Fault> {
    ContainerFilter::compile(body).err().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn keeps(filter: &serde_json::Value, image: &str, name: &str, namespace: &str) -> bool {
        let filter = ContainerFilter::compile(filter).unwrap();
        filter.keeps(&[Some(image), Some(name), Some(namespace)])
    }

    #[test]
    fn what_is_included_stays_whatever_excludes_it() {
        let filter = json!({"include": ["name:^order"], "exclude": ["name:.*"]});
        assert!(keeps(&filter, "shop/order:1", "order-1", "shop"));
        assert!(!keeps(&filter, "shop/user:1", "user-1", "shop"));
        let filter = json!({"include": ["name:^order"]});
        assert!(keeps(&filter, "a", "user-1", "b"), "nothing is excluded");
    }

    #[test]
    fn each_place_has_its_word() {
        let filter = json!({"exclude": ["image:^nginx$", "kube_namespace:^kube-system$"]});
        assert!(!keeps(&filter, "nginx", "a", "shop"));
        assert!(!keeps(&filter, "nginx:1.25@sha256:0a", "a", "shop"));
        assert!(!keeps(&filter, "x", "a", "kube-system"));
        assert!(keeps(&filter, "registry:5000/nginx:1", "a", "kube-system-2"));
        assert_eq!(without_tag("registry:5000/shop/order:1.2"), "registry:5000/shop/order");
        assert_eq!(without_tag("registry:5000/shop/order"), "registry:5000/shop/order");
    }

    #[test]
    fn a_record_without_a_container_stays() {
        let filter = ContainerFilter::compile(&json!({"exclude": ["name:.*"]})).unwrap();
        assert!(filter.keeps(&[None, None, None]));
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let faults = container_filter_faults(&json!({"include": ["nginx"], "exclude": ["name:("]}));
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["/include/0", "/exclude/0"]);
        assert!(!container_filter_faults(&json!({"drop": []})).is_empty());
    }
}
