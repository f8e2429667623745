//! Pipelines as people write them, and everything that can be wrong with one.

use crate::compile::compile_rule;
use crate::rules::{Pipeline, Rule};
use hannun_model::limits::LOG_RULES_PER_PIPELINE_MAX;
use hannun_search::Filter;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// Order of a pipeline that does not name one.
const ORDER_DEFAULT: i64 = 100;

/// A document of the kind `log-pipeline`.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineDocument {
    /// Its id.
    pub id: String,
    /// Grows with every change; a rule keeps counting while it stays.
    pub revision: i64,
    /// What it says.
    pub body: serde_json::Value,
}

/// Something that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON pointer.
    pub path: String,
    /// What to do about it.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(path: impl Into<String>, message: impl fmt::Display) -> Self {
        Self { path: path.into(), message: message.to_string() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => formatter.write_str(&self.message),
            path => write!(formatter, "{path}: {}", self.message),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PipelineBody {
    pub(crate) name: String,
    /// For people.
    #[serde(default, rename = "description")]
    _description: Option<String>,
    pub(crate) order: Option<i64>,
    pub(crate) enabled: Option<bool>,
    #[serde(rename = "match")]
    pub(crate) filter: Option<String>,
    pub(crate) rules: Vec<RuleBody>,
}

/// What a rule does with the records it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ActionName {
    Parse,
    Remap,
    Redact,
    Drop,
    Sample,
    Quota,
    Retain,
    Metric,
}

/// A rule with the fields of all actions; which of them an action takes is checked when it is
/// compiled, so that the message can name the action.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleBody {
    pub(crate) action: ActionName,
    pub(crate) name: Option<String>,
    #[serde(rename = "match")]
    pub(crate) filter: Option<String>,
    pub(crate) format: Option<String>,
    pub(crate) pattern: Option<String>,
    pub(crate) field: Option<String>,
    pub(crate) target: Option<String>,
    pub(crate) keep_source: Option<bool>,
    pub(crate) set: Option<BTreeMap<String, String>>,
    pub(crate) rename: Option<BTreeMap<String, String>>,
    pub(crate) remove: Option<Vec<String>>,
    pub(crate) kinds: Option<Vec<String>>,
    pub(crate) patterns: Option<Vec<String>>,
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) replace: Option<String>,
    pub(crate) keep_percent: Option<f64>,
    pub(crate) by: Option<String>,
    pub(crate) bytes_per_day: Option<serde_json::Value>,
    pub(crate) days: Option<i64>,
    pub(crate) metric: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) unit: Option<String>,
    pub(crate) group_by: Option<Vec<String>>,
}

impl RuleBody {
    /// The fields that are there, besides those that every action has.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        let fields = [
            ("format", self.format.is_some()),
            ("pattern", self.pattern.is_some()),
            ("field", self.field.is_some()),
            ("target", self.target.is_some()),
            ("keep_source", self.keep_source.is_some()),
            ("set", self.set.is_some()),
            ("rename", self.rename.is_some()),
            ("remove", self.remove.is_some()),
            ("kinds", self.kinds.is_some()),
            ("patterns", self.patterns.is_some()),
            ("fields", self.fields.is_some()),
            ("replace", self.replace.is_some()),
            ("keep_percent", self.keep_percent.is_some()),
            ("by", self.by.is_some()),
            ("bytes_per_day", self.bytes_per_day.is_some()),
            ("days", self.days.is_some()),
            ("metric", self.metric.is_some()),
            ("kind", self.kind.is_some()),
            ("value", self.value.is_some()),
            ("unit", self.unit.is_some()),
            ("group_by", self.group_by.is_some()),
        ];
        fields.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
    }
}

impl ActionName {
    /// The fields that the action takes.
    pub(crate) fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Parse => &["format", "pattern", "field", "target", "keep_source"],
            Self::Remap => &["set", "rename", "remove"],
            Self::Redact => &["kinds", "patterns", "fields", "replace"],
            Self::Drop => &[],
            Self::Sample => &["keep_percent", "by"],
            Self::Quota => &["bytes_per_day", "by"],
            Self::Retain => &["days"],
            Self::Metric => &["metric", "kind", "value", "unit", "group_by"],
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Remap => "remap",
            Self::Redact => "redact",
            Self::Drop => "drop",
            Self::Sample => "sample",
            Self::Quota => "quota",
            Self::Retain => "retain",
            Self::Metric => "metric",
        }
    }
}

/// A filter of the search language; everything when there is none.
pub(crate) fn compile_filter(text: Option<&str>, path: &str, faults: &mut Vec<Fault>) -> Filter {
    match hannun_search::parse_filter(text.unwrap_or_default()) {
        Ok(filter) => filter,
        Err(error) => {
            faults.push(Fault::new(path, error));
            Filter::default()
        }
    }
}

impl Pipeline {
    /// Makes a document ready.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn compile(document: &PipelineDocument) -> Result<Self, Vec<Fault>> {
        let body = PipelineBody::deserialize(&document.body)
            .map_err(|error| vec![Fault::new("", error)])?;
        let mut faults = Vec::new();
        if body.rules.len() > LOG_RULES_PER_PIPELINE_MAX {
            let message = format!("too many, use at most {LOG_RULES_PER_PIPELINE_MAX}");
            return Err(vec![Fault::new("/rules", message)]);
        }
        let filter = compile_filter(body.filter.as_deref(), "/match", &mut faults);
        let mut rules: Vec<Rule> = Vec::with_capacity(body.rules.len());
        for (index, rule) in body.rules.iter().enumerate() {
            match compile_rule(rule, index, &document.id) {
                Ok(rule) => rules.push(rule),
                Err(wrong) => faults.extend(wrong),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            id: document.id.clone(),
            revision: document.revision,
            body: document.body.clone(),
            name: body.name,
            order: body.order.unwrap_or(ORDER_DEFAULT),
            enabled: body.enabled.unwrap_or(true),
            filter,
            rules,
        })
    }
}

/// Everything that is wrong with the body of a pipeline.
pub fn pipeline_faults(body: &serde_json::Value) -> Vec<Fault> {
    let document = PipelineDocument { id: String::new(), revision: 0, body: body.clone() };
    Pipeline::compile(&document).err().unwrap_or_default()
}
