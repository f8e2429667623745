//! Which container runs on which node, which node is which resource of the bill, and whose a
//! container is.

use super::charges::Resource;
use super::identity::{IdentityRow, last_part, workload_of_pod};
use super::places::PlaceRow;
use foldhash::{HashMap, HashMapExt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A machine that containers run on, or a task that is billed like one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Node {
    pub name: String,
    pub cluster: Option<String>,
    /// Keys under which metrics tell its capacity.
    pub keys: BTreeSet<Arc<str>>,
    /// Its names, as the last parts of resources may have them.
    pub(crate) aliases: BTreeSet<String>,
    /// Its resource in the bill.
    pub resource: Option<Arc<str>>,
    /// Whether it is a task of its own, of which nothing is anybody else's.
    pub is_task: bool,
}

/// A container over all its restarts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Container {
    pub key: Arc<str>,
    pub pod_uid: Option<Arc<str>>,
    pub node: Option<usize>,
    pub cluster: String,
    pub namespace: String,
    pub workload: String,
    /// Services that run in it, with the spans of each.
    pub services: BTreeMap<Arc<str>, f64>,
}

/// A resource that services run on without any container that metrics tell of.
#[derive(Debug, Clone, PartialEq)]
pub struct Host {
    pub resource: Arc<str>,
    pub services: BTreeMap<Arc<str>, f64>,
}

/// What runs where.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Topology {
    pub nodes: Vec<Node>,
    pub containers: Vec<Container>,
    pub hosts: Vec<Host>,
}

impl Topology {
    /// Puts together what metrics, spans and the bill tell.
    pub fn new(identities: &[IdentityRow], places: &[PlaceRow], resources: &[Resource]) -> Self {
        let mut topology = Self::default();
        let node_of = topology.add_nodes(identities);
        topology.match_resources(resources);
        topology.add_containers(identities, &node_of);
        let services = Services::of(places);
        let mut rows: HashMap<&str, Vec<&IdentityRow>> = HashMap::new();
        for row in identities {
            rows.entry(row.key.as_deref().unwrap_or_default()).or_default().push(row);
        }
        for container in &mut topology.containers {
            let rows = rows.get(&*container.key).map_or(&[][..], Vec::as_slice);
            container.services = services.of_container(rows);
        }
        topology.add_hosts(places, resources);
        topology
    }

    /// The resources of nodes and hosts, for the bill to be asked about.
    pub fn resources(&self) -> impl Iterator<Item = &Arc<str>> {
        let nodes = self.nodes.iter().filter_map(|node| node.resource.as_ref());
        nodes.chain(self.hosts.iter().map(|host| &host.resource))
    }

    /// Answers the node of each row. Rows that share a name of a node or a container tell of one node:
    /// a container connects what one receiver calls its node with what another does.
    fn add_nodes(&mut self, identities: &[IdentityRow]) -> Vec<Option<usize>> {
        let mut groups = Groups::default();
        let names: Vec<Vec<String>> = identities.iter().map(node_names).collect();
        let members: Vec<Option<usize>> = identities
            .iter()
            .zip(&names)
            .map(|(row, names)| {
                let names = names.iter().map(|name| (name.as_str(), true));
                groups.join(names.chain(row.key.as_deref().map(|key| (key, false))))
            })
            .collect();
        let mut node_of_group: HashMap<usize, usize> = HashMap::new();
        for (member, names) in members.iter().zip(&names) {
            if let Some(member) = member.filter(|_| !names.is_empty()) {
                let group = groups.of(member);
                node_of_group.entry(group).or_insert_with(|| {
                    self.nodes.push(Node::default());
                    self.nodes.len() - 1
                });
            }
        }
        let mut found = vec![None; identities.len()];
        for (index, (row, names)) in identities.iter().zip(&names).enumerate() {
            let group = members[index].map(|member| groups.of(member));
            let node = group.and_then(|group| node_of_group.get(&group)).copied();
            if let Some(node) = node {
                self.nodes[node].learn(row, names);
            }
            found[index] = node;
        }
        found
    }

