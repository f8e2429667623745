//! Expressions of a probe, compiled for whoever writes them.

use hannun_probes::expression::{Expression, ExpressionError};
use hannun_probes::template::Template;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Expressions of a probe that is being written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeCheckRequest {
    /// When the probe sees something.
    condition: Option<String>,
    /// The message, with `{expressions}` in it.
    template: Option<String>,
    /// The value of a metric.
    metric_value: Option<String>,
    /// The language of the processes, whose client may not know every variable.
    language: Option<String>,
    /// The body of the whole document, to be checked as it would be when it is saved.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    probe: Option<Value>,
}

/// What is wrong with expressions, and what they become.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct ProbeCheck {
    pub problems: Vec<ProbeProblem>,
    /// By field, what clients evaluate.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub compiled: Map<String, Value>,
}

/// Something that is wrong.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProbeProblem {
    /// `condition`, `template`, `metric_value`, or a place in the document such as `/where/line`.
    pub field: String,
    /// Characters before it.
    pub position: Option<usize>,
    pub message: String,
}

/// Compiles what is given. `faults` answers what is wrong with a whole document.
pub fn check(
    request: &ProbeCheckRequest,
    faults: impl FnOnce(&Value) -> Vec<ProbeProblem>,
) -> ProbeCheck {
    let mut problems = Vec::new();
    let mut compiled = Map::new();
    let is_by_line = request.language.as_deref() == Some("nodejs");
    let known = |expression: &Expression| match expression.exit_variable() {
        Some(name) if is_by_line => {
            let message = format!("{name} is not known on a line, and Node.js takes no methods");
            Err(ExpressionError { position: 0, message })
        }
        _ => Ok(()),
    };
    let expression = |text: &str| {
        let expression = Expression::parse(text)?;
        known(&expression).map(|()| expression.to_json())
    };
    let template = |text: &str| {
        let template = Template::parse(text)?;
        template.expressions().try_for_each(&known)?;
        Ok(template.to_json())
    };
    let mut add = |field: &str, result: Option<Result<Value, ExpressionError>>| match result {
        None => {}
        Some(Ok(json)) => {
            compiled.insert(field.to_owned(), json);
        }
        Some(Err(ExpressionError { position, message })) => problems.push(ProbeProblem {
            field: field.to_owned(),
            position: Some(position),
            message,
        }),
    };
    add("condition", request.condition.as_deref().map(expression));
    add("template", request.template.as_deref().map(template));
    add("metric_value", request.metric_value.as_deref().map(expression));
    if let Some(probe) = &request.probe {
        problems.extend(faults(probe));
    }
    ProbeCheck { problems, compiled }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_client_does_not_know_is_told() {
        let fields = |language: &str| {
            let request = json!({"template": "{@duration} ms", "language": language});
            let found = check(&serde_json::from_value(request).unwrap(), |_| Vec::new());
            found.problems.into_iter().map(|it| it.field).collect::<Vec<_>>()
        };
        assert_eq!(fields("python"), Vec::<String>::new());
        assert_eq!(fields("nodejs"), ["template"]);
    }

    #[test]
    fn each_field_is_compiled_or_told_with_its_place() {
        let request = serde_json::from_value(json!({
            "condition": "a = 1", "template": "took {@duration}", "metric_value": "len(items)",
        }))
        .unwrap();
        let problem = ProbeProblem {
            field: "condition".to_owned(),
            position: Some(2),
            message: "write `==` to compare".to_owned(),
        };
        let compiled = json!({
            "template": [
                {"str": "took "}, {"dsl": "@duration", "json": {"ref": "@duration"}},
            ],
            "metric_value": {"len": {"ref": "items"}},
        });
        let Value::Object(compiled) = compiled else { unreachable!() };
        assert_eq!(
            check(&request, |_| Vec::new()),
            ProbeCheck { problems: vec![problem], compiled }
        );
    }
}
