//! Service definitions in the forms that Datadog gave them, read as one.
//!
//! The public schemas are at <https://github.com/DataDog/schema/tree/main/service-catalog>, described
//! at <https://docs.datadoghq.com/internal_developer_portal/software_catalog/entity_model/>: versions
//! v2, v2.1 and v2.2 are about services (`schema-version`, `dd-service`), version v3 about services
//! and what is around them (`apiVersion`, `kind`, `metadata`). A document keeps the definition as it
//! was written; [`Definition`] is what all of them say. [`v1`] turns the oldest form into v2.2.

pub mod faults;
pub mod id;
pub mod read;
pub mod v1;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The kind of a definition that is about a service.
pub const SERVICE: &str = "service";
/// Version of the form that names its kind.
pub const V3: &str = "v3";
/// Namespace of references that name none.
const DEFAULT_NAMESPACE: &str = "default";

/// How the owner of a service is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CatalogContact {
    pub name: Option<String>,
    /// `email`, `slack`, `microsoft-teams`, or another word.
    #[serde(rename = "type")]
    pub contact_type: String,
    pub contact: String,
}

/// What is worth knowing about a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CatalogLink {
    pub name: String,
    /// `runbook`, `doc`, `repo`, `dashboard`, or another word.
    #[serde(rename = "type")]
    pub link_type: String,
    /// As it was written; only those that begin with `https:` or `http:` are safe to follow.
    pub url: String,
    /// Who hosts it.
    pub provider: Option<String>,
}

/// What a definition says, whatever its form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definition {
    pub name: String,
    /// `v2`, `v2.1`, `v2.2` or `v3`.
    pub schema_version: String,
    /// [`SERVICE`], or what else a definition of version v3 is about.
    pub kind: String,
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub team: Option<String>,
    pub additional_owners: Vec<String>,
    pub application: Option<String>,
    pub tier: Option<String>,
    pub lifecycle: Option<String>,
    pub service_type: Option<String>,
    pub languages: Vec<String>,
    pub contacts: Vec<CatalogContact>,
    pub links: Vec<CatalogLink>,
    pub tags: Vec<String>,
    /// References as [`reference`] writes them.
    pub depends_on: Vec<String>,
    pub dependency_of: Vec<String>,
    /// Whether a pager or an on-call service is named, which reaches somebody as well.
    pub has_pager: bool,
}

impl Definition {
    /// Reads a body that has no faults; what is missing or of another type is left out.
    pub fn of(body: &Value) -> Self {
        if body.get("apiVersion").is_some() { Self::of_v3(body) } else { Self::of_v2(body) }
    }

    fn of_v2(body: &Value) -> Self {
        let mut links = links(body.get("links"), None);
        links.extend(self::links(body.get("docs"), Some("doc")));
        links.extend(self::links(body.get("repos"), Some("repo")));
        Self {
            name: text(body, "dd-service").unwrap_or_default(),
            schema_version: text(body, "schema-version").unwrap_or_default(),
            kind: SERVICE.to_owned(),
            description: text(body, "description"),
            team: text(body, "team").or_else(|| text(body, "dd-team")),
            application: text(body, "application"),
            tier: text(body, "tier"),
            lifecycle: text(body, "lifecycle"),
            service_type: text(body, "type"),
            languages: texts(body, "languages"),
            contacts: contacts(body.get("contacts")),
            links,
            tags: texts(body, "tags"),
            has_pager: has_pager(body),
            ..Self::default()
        }
    }

    fn of_v3(body: &Value) -> Self {
        let nothing = Value::Null;
        let metadata = body.get("metadata").unwrap_or(&nothing);
        let spec = body.get("spec").unwrap_or(&nothing);
        let owners = metadata.get("additionalOwners").and_then(Value::as_array);
        let references = |name: &str| -> Vec<String> {
            texts(spec, name).iter().map(|written| reference(written)).collect()
        };
        Self {
            name: text(metadata, "name").unwrap_or_default(),
            schema_version: V3.to_owned(),
            kind: text(body, "kind").unwrap_or_default(),
            display_name: text(metadata, "displayName"),
            description: text(metadata, "description"),
            team: text(metadata, "owner"),
            additional_owners: owners
                .into_iter()
                .flatten()
                .filter_map(|owner| text(owner, "name"))
                .collect(),
            application: None,
            tier: text(spec, "tier"),
            lifecycle: text(spec, "lifecycle"),
            service_type: text(spec, "type"),
            languages: texts(spec, "languages"),
            contacts: contacts(metadata.get("contacts")),
            links: links(metadata.get("links"), None),
            tags: texts(metadata, "tags"),
            depends_on: references("dependsOn"),
            dependency_of: references("dependencyOf"),
            has_pager: has_pager(body),
        }
    }

