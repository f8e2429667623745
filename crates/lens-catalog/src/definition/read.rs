//! Definitions out of files as teams have them: `service.datadog.yaml`, `entity.datadog.yaml`.

use super::{Definition, V3, id, v1};
use crate::documents::SERVICE_DEFINITION;
use hannun_ledger::{FieldError, FileDocument, KindRegistry, located};
use hannun_model::limits::CATALOG_PROBLEMS_MAX;
use serde::Serialize;
use serde_json::Value;
use std::sync::LazyLock;
use utoipa::ToSchema;

static KINDS: LazyLock<Option<KindRegistry>> =
    LazyLock::new(|| KindRegistry::new([SERVICE_DEFINITION]).ok());

/// What a text of definitions comes to.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct CatalogCheck {
    /// The definitions without faults, in their order.
    pub services: Vec<CheckedDefinition>,
    pub problems: Vec<CatalogProblem>,
}

/// A definition that can be kept.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct CheckedDefinition {
    /// As the catalog lists it.
    pub name: String,
    /// `service`, or what else it is about.
    pub kind: String,
    /// As it will be kept: one of version v1 becomes v2.2.
    pub schema_version: String,
    /// Id of the document of kind `service-definition`.
    pub document_id: String,
    /// Body of the document.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub definition: Value,
}

/// What is wrong with a text of definitions.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CatalogProblem {
    /// From one.
    pub line: Option<u64>,
    /// JSON pointer into its definition.
    pub path: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

/// The document that a value is, when it is a service definition of Datadog: for
/// [`hannun_ledger::read_files`].
pub fn foreign(value: &Value) -> Option<Result<FileDocument, Vec<FieldError>>> {
    is_definition(value).then(|| {
        let body = checked(value)?;
        let id = id::document_id(&Definition::of(&body));
        Ok(FileDocument { kind: SERVICE_DEFINITION.name.to_owned(), id, body })
    })
}

/// Checks a text of definitions: YAML, several documents of it, or JSON.
pub fn check(text: &str) -> CatalogCheck {
    let mut answer = CatalogCheck::default();
    let documents = match located(text) {
        Ok(documents) => documents,
        Err(fault) => {
            let line = (fault.line > 0).then_some(fault.line);
            answer.problems.push(CatalogProblem { line, path: None, message: fault.message });
            return answer;
        }
    };
    if documents.is_empty() {
        let message = "there is no definition; begin with `schema-version: v2.2` and `dd-service`";
        answer.problems.push(CatalogProblem {
            line: None,
            path: None,
            message: message.to_owned(),
        });
    }
    for document in &documents {
        let (inside, value) = body_of(&document.value);
        match checked(value).and_then(|body| named_once(body, &answer.services)) {
            Ok(found) => answer.services.push(found),
            Err(faults) => answer.problems.extend(faults.into_iter().map(|fault| CatalogProblem {
                line: document.line(&format!("{inside}{}", fault.path)),
                path: Some(fault.path),
                message: fault.message,
            })),
        }
    }
    answer.problems.truncate(CATALOG_PROBLEMS_MAX);
    answer
}

/// A definition may stand in a document of ours, as it is exported.
fn body_of(value: &Value) -> (&'static str, &Value) {
    match value.get("body") {
        Some(body) if value["kind"] == SERVICE_DEFINITION.name => ("/body", body),
        _ => ("", value),
    }
}

fn named_once(
    body: Value,
    before: &[CheckedDefinition],
) -> Result<CheckedDefinition, Vec<FieldError>> {
    let definition = Definition::of(&body);
    let found = CheckedDefinition {
        name: definition.listed_name(),
        document_id: id::document_id(&definition),
        kind: definition.kind,
        schema_version: definition.schema_version,
        definition: body,
    };
    if before.iter().any(|other| other.document_id == found.document_id) {
        let message = format!("`{}` is defined above already, keep one of them", found.name);
        return Err(vec![FieldError::new("", message)]);
    }
    Ok(found)
}

