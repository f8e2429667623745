//! Origin detection: which container a line came from, as far as its sender says.

use super::parse::Origin;

/// What an origin means as resource attributes.
///
/// The inode of a cgroup (`in-…`) names nothing beyond the machine and its uptime, so it is not kept.
pub(super) fn resource<'a>(local_data: &'a str, external_data: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut resource = Vec::new();
    if let Some(id) = container_id(local_data) {
        resource.push(("container.id", id));
    }
    for part in external_data.split(',') {
        let known = match part.split_once('-') {
            Some(("cn", name)) => ("k8s.container.name", name),
            Some(("pu", uid)) => ("k8s.pod.uid", uid),
            _ => continue,
        };
        resource.push(known);
    }
    resource
}

/// The container of `ci-<id>`, `cid-<id>` or, of older clients, an id alone.
fn container_id(local_data: &str) -> Option<&str> {
    let mut parts = local_data.split(',').filter(|part| !part.is_empty());
    parts.find_map(|part| match part.split_once('-') {
        Some(("ci" | "cid", id)) => Some(id).filter(|id| !id.is_empty()),
        Some(("in", _)) => None,
        _ => Some(part),
    })
}

impl Origin<'_> {
    /// Bytes of memory that it takes to keep it.
    pub(super) fn bytes(&self) -> usize {
        self.local_data.len() + self.external_data.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_told_with_or_without_its_mark() {
        for (data, id) in [
            ("ci-83c0a99c0a54", Some("83c0a99c0a54")),
            ("cid-83c0a99c0a54", Some("83c0a99c0a54")),
            ("in-4026531835,ci-83c0a99c0a54", Some("83c0a99c0a54")),
            ("83c0a99c0a54", Some("83c0a99c0a54")),
            ("34dc0b5e626f2c5c-1234567890", Some("34dc0b5e626f2c5c-1234567890")),
            ("in-4026531835", None),
            ("", None),
        ] {
            assert_eq!(container_id(data), id, "{data}");
        }
    }

    #[test]
    fn external_data_names_container_and_pod() {
        let told = resource("in-5", "it-false,cn-nginx-web,pu-75a2b6d5-3949-4afb-ad0d");
        let expected =
            [("k8s.container.name", "nginx-web"), ("k8s.pod.uid", "75a2b6d5-3949-4afb-ad0d")];
        assert_eq!(told, expected);
    }
}