    fn match_resources(&mut self, resources: &[Resource]) {
        let by_name = resources_by_name(resources);
        for node in &mut self.nodes {
            let resource = node.aliases.iter().find_map(|alias| by_name.get(alias));
            node.resource = resource.map(|it| Arc::from(it.resource_id.as_str()));
        }
    }

    fn add_containers(&mut self, identities: &[IdentityRow], node_of: &[Option<usize>]) {
        let mut by_key: HashMap<&str, usize> = HashMap::new();
        for (row, node) in identities.iter().zip(node_of) {
            let Some(key) = row.key.as_deref() else { continue };
            let index = *by_key.entry(key).or_insert_with(|| {
                self.containers.push(Container { key: Arc::from(key), ..Container::default() });
                self.containers.len() - 1
            });
            let container = &mut self.containers[index];
            container.node = container.node.or(*node);
            let pod_uid = row.pod_uid.as_deref().map(Arc::from);
            container.pod_uid = container.pod_uid.take().or(pod_uid);
            fill(&mut container.cluster, row.cluster.as_ref().or(row.ecs_cluster.as_ref()));
            fill(&mut container.namespace, row.namespace.as_ref());
            if let Some(workload) = declared_workload(row) {
                container.workload = workload.to_owned();
            }
        }
        for (row, node) in identities.iter().zip(node_of) {
            let Some(index) = row.key.as_deref().and_then(|key| by_key.get(key)) else { continue };
            let container = &mut self.containers[*index];
            let by_pod = row.pod.as_deref().map(workload_of_pod);
            let name = by_pod.or(row.container.as_deref()).map(str::to_owned);
            fill(&mut container.workload, name.as_ref());
            if let Some(node) = node {
                let cluster = (!container.cluster.is_empty()).then(|| container.cluster.clone());
                let known = self.nodes[*node].cluster.take();
                self.nodes[*node].cluster = known.or(cluster);
            }
        }
    }

    /// Hosts that spans name and the bill knows, and that are no node of a container.
    fn add_hosts(&mut self, places: &[PlaceRow], resources: &[Resource]) {
        let by_name = resources_by_name(resources);
        let mut hosts: BTreeMap<Arc<str>, BTreeMap<Arc<str>, f64>> = BTreeMap::new();
        for row in places {
            let Some(service) = row.service.as_deref() else { continue };
            let names = [row.host_id.as_deref(), row.task_arn.as_deref(), row.host_name.as_deref()];
            let found = names.into_iter().flatten().find_map(|name| by_name.get(&last_part(name)));
            let Some(resource) = found else { continue };
            let of_host = hosts.entry(Arc::from(resource.resource_id.as_str())).or_default();
            *of_host.entry(Arc::from(service)).or_default() += row.spans as f64;
        }
        let nodes: BTreeSet<&Arc<str>> =
            self.nodes.iter().filter_map(|node| node.resource.as_ref()).collect();
        hosts.retain(|resource, _| !nodes.contains(resource));
        let hosts = hosts.into_iter().map(|(resource, services)| Host { resource, services });
        self.hosts = hosts.collect();
    }
}

/// Names that mean the same, in groups.
#[derive(Debug, Default)]
struct Groups<'a> {
    /// By name, and whether it is one of a node.
    members: HashMap<(&'a str, bool), usize>,
    parents: Vec<usize>,
}