/// Whether a value is meant to be a definition, right or wrong. Manifests of Kubernetes have an
/// `apiVersion` too, but another one.
fn is_definition(value: &Value) -> bool {
    let has = |name: &str| value.get(name).is_some();
    has("schema-version") || has("dd-service") || v1::is_v1(value) || value["apiVersion"] == V3
}

/// The body of the document that a value becomes.
fn checked(value: &Value) -> Result<Value, Vec<FieldError>> {
    let body = if v1::is_v1(value) { v1::to_v2_2(value)? } else { value.clone() };
    let kind = KINDS.as_ref().and_then(|kinds| kinds.get(SERVICE_DEFINITION.name));
    let faults = kind.map_or_else(Vec::new, |kind| kind.faults(&body));
    if faults.is_empty() { Ok(body) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ALL: &str = "schema-version: v2\ndd-service: a\n---\nschema-version: v2.1\ndd-service: b\n\
        ---\nschema-version: v2.2\ndd-service: c\n---\napiVersion: v3\nkind: system\nmetadata:\n  \
        name: shop\n---\ninfo:\n  dd-service: e\n";

    #[test]
    fn a_text_of_all_forms_becomes_documents() {
        let answer = check(ALL);
        assert_eq!(answer.problems, []);
        let told: Vec<_> = answer
            .services
            .iter()
            .map(|it| (it.name.as_str(), it.kind.as_str(), it.schema_version.as_str()))
            .collect();
        let expected = [
            ("a", "service", "v2"),
            ("b", "service", "v2.1"),
            ("c", "service", "v2.2"),
            ("system:shop", "system", "v3"),
            ("e", "service", "v2.2"),
        ];
        assert_eq!(told, expected);
        assert_eq!(answer.services[0].document_id, "a");
        assert!(answer.services[3].document_id.starts_with("system.shop-"));
        let json = check("{\"schema-version\": \"v2.2\",\n \"dd-service\": \"x\"}");
        assert_eq!(json.services[0].definition["dd-service"], "x");
    }

    #[test]
    fn a_problem_is_told_with_its_line() {
        let text = "schema-version: v2.2\ndd-service: a\n---\nschema-version: v2.2\ndd-service: b\n\
            contacts:\n  - type: email\n    contact: nobody\ntiers: 1\n---\nschema-version: v2\n\
            dd-service: a\n";
        let answer = check(text);
        assert_eq!(answer.services.len(), 1);
        let told: Vec<_> =
            answer.problems.iter().map(|it| (it.line, it.path.as_deref().unwrap())).collect();
        // What breaks the schema is told first; addresses are looked at when the schema is met.
        assert_eq!(told, [(Some(9), "/tiers"), (Some(11), "")]);
        assert!(answer.problems[1].message.contains("`a` is defined above already"));
        let syntax = check("dd-service: [\n");
        assert!(syntax.problems[0].line.is_some() && syntax.problems[0].path.is_none());
        assert!(check("").problems[0].message.starts_with("there is no definition"));
        assert_eq!(check("hello").problems[0].message, "must be of type object, not string");
        let exported = "kind: service-definition\nid: a\nbody:\n  schema-version: v2.2\n  dd-service: a\n  x: 1\n";
        assert_eq!(check(exported).problems[0].line, Some(6));
    }

    #[test]
    fn only_definitions_are_read_as_such() {
        for other in [
            json!({"kind": "saved-view", "id": "a", "body": {}}),
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}}),
            json!("text"),
            json!(null),
        ] {
            assert_eq!(foreign(&other), None, "{other}");
        }
        let definition = json!({"schema-version": "v2.2", "dd-service": "Order"});
        let document = foreign(&definition).unwrap().unwrap();
        assert_eq!((document.kind.as_str(), &document.body), ("service-definition", &definition));
        assert!(document.id.starts_with("order-"), "{}", document.id);
        let faults = foreign(&json!({"dd-service": "a"})).unwrap().unwrap_err();
        assert_eq!(faults[0].path, "/schema-version");
    }
}