    /// Whether it is about a service, which sends telemetry under its name.
    pub fn is_service(&self) -> bool {
        self.kind == SERVICE
    }

    /// Under which name the catalog lists it: a service by its own, anything else as `kind:name`.
    pub fn listed_name(&self) -> String {
        if self.is_service() { self.name.clone() } else { format!("{}:{}", self.kind, self.name) }
    }
}

/// What a reference names, as the catalog lists it: `order` of `service:order`,
/// `service:default/order` and `order`; `datastore:orders` of `datastore:orders`.
pub fn reference(written: &str) -> String {
    let (kind, name) = written.split_once(':').unwrap_or((SERVICE, written));
    let name =
        name.strip_prefix(DEFAULT_NAMESPACE).and_then(|it| it.strip_prefix('/')).unwrap_or(name);
    if kind == SERVICE { name.to_owned() } else { format!("{kind}:{name}") }
}

/// A text that says something.
fn text(value: &Value, field: &str) -> Option<String> {
    let text = value.get(field)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn texts(value: &Value, field: &str) -> Vec<String> {
    let items = value.get(field).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn contacts(value: Option<&Value>) -> Vec<CatalogContact> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    let contact = |item: &Value| {
        Some(CatalogContact {
            name: text(item, "name"),
            contact_type: text(item, "type")?,
            contact: text(item, "contact")?,
        })
    };
    items.filter_map(contact).collect()
}

/// Links, of one type where the list says which.
fn links(value: Option<&Value>, of_type: Option<&str>) -> Vec<CatalogLink> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    let link = |item: &Value| {
        Some(CatalogLink {
            name: text(item, "name")?,
            link_type: of_type.map_or_else(|| text(item, "type"), |it| Some(it.to_owned()))?,
            url: text(item, "url")?,
            provider: text(item, "provider"),
        })
    };
    items.filter_map(link).collect()
}

fn has_pager(body: &Value) -> bool {
    let integrations = body.get("integrations");
    let named = |name| integrations.and_then(|it| it.get(name)).is_some_and(|it| !it.is_null());
    ["pagerduty", "opsgenie", "jiraServiceManagementOps"].into_iter().any(named)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    pub(crate) fn v3(kind: &str, name: &str, spec: Value) -> Value {
        json!({"apiVersion": "v3", "kind": kind, "metadata": {"name": name}, "spec": spec})
    }

    #[test]
    fn all_forms_say_the_same() {
        let contacts = json!([{"type": "email", "contact": "a@shop.example"}]);
        let links =
            json!([{"name": "Runbook", "type": "runbook", "url": "https://wiki.example/r"}]);
        let of_v2 = Definition::of(&json!({
            "schema-version": "v2.2", "dd-service": "order", "team": "checkout", "tier": "1",
            "description": "Orders", "lifecycle": "production", "type": "web", "languages": ["rust"],
            "contacts": contacts, "links": links, "tags": ["area:shop"],
        }));
        let of_v3 = Definition::of(&json!({
            "apiVersion": "v3", "kind": "service",
            "metadata": {"name": "order", "owner": "checkout", "description": "Orders",
                "contacts": contacts, "links": links, "tags": ["area:shop"]},
            "spec": {"tier": "1", "lifecycle": "production", "type": "web", "languages": ["rust"]},
        }));
        assert_eq!(Definition { schema_version: "v3".to_owned(), ..of_v2.clone() }, of_v3);
        assert_eq!(
            (of_v2.team.as_deref(), of_v2.listed_name().as_str()),
            (Some("checkout"), "order")
        );
        assert_eq!(of_v3.contacts[0].contact, "a@shop.example");
    }

    #[test]
    fn the_second_form_has_documents_repositories_and_a_team_by_its_handle() {
        let definition = Definition::of(&json!({
            "schema-version": "v2", "dd-service": "order", "dd-team": "checkout",
            "docs": [{"name": "Design", "provider": "wiki", "url": "https://wiki.example/d"}],
            "repos": [{"name": "Code", "url": "https://git.example/order"}],
            "integrations": {"pagerduty": "https://shop.pagerduty.com/service-directory/P1"},
        }));
        let types: Vec<_> = definition.links.iter().map(|link| link.link_type.as_str()).collect();
        assert_eq!(types, ["doc", "repo"]);
        assert_eq!(definition.team.as_deref(), Some("checkout"));
        assert!(definition.has_pager);
    }

    #[test]
    fn references_are_read_as_the_catalog_lists_names() {
        let spec = json!({"dependsOn": ["service:cart", "service:default/menu", "pay", "datastore:orders"]});
        let definition = Definition::of(&v3("service", "order", spec));
        assert_eq!(definition.depends_on, ["cart", "menu", "pay", "datastore:orders"]);
        assert_eq!(
            Definition::of(&v3("datastore", "orders", json!({}))).listed_name(),
            "datastore:orders"
        );
    }
}
