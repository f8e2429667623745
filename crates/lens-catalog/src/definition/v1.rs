//! The first form of service definitions, which Datadog gave up, as version v2.2.
//!
//! Its schema:
//! <https://github.com/DataDog/schema/blob/main/service-catalog/v1/schema.json>

use hannun_ledger::FieldError;
use serde_json::{Map, Value, json};

const FIELDS: [&str; 8] = [
    "schema-version",
    "info",
    "org",
    "contact",
    "external-resources",
    "tags",
    "integrations",
    "extensions",
];

/// Whether a value is of the first form: it says so, or it has the name where only that form has it.
pub fn is_v1(value: &Value) -> bool {
    match value.get("schema-version") {
        Some(version) => version == "v1",
        None => value.pointer("/info/dd-service").is_some(),
    }
}

/// The same definition as version v2.2.
///
/// # Errors
/// When it has fields that the first form does not have, which would be lost.
pub fn to_v2_2(value: &Value) -> Result<Value, Vec<FieldError>> {
    let unknown = |name: &&String| !FIELDS.contains(&name.as_str());
    let fields = value.as_object().into_iter().flat_map(Map::keys).filter(unknown);
    let faults: Vec<FieldError> = fields
        .map(|name| {
            let message =
                format!("version v1 has no such field, its fields are {}", FIELDS.join(", "));
            FieldError::new(format!("/{}", name.replace('~', "~0").replace('/', "~1")), message)
        })
        .collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut body = Map::new();
    body.insert("schema-version".to_owned(), json!("v2.2"));
    for (from, to) in [
        ("/info/dd-service", "dd-service"),
        ("/info/description", "description"),
        ("/info/service-tier", "tier"),
        ("/org/team", "team"),
        ("/org/application", "application"),
        ("/tags", "tags"),
    ] {
        if let Some(found) = value.pointer(from) {
            body.insert(to.to_owned(), found.clone());
        }
    }
    let contacts: Vec<Value> = ["email", "slack"]
        .into_iter()
        .filter_map(|name| Some(json!({"type": name, "contact": value.get("contact")?.get(name)?})))
        .collect();
    insert_list(&mut body, "contacts", contacts);
    insert_list(&mut body, "links", links(value));
    if let Some(address) = value.pointer("/integrations/pagerduty") {
        body.insert("integrations".to_owned(), json!({"pagerduty": {"service-url": address}}));
    }
    let mut extensions =
        value.get("extensions").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(name) = value.pointer("/info/display-name") {
        extensions.insert("display-name".to_owned(), name.clone());
    }
    if !extensions.is_empty() {
        body.insert("extensions".to_owned(), Value::Object(extensions));
    }
    Ok(Value::Object(body))
}

fn insert_list(body: &mut Map<String, Value>, name: &str, items: Vec<Value>) {
    if !items.is_empty() {
        body.insert(name.to_owned(), Value::Array(items));
    }
}

fn links(value: &Value) -> Vec<Value> {
    let resources = value.get("external-resources").and_then(Value::as_array);
    let resources = resources.into_iter().flatten().cloned();
    let repository = value.pointer("/integrations/github").map(|address| {
        json!({"name": "Repository", "type": "repo", "provider": "github", "url": address})
    });
    resources.chain(repository).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::faults::faults;

    #[test]
    fn nothing_that_the_first_form_says_is_lost() {
        let old = json!({
            "schema-version": "v1",
            "info": {"dd-service": "order", "display-name": "Orders", "description": "d",
                "service-tier": "1"},
            "org": {"team": "checkout", "application": "shop"},
            "contact": {"email": "a@b.example", "slack": "https://chat.example/c"},
            "external-resources": [{"name": "Runbook", "type": "runbook", "url": "https://w.example"}],
            "tags": ["a:b"],
            "integrations": {"pagerduty": "https://x.pagerduty.com/service-directory/P1",
                "github": "https://github.com/shop/order"},
            "extensions": {"x": 1},
        });
        assert!(is_v1(&old));
        let new = to_v2_2(&old).unwrap();
        let expected = json!({
            "schema-version": "v2.2", "dd-service": "order", "description": "d", "tier": "1",
            "team": "checkout", "application": "shop", "tags": ["a:b"],
            "contacts": [{"type": "email", "contact": "a@b.example"},
                {"type": "slack", "contact": "https://chat.example/c"}],
            "links": [{"name": "Runbook", "type": "runbook", "url": "https://w.example"},
                {"name": "Repository", "type": "repo", "provider": "github",
                    "url": "https://github.com/shop/order"}],
            "integrations": {"pagerduty":
                {"service-url": "https://x.pagerduty.com/service-directory/P1"}},
            "extensions": {"x": 1, "display-name": "Orders"},
        });
        assert_eq!(new, expected);
        assert_eq!(faults(&new), []);
    }

    #[test]
    fn the_least_of_it_is_enough_and_what_it_never_had_is_refused() {
        let least = json!({"info": {"dd-service": "order"}});
        assert!(
            is_v1(&least) && !is_v1(&json!({"schema-version": "v2", "info": {"dd-service": 1}}))
        );
        let new = to_v2_2(&least).unwrap();
        assert_eq!(new, json!({"schema-version": "v2.2", "dd-service": "order"}));
        let faults = to_v2_2(&json!({"info": {"dd-service": "o"}, "owner/x": 1})).unwrap_err();
        assert_eq!(faults[0].path, "/owner~1x");
    }
}
