//! What is wrong with the body of a document, by place, before it is kept.

use crate::dimension::Dimension;
use crate::error::Problem;
use crate::rule::{Condition, Operator, Rule, SharedCost};
use hannun_model::limits::COST_PATTERN_BYTES_MAX;
use regex::{Regex, RegexBuilder};
use serde_json::Value;

/// What is wrong at a place of a body, which is a JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub path: String,
    pub message: String,
}

/// A pattern, compiled within its limit.
pub(crate) fn pattern(text: &str) -> Result<Regex, Problem> {
    RegexBuilder::new(text).size_limit(COST_PATTERN_BYTES_MAX).build().map_err(|error| {
        // The message of a syntax error draws the pattern on several lines; the last says why.
        let text_of_error = error.to_string();
        let why = text_of_error.lines().last().unwrap_or_default().trim();
        let why = why.strip_prefix("error: ").unwrap_or(why).to_owned();
        Problem::Pattern { pattern: crate::dimension::shown(text), why }
    })
}

/// What is wrong with a condition by itself.
pub(crate) fn condition(condition: &Condition) -> Result<(), Problem> {
    let Condition { operator, values, .. } = condition;
    match (operator.takes_values(), values.is_empty()) {
        (true, true) => return Err(Problem::NoValues(operator.name())),
        (false, false) => return Err(Problem::Values(operator.name())),
        _ => {}
    }
    if *operator == Operator::Matches {
        for value in values {
            pattern(value)?;
        }
    }
    Ok(())
}

/// Of a virtual tag that fits its schema.
pub fn virtual_tag(body: &Value) -> Vec<Fault> {
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    let rules = body.get("rules").and_then(Value::as_array).into_iter().flatten();
    let mut faults = Vec::new();
    for (index, rule) in rules.enumerate() {
        let path = format!("/rules/{index}");
        let before = faults.len();
        conditions(rule.get("when"), &path, index + 1, Some(name), &mut faults);
        action(rule.get("then"), &path, name, index + 1, &mut faults);
        // Whatever the parts do not show.
        if faults.len() == before
            && let Err(error) = serde_json::from_value::<Rule>(rule.clone())
        {
            faults.push(fault(path, index + 1, error));
        }
    }
    faults
}

/// Of a shared cost that fits its schema.
pub fn shared_cost(body: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    conditions(body.get("when"), "", 0, None, &mut faults);
    if faults.is_empty()
        && let Err(error) = serde_json::from_value::<SharedCost>(body.clone())
    {
        faults.push(Fault { path: String::new(), message: error.to_string() });
    }
    faults
}

/// `tag` is the virtual tag that they belong to, which they cannot refer to.
fn conditions(
    when: Option<&Value>,
    path: &str,
    rule: usize,
    tag: Option<&str>,
    faults: &mut Vec<Fault>,
) {
    let items = when.and_then(Value::as_array).into_iter().flatten();
    for (index, item) in items.enumerate() {
        let place = format!("{path}/when/{index}");
        let named = item.get("dimension").and_then(Value::as_str).unwrap_or_default();
        if let Err(problem) = dimension(named, tag) {
            faults.push(fault(format!("{place}/dimension"), rule, problem));
            continue;
        }
        let read = serde_json::from_value::<Condition>(item.clone());
        let problem = match read {
            Ok(read) => condition(&read).err().map(|problem| problem.to_string()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(problem) = problem {
            faults.push(fault(format!("{place}/values"), rule, problem));
        }
    }
}

fn action(then: Option<&Value>, path: &str, tag: &str, rule: usize, faults: &mut Vec<Fault>) {
    let at = |pointer: &str| then.and_then(|then| then.pointer(pointer)).and_then(Value::as_str);
    for pointer in ["/copy", "/map/from", "/alias/from"] {
        let Some(named) = at(pointer) else { continue };
        let place = format!("{path}/then{pointer}");
        if let Err(problem) = dimension(named, Some(tag)) {
            faults.push(fault(place, rule, problem));
        }
    }
}

/// A dimension that a rule of a virtual tag may read.
fn dimension(named: &str, tag: Option<&str>) -> Result<(), Problem> {
    match named.parse::<Dimension>()? {
        Dimension::Virtual(name) if Some(name.as_str()) == tag => {
            Err(Problem::Cycle(format!("virtual:{name} → virtual:{name}")))
        }
        _ => Ok(()),
    }
}

fn fault(path: String, rule: usize, problem: impl std::fmt::Display) -> Fault {
    let message = match rule {
        0 => problem.to_string(),
        rule => format!("rule {rule}: {problem}"),
    };
    Fault { path, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_people_write_are_small_enough_and_large_ones_are_refused() {
        let usual = [
            r"^Amazon (EC2|RDS)",
            r"(?i)^(prod|stage)-\w+-\w+-\d{1,3}$",
            r"^\S+/\S+:\S+$",
            "^[가-힣]+ 팀$",
        ];
        for text in usual {
            assert_eq!(pattern(text).err(), None, "{text}");
        }
        for text in [r"\p{L}{15}", r"(a{100}){100}", r"\w{200}"] {
            assert!(matches!(pattern(text), Err(Problem::Pattern { .. })), "{text}");
        }
    }
}