impl<'a> Groups<'a> {
    /// Joins the groups of some names; answers one member, if there is any.
    fn join(&mut self, names: impl Iterator<Item = (&'a str, bool)>) -> Option<usize> {
        let mut first = None;
        for name in names {
            let next = self.parents.len();
            let member = *self.members.entry(name).or_insert(next);
            if member == next {
                self.parents.push(member);
            }
            match first {
                None => first = Some(member),
                Some(first) => {
                    let (one, other) = (self.of(first), self.of(member));
                    self.parents[one.max(other)] = one.min(other);
                }
            }
        }
        first
    }

    fn of(&mut self, mut member: usize) -> usize {
        while self.parents[member] != member {
            self.parents[member] = self.parents[self.parents[member]];
            member = self.parents[member];
        }
        member
    }
}

impl Node {
    fn learn(&mut self, row: &IdentityRow, names: &[String]) {
        self.aliases.extend(names.iter().cloned());
        if let Some(name) = row.node.as_deref() {
            // `i-0a.ap-northeast-2.compute.internal`: named after the instance.
            let short = name.split('.').next().unwrap_or(name);
            self.aliases.insert(short.to_ascii_lowercase());
            self.name = name.to_owned();
            self.keys.insert(Arc::from(name));
        }
        if is_on_fargate(row)
            && let Some(task) = row.task_arn.as_deref()
        {
            self.is_task = true;
            self.keys.insert(Arc::from(task));
        }
        fill(&mut self.name, names.first());
        let cluster = row.cluster.as_ref().or(row.ecs_cluster.as_ref());
        self.cluster = self.cluster.take().or_else(|| cluster.cloned());
    }
}

fn is_on_fargate(row: &IdentityRow) -> bool {
    row.launch_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("fargate"))
}

/// The names of the node that a row tells of, as last parts of addresses.
fn node_names(row: &IdentityRow) -> Vec<String> {
    if is_on_fargate(row) {
        return row.task_arn.iter().map(|arn| last_part(arn)).collect();
    }
    let hosts = [row.host_id.as_deref(), row.host_name.as_deref()];
    // In a pod `host.name` is mostly the name of the pod, and far away it is somebody else's.
    let is_own = |name: &&str| !row.from_afar && row.pod.as_deref() != Some(*name);
    let names = hosts.into_iter().flatten().filter(is_own);
    let names =
        [row.provider_id.as_deref(), row.node.as_deref()].into_iter().flatten().chain(names);
    names.map(last_part).filter(|name| !name.is_empty()).collect()
}

fn declared_workload(row: &IdentityRow) -> Option<&str> {
    let ecs = row.ecs_service.as_deref().filter(|name| *name != "undefined");
    let declared = [row.deployment.as_deref(), row.controller.as_deref(), ecs];
    declared.into_iter().flatten().next().or(row.ecs_family.as_deref())
}

fn fill(known: &mut String, told: Option<&String>) {
    if known.is_empty()
        && let Some(told) = told
    {
        known.clone_from(told);
    }
}

/// Machines by their names. A host may be called as a database or a bucket is, which no service runs on.
fn resources_by_name(resources: &[Resource]) -> HashMap<String, &Resource> {
    let runs_nothing = |it: &&Resource| {
        matches!(it.category.as_deref(), Some("Databases" | "Storage" | "Integration"))
    };
    let machines: Vec<&Resource> = resources.iter().filter(|it| !runs_nothing(it)).collect();
    let mut by_name = HashMap::with_capacity(machines.len());
    for resource in &machines {
        by_name.entry(last_part(&resource.resource_id)).or_insert(*resource);
    }
    for resource in machines {
        if let Some(name) = resource.resource_name.as_deref() {
            by_name.entry(last_part(name)).or_insert(resource);
        }
    }
    by_name
}

/// Services by everything that a container may have in common with their spans.
#[derive(Debug, Default)]
struct Services<'a> {
    /// By kind of name, the surest first.
    by_name: [HashMap<(&'a str, &'a str), Spans>; 5],
}

/// Spans by service.
type Spans = BTreeMap<Arc<str>, f64>;

