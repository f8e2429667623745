//! Kinds of documents: what each is for, who may change it, and what its body must look like.

use crate::actor::Role;
use crate::error::{FieldError, LedgerError};
use hannun_model::limits::DOCUMENT_FAULTS_SHOWN_MAX;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest piece of a body that a message repeats, in characters.
const QUOTED_CHARACTERS_MAX: usize = 60;

/// A kind of document. The room that reads its documents owns it, as a constant.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Lower case, such as `saved-view`.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// What it is for, in a sentence.
    pub description: &'static str,
    /// JSON Schema, draft 2020-12, of the body. Objects say `additionalProperties: false`, so that
    /// a misspelt field is told instead of ignored.
    pub schema: &'static str,
    /// The role that changes documents of this kind.
    pub edit_role: Role,
    /// Whether the ids are those of users besides `organization`: everybody may then change his
    /// own, and only an owner somebody else's.
    pub own_by_user: bool,
    /// What no schema can say, such as whether a pattern compiles. Asked of bodies that fit the
    /// schema.
    pub check: Option<fn(&Value) -> Vec<FieldError>>,
}

/// A query worth keeping, with how its answer is drawn.
pub const SAVED_VIEW: Kind = Kind {
    name: "saved-view",
    title: "Saved view",
    description: "A query worth keeping, with how its answer is drawn.",
    schema: include_str!("../kinds/saved-view.schema.json"),
    edit_role: Role::Editor,
    own_by_user: false,
    check: None,
};

/// How the app shows things, for everyone or for one person.
pub const DISPLAY_SETTINGS: Kind = Kind {
    name: "display-settings",
    title: "Display settings",
    description: "Language, theme, time zone and currency, for everyone or for one person.",
    schema: include_str!("../kinds/display-settings.schema.json"),
    edit_role: Role::Editor,
    own_by_user: true,
    check: None,
};

/// A kind that is ready to check documents.
#[derive(Debug)]
pub struct RegisteredKind {
    /// The kind.
    pub kind: Kind,
    /// Its schema as JSON.
    pub schema: Value,
    validator: Validator,
}

/// All kinds that are known. Cheap to clone.
#[derive(Debug, Clone)]
pub struct KindRegistry {
    kinds: Arc<BTreeMap<&'static str, RegisteredKind>>,
}

impl KindRegistry {
    /// Reads the schemas.
    ///
    /// # Errors
    /// When a schema is broken or a name comes twice: a mistake of whoever wrote the kind.
    pub fn new(kinds: impl IntoIterator<Item = Kind>) -> Result<Self, LedgerError> {
        let mut registered = BTreeMap::new();
        for kind in kinds {
            let doing = format!("read the schema of {}", kind.name);
            let schema: Value = serde_json::from_str(kind.schema)
                .map_err(|error| LedgerError::failed(&doing, error))?;
            let validator = jsonschema::options()
                .with_draft(Draft::Draft202012)
                .build(&schema)
                .map_err(|error| LedgerError::failed(&doing, error))?;
            let entry = RegisteredKind { kind, schema, validator };
            if registered.insert(kind.name, entry).is_some() {
                return Err(LedgerError::failed(&doing, "two kinds have this name"));
            }
        }
        Ok(Self { kinds: Arc::new(registered) })
    }

    /// All kinds by name.
    pub fn iter(&self) -> impl Iterator<Item = &RegisteredKind> {
        self.kinds.values()
    }

    /// The kind of that name.
    pub fn get(&self, name: &str) -> Option<&RegisteredKind> {
        self.kinds.get(name)
    }

    /// As [`Self::get`], or what to say.
    pub(crate) fn find(&self, name: &str) -> Result<&RegisteredKind, FieldError> {
        self.get(name).ok_or_else(|| {
            let known: Vec<_> = self.kinds.keys().copied().collect();
            let message =
                format!("unknown kind `{}`, use one of {}", quote(name), known.join(", "));
            FieldError::new("/kind", message)
        })
    }
}

impl RegisteredKind {
    /// Everything that is wrong with a body, by place; nothing when it is right.
    pub fn faults(&self, body: &Value) -> Vec<FieldError> {
        let mut faults: Vec<FieldError> =
            self.validator.iter_errors(body).flat_map(|error| self.explain(&error)).collect();
        if faults.is_empty()
            && let Some(check) = self.kind.check
        {
            faults = check(body);
        }
        faults.sort_by(|left, right| left.path.cmp(&right.path));
        faults.truncate(DOCUMENT_FAULTS_SHOWN_MAX);
        faults
    }