impl<'a> Services<'a> {
    fn of(places: &'a [PlaceRow]) -> Self {
        let mut services = Self::default();
        for row in places {
            let Some(service) = row.service.as_deref() else { continue };
            let namespace = row.namespace.as_deref().unwrap_or_default();
            let names = names_in_common(
                [row.container_id.as_deref(), row.pod_uid.as_deref()],
                // A pod that does not know its name knows that of its host, which is the same.
                row.pod.as_deref().or(row.host_name.as_deref()),
                [row.task_arn.as_deref(), row.deployment.as_deref()],
                namespace,
            );
            for (by_name, name) in services.by_name.iter_mut().zip(names) {
                if let Some(name) = name {
                    let of_name = by_name.entry(name).or_default();
                    *of_name.entry(Arc::from(service)).or_default() += row.spans as f64;
                }
            }
        }
        services
    }

    /// What the metrics themselves name, or else the services of spans with the surest name.
    fn of_container(&self, rows: &[&IdentityRow]) -> BTreeMap<Arc<str>, f64> {
        if let Some(service) = rows.iter().find_map(|row| row.service.as_deref()) {
            return BTreeMap::from([(Arc::from(service), 1.0)]);
        }
        for (kind, by_name) in self.by_name.iter().enumerate() {
            let mut found: BTreeMap<Arc<str>, f64> = BTreeMap::new();
            let mut seen = BTreeSet::new();
            for row in rows {
                let namespace = row.namespace.as_deref().unwrap_or_default();
                let names = names_in_common(
                    [row.container_id.as_deref(), row.pod_uid.as_deref()],
                    row.pod.as_deref(),
                    [row.task_arn.as_deref(), row.deployment.as_deref()],
                    namespace,
                );
                let Some(name) = names[kind].filter(|name| seen.insert(*name)) else { continue };
                for (service, spans) in by_name.get(&name).into_iter().flatten() {
                    *found.entry(service.clone()).or_default() += spans;
                }
            }
            if !found.is_empty() {
                return found;
            }
        }
        BTreeMap::new()
    }
}