    fn explain(&self, error: &ValidationError<'_>) -> Vec<FieldError> {
        let path = error.instance_path().as_str();
        let one = |message: String| vec![FieldError::new(path, message)];
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known = self.known_fields(error.schema_path().as_str());
                let explain = |name: &String| {
                    let message =
                        format!("unknown field `{}`, the fields are {known}", quote(name));
                    FieldError::new(format!("{path}/{}", escape(&quote(name))), message)
                };
                unexpected.iter().take(DOCUMENT_FAULTS_SHOWN_MAX).map(explain).collect()
            }
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                vec![FieldError::new(format!("{path}/{}", escape(name)), "required, add it")]
            }
            ValidationErrorKind::Type { kind: TypeKind::Single(wanted) } => {
                one(format!("must be of type {wanted}, not {}", type_of(error.instance())))
            }
            ValidationErrorKind::Enum { options } => one(format!("must be one of {options}")),
            ValidationErrorKind::MinLength { limit: 1 } => {
                one("must not be empty; leave the field out if there is nothing to say".to_owned())
            }
            ValidationErrorKind::MinLength { limit } => {
                one(format!("too short, use at least {limit} characters"))
            }
            ValidationErrorKind::MaxLength { limit } => {
                one(format!("too long, use at most {limit} characters"))
            }
            ValidationErrorKind::MaxItems { limit } => {
                one(format!("too many, use at most {limit}"))
            }
            ValidationErrorKind::UniqueItems => one("must not repeat an item".to_owned()),
            ValidationErrorKind::Pattern { pattern } => {
                one(format!("must match the pattern {pattern}"))
            }
            _ => one(quote(&error.to_string())),
        }
    }

    /// The fields of the object whose `additionalProperties` lies there in the schema.
    fn known_fields(&self, schema_path: &str) -> String {
        let object = schema_path.strip_suffix("/additionalProperties").unwrap_or(schema_path);
        let fields = self.schema.pointer(&format!("{object}/properties"));
        let names = fields.and_then(Value::as_object).into_iter().flat_map(|fields| fields.keys());
        names.map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// One step of a JSON pointer, https://www.rfc-editor.org/rfc/rfc6901
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(body: Value) -> Vec<(String, String)> {
        let kinds = KindRegistry::new([SAVED_VIEW, DISPLAY_SETTINGS]).unwrap();
        let faults = kinds.get("saved-view").unwrap().faults(&body);
        faults.into_iter().map(|fault| (fault.path, fault.message)).collect()
    }

    fn fault(path: &str, message: &str) -> (String, String) {
        (path.to_owned(), message.to_owned())
    }

    #[test]
    fn a_right_body_has_no_faults() {
        let body = json!({
            "title": "느린 주문", "lens": "query", "path": "/query", "sql": "SELECT 1",
            "chart": {"kind": "line", "x": "time", "y": ["p50", "p99"], "series": "service"},
        });
        assert_eq!(faults(body), []);
    }

    #[test]
    fn every_fault_is_told_with_its_place_and_what_to_do() {
        let body = json!({
            "titel": "x", "lens": "cost", "path": "query", "sql": "",
            "chart": {"kind": "line", "y": ["a", "a"], "colour/hue": 1},
        });
        assert_eq!(
            faults(body),
            [
                fault(
                    "/chart/colour~1hue",
                    "unknown field `colour/hue`, the fields are kind, series, x, y"
                ),
                fault("/chart/y", "must not repeat an item"),
                fault("/lens", "must be one of [\"query\",\"logs\",\"traces\"]"),
                fault("/path", "must match the pattern ^/"),
                fault("/sql", "must not be empty; leave the field out if there is nothing to say"),
                fault(
                    "/titel",
                    "unknown field `titel`, the fields are chart, description, lens, path, sql, title"
                ),
                fault("/title", "required, add it"),
            ]
        );
    }

    #[test]
    fn a_wrong_type_names_both() {
        assert_eq!(faults(json!([])), [fault("", "must be of type object, not array")]);
        let body = json!({"title": 1.5, "lens": "query", "path": "/"});
        assert_eq!(faults(body), [fault("/title", "must be of type string, not number")]);
    }

    #[test]
    fn a_body_full_of_faults_is_told_in_part() {
        let fields: serde_json::Map<String, Value> =
            (0..1000).map(|n| (format!("f{n}"), Value::Null)).collect();
        assert_eq!(faults(Value::Object(fields)).len(), DOCUMENT_FAULTS_SHOWN_MAX);
    }

    #[test]
    fn an_unknown_kind_is_told_with_the_known_ones() {
        let kinds = KindRegistry::new([SAVED_VIEW, DISPLAY_SETTINGS]).unwrap();
        let message = kinds.find("saved-veiw").unwrap_err().message;
        assert!(message.ends_with("use one of display-settings, saved-view"), "{message}");
    }

    #[test]
    fn a_kind_checks_what_its_schema_cannot_say() {
        let check = |body: &Value| match body["sql"].as_str() {
            Some("SELECT") => vec![FieldError::new("/sql", "select something")],
            _ => Vec::new(),
        };
        let kinds = KindRegistry::new([Kind { check: Some(check), ..SAVED_VIEW }]).unwrap();
        let kind = kinds.get("saved-view").unwrap();
        let body = |sql: &str| json!({"title": "x", "lens": "query", "path": "/q", "sql": sql});
        assert_eq!(kind.faults(&body("SELECT 1")), []);
        assert_eq!(kind.faults(&body("SELECT")), [FieldError::new("/sql", "select something")]);
        let of_schema = kind.faults(&json!({"sql": "SELECT"}));
        assert!(of_schema.iter().all(|fault| fault.path != "/sql"), "the schema comes first");
    }

    #[test]
    fn a_broken_schema_or_a_repeated_name_is_found_at_start() {
        let broken = Kind { schema: "{\"type\": 7}", ..SAVED_VIEW };
        assert!(KindRegistry::new([broken]).is_err());
        assert!(KindRegistry::new([SAVED_VIEW, SAVED_VIEW]).is_err());
    }
}