/// Names that a container and its spans share: container, pod by id, pod by name, task, deployment.
fn names_in_common<'a>(
    [container, pod_uid]: [Option<&'a str>; 2],
    pod: Option<&'a str>,
    [task, deployment]: [Option<&'a str>; 2],
    namespace: &'a str,
) -> [Option<(&'a str, &'a str)>; 5] {
    let alone = |name: Option<&'a str>| name.map(|name| (name, ""));
    [
        alone(container),
        alone(pod_uid),
        alone(pod),
        alone(task),
        deployment.map(|name| (name, namespace)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn resource(id: &str, name: Option<&str>) -> Resource {
        Resource {
            resource_id: id.to_owned(),
            resource_name: name.map(str::to_owned),
            category: None,
        }
    }

    /// As kubeletstats tells, with the host of the node that it runs on.
    fn near(pod: &str, host: &str) -> IdentityRow {
        IdentityRow {
            key: Some(format!("{pod}/main")),
            container_id: Some(format!("c-{pod}")),
            pod_uid: text(pod),
            pod: Some(format!("{pod}-7c9d8b6f5d-x2x4k")),
            namespace: text("shop"),
            host_id: text(host),
            ..IdentityRow::default()
        }
    }

    /// As k8s_cluster tells, from a node that has nothing to do with it.
    fn afar(pod: &str, node: &str) -> IdentityRow {
        IdentityRow {
            key: Some(format!("{pod}/main")),
            node: text(node),
            cluster: text("shop"),
            host_id: text("i-collector"),
            from_afar: true,
            ..IdentityRow::default()
        }
    }

    #[test]
    fn containers_tell_which_node_is_which_resource() {
        let identities = [
            afar("order", "ip-10-0-0-1.internal"),
            near("order", "i-0a"),
            afar("cart", "ip-10-0-0-2.internal"),
            near("cart", "i-0b"),
        ];
        let resources = [resource("i-0a", None), resource("arn:aws:ec2:x:1:instance/i-0B", None)];
        let topology = Topology::new(&identities, &[], &resources);
        let found: Vec<_> = topology
            .containers
            .iter()
            .map(|it| {
                let node = &topology.nodes[it.node.unwrap()];
                (it.workload.as_str(), node.name.as_str(), node.resource.as_deref().unwrap())
            })
            .collect();
        let second = ("cart", "ip-10-0-0-2.internal", "arn:aws:ec2:x:1:instance/i-0B");
        assert_eq!(found, [("order", "ip-10-0-0-1.internal", "i-0a"), second]);
        assert_eq!(topology.nodes.len(), 2);
        assert_eq!(topology.nodes[1].cluster.as_deref(), Some("shop"));
        // A node that was told of before any of its containers is no other one.
        let node = IdentityRow { key: None, ..afar("", "ip-10-0-0-1.internal") };
        let identities = [node, near("order", "i-0a"), afar("order", "ip-10-0-0-1.internal")];
        assert_eq!(Topology::new(&identities, &[], &resources).nodes.len(), 1);
    }

    #[test]
    fn a_node_that_the_bill_does_not_know_is_unmatched() {
        let topology =
            Topology::new(&[afar("order", "n1")], &[], &[resource("i-0a", text("n2").as_deref())]);
        assert_eq!(topology.nodes[0].resource, None);
        let named = [resource("i-0a", Some("N1"))];
        let topology = Topology::new(&[afar("order", "n1")], &[], &named);
        assert_eq!(topology.nodes[0].resource.as_deref(), Some("i-0a"));
        // No service runs on a database, however it is called.
        let database = Resource { category: text("Databases"), ..resource("db:n1", None) };
        let place = PlaceRow { service: text("a"), host_name: text("N1"), ..PlaceRow::default() };
        let topology = Topology::new(&[afar("order", "n1")], &[place], &[database]);
        assert_eq!((topology.nodes[0].resource.as_deref(), topology.hosts.len()), (None, 0));
    }

    #[test]
    fn a_container_is_whose_spans_it_sends() {
        let place =
            |service: &str| PlaceRow { service: text(service), spans: 3, ..PlaceRow::default() };
        let by_id = PlaceRow { container_id: text("c-order"), ..place("order") };
        let by_pod = PlaceRow { pod_uid: text("cart"), ..place("cart") };
        let by_host = PlaceRow { host_name: text("mail-7c9d8b6f5d-x2x4k"), ..place("mail") };
        let unsure = PlaceRow { pod_uid: text("order"), ..place("sidecar") };
        let identities = ["order", "cart", "mail", "none"].map(|pod| near(pod, "i-0a"));
        let topology = Topology::new(&identities, &[by_id, by_pod, by_host, unsure], &[]);
        let services: Vec<Vec<&str>> = topology
            .containers
            .iter()
            .map(|it| it.services.keys().map(AsRef::as_ref).collect())
            .collect();
        assert_eq!(services, [vec!["order"], vec!["cart"], vec!["mail"], vec![]]);
    }

    #[test]
    fn a_task_on_fargate_is_a_node_of_its_own_and_a_host_without_containers_is_its_services() {
        let arn = "arn:aws:ecs:ap-northeast-2:1:task/shop/0a1b";
        let task = IdentityRow {
            key: text("c1"),
            container_id: text("c1"),
            task_arn: text(arn),
            launch_type: text("FARGATE"),
            ecs_cluster: text("shop"),
            ecs_service: text("undefined"),
            ecs_family: text("order"),
            host_id: text("i-else"),
            ..IdentityRow::default()
        };
        let on_host = PlaceRow {
            service: text("legacy"),
            host_id: text("i-0c"),
            spans: 5,
            ..PlaceRow::default()
        };
        let resources = [resource(arn, None), resource("i-0c", None)];
        let topology = Topology::new(&[task], &[on_host], &resources);
        assert!(topology.nodes[0].is_task);
        assert_eq!(topology.nodes[0].resource.as_deref(), Some(arn));
        assert_eq!(topology.containers[0].workload, "order");
        assert_eq!(topology.hosts.len(), 1);
        assert_eq!(topology.hosts[0].services, BTreeMap::from([(Arc::from("legacy"), 5.0)]));
        assert_eq!(topology.resources().count(), 2);
    }
}
