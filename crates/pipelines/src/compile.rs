//! Rules made ready to run.

use crate::document::{ActionName, Fault, RuleBody, compile_filter};
use crate::field::Field;
use crate::rules::detect::{KINDS, Kind};
use crate::rules::dissect::Dissect;
use crate::rules::metric::{self, Metric};
use crate::rules::parse::{Format, Parse, compile_regex};
use crate::rules::redact::{Attributes, Redact};
use crate::rules::remap::{Remap, Template};
use crate::rules::sample::Sample;
use crate::rules::{Action, Rule};
use hannun_model::limits::LOG_PATTERN_BYTES_MAX;
use std::sync::Arc;

const REPLACE_DEFAULT: &str = "[redacted]";

/// Collects what is wrong with one rule.
struct Rules<'a> {
    body: &'a RuleBody,
    path: String,
    faults: Vec<Fault>,
}

/// Makes the rule at `index` of a pipeline ready.
pub(crate) fn compile_rule(
    body: &RuleBody,
    index: usize,
    pipeline: &str,
) -> Result<Rule, Vec<Fault>> {
    let path = format!("/rules/{index}");
    let mut compile = Rules { body, path, faults: Vec::new() };
    compile.refuse_other_fields();
    let action = match body.action {
        ActionName::Parse => compile.parse(),
        ActionName::Remap => compile.remap(),
        ActionName::Redact => compile.redact(),
        ActionName::Drop => Some(Action::Drop),
        ActionName::Sample => compile.sample(),
        ActionName::Quota => compile.quota(),
        ActionName::Retain => compile.retain(),
        ActionName::Metric => compile.metric(pipeline),
    };
    let Rules { path, mut faults, .. } = compile;
    let filter = compile_filter(body.filter.as_deref(), &format!("{path}/match"), &mut faults);
    match action {
        Some(action) if faults.is_empty() => {
            let default = || format!("{} {}", body.action.name(), index + 1);
            let name = body.name.clone().unwrap_or_else(default);
            Ok(Rule { name, filter, action, counters: Arc::default() })
        }
        _ => Err(faults),
    }
}

impl<'a> Rules<'a> {
    fn fault(&mut self, field: &str, message: impl Into<String>) {
        self.faults.push(Fault::new(format!("{}/{field}", self.path), message.into()));
    }

    /// The value, or the fault noted.
    fn check<T>(&mut self, field: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|message| self.fault(field, message)).ok()
    }

    fn required<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            let message = format!("required for {}, add it", self.body.action.name());
            self.fault(field, message);
        }
        value
    }

    fn refuse_other_fields(&mut self) {
        let action = self.body.action;
        for field in self.body.given() {
            if !action.takes().contains(&field) {
                let takes = match action.takes() {
                    [] => "no fields of its own".to_owned(),
                    fields => fields.join(", "),
                };
                self.fault(field, format!("{} takes {takes}; leave it out", action.name()));
            }
        }
    }

    fn pattern(&mut self) -> Option<&'a str> {
        let pattern = self.required("pattern", self.body.pattern.as_deref())?;
        self.check("pattern", short_enough(pattern))
    }

    fn parse(&mut self) -> Option<Action> {
        let format = self.required("format", self.body.format.as_deref())?;
        let needs_pattern = matches!(format, "grok" | "dissect" | "regex");
        if !needs_pattern && self.body.pattern.is_some() {
            self.fault("pattern", format!("{format} takes no pattern, leave it out"));
        }
        let format = match format {
            "json" => Format::Json,
            "logfmt" => Format::Logfmt,
            "grok" => {
                let pattern = self.pattern()?;
                self.check("pattern", Format::grok(pattern))?
            }
            "dissect" => {
                let pattern = self.pattern()?;
                Format::Dissect(self.check("pattern", Dissect::new(pattern))?)
            }
            "regex" => {
                let pattern = self.pattern()?;
                self.check("pattern", Format::regex(pattern))?
            }
            _ => {
                self.fault("format", "must be json, logfmt, grok, dissect or regex");
                return None;
            }
        };
        let field = self.body.field.as_deref().unwrap_or("message");
        let field = self.check("field", Field::named(field))?;
        let prefix = match self.body.target.as_deref() {
            Some(target) => self.check("target", Field::attribute(target))? + ".",
            None => String::new(),
        };
        let keep_source = self.body.keep_source.unwrap_or(true);
        Some(Action::Parse(Box::new(Parse { format, field, prefix, keep_source })))
    }

    fn remap(&mut self) -> Option<Action> {
        let body = self.body;
        if body.set.is_none() && body.rename.is_none() && body.remove.is_none() {
            self.fault("set", "nothing to do, add set, rename or remove");
            return None;
        }
        let mut remap = Remap { set: Vec::new(), rename: Vec::new(), remove: Vec::new() };
        for (name, template) in body.set.iter().flatten() {
            let path = format!("set/{}", escape(name));
            let field = self.check(&path, Field::settable(name));
            let template = short_enough(template).and_then(Template::new);
            if let (Some(field), Some(template)) = (field, self.check(&path, template)) {
                remap.set.push((field, template));
            }
        }
        for (from, to) in body.rename.iter().flatten() {
            let path = format!("rename/{}", escape(from));
            let from = self.check(&path, Field::attribute(from));
            if let (Some(from), Some(to)) = (from, self.check(&path, Field::attribute(to))) {
                remap.rename.push((from, to));
            }
        }
        for (index, name) in body.remove.iter().flatten().enumerate() {
            remap.remove.extend(self.check(&format!("remove/{index}"), Field::attribute(name)));
        }
        Some(Action::Remap(remap))
    }

    fn redact(&mut self) -> Option<Action> {
        let body = self.body;
        if body.kinds.is_none() && body.patterns.is_none() {
            self.fault("kinds", "nothing to look for, add kinds or patterns");
            return None;
        }
        let mut kinds: Vec<Kind> = Vec::new();
        for (index, name) in body.kinds.iter().flatten().enumerate() {
            let known = KINDS.iter().find(|(known, _)| known == name).map(|(_, kind)| *kind);
            let names = KINDS.map(|(name, _)| name).join(", ");
            let known = known.ok_or_else(|| format!("must be one of {names}"));
            kinds.extend(self.check(&format!("kinds/{index}"), known));
        }
        let mut patterns = Vec::new();
        for (index, pattern) in body.patterns.iter().flatten().enumerate() {
            let regex = short_enough(pattern).and_then(compile_regex);
            patterns.extend(self.check(&format!("patterns/{index}"), regex));
        }
        let (mut message, mut attributes) = (body.fields.is_none(), Attributes::All);
        if let Some(fields) = &body.fields {
            let mut keys = Vec::new();
            for (index, field) in fields.iter().enumerate() {
                match field.as_str() {
                    "message" => message = true,
                    "@*" => {}
                    name => {
                        let key = Field::attribute(name).map_err(|_| {
                            "must be message, @* or an attribute such as @user.id".to_owned()
                        });
                        keys.extend(self.check(&format!("fields/{index}"), key));
                    }
                }
            }
            if !fields.iter().any(|field| field == "@*") {
                attributes = Attributes::Named(keys);
            }
        }
        let replace = body.replace.clone().unwrap_or_else(|| REPLACE_DEFAULT.to_owned());
        self.check("replace", short_enough(&replace).map(drop));
        Some(Action::Redact(Box::new(Redact { kinds, patterns, message, attributes, replace })))
    }

    fn sample(&mut self) -> Option<Action> {
        let percent = self.required("keep_percent", self.body.keep_percent)?;
        if !(percent > 0.0 && percent <= 100.0) {
            self.fault("keep_percent", "must be more than 0 and at most 100; drop keeps nothing");
            return None;
        }
        let by = self.body.by.as_deref().unwrap_or("trace_id");
        let by = self.check("by", Field::named(by))?;
        Some(Action::Sample(Sample::new(percent, by)))
    }

    fn quota(&mut self) -> Option<Action> {
        if self.body.by.as_deref().is_some_and(|by| by != "service") {
            self.fault("by", "must be service");
        }
        let bytes = self.required("bytes_per_day", self.body.bytes_per_day.as_ref())?;
        let bytes = self.check("bytes_per_day", read_bytes(bytes))?;
        Some(Action::Quota { bytes_per_day: bytes })
    }

    fn retain(&mut self) -> Option<Action> {
        let days = self.required("days", self.body.days)?;
        if !(1..=36_500).contains(&days) {
            self.fault("days", "must be from 1 to 36500");
        }
        Some(Action::Retain { days })
    }

    fn metric(&mut self, pipeline: &str) -> Option<Action> {
        let body = self.body;
        let name = self.required("metric", body.metric.as_deref())?;
        let kind = match self.required("kind", body.kind.as_deref())? {
            "count" => metric::Kind::Count,
            "sum" => metric::Kind::Sum,
            "distribution" => metric::Kind::Distribution,
            _ => {
                self.fault("kind", "must be count, sum or distribution");
                return None;
            }
        };
        let value = match (kind, body.value.as_deref()) {
            (metric::Kind::Count, Some(_)) => {
                self.fault("value", "a count takes no value, leave it out");
                None
            }
            (metric::Kind::Count, None) => None,
            (_, value) => {
                let value = self.required("value", value)?;
                Some(self.check("value", Field::named(value))?)
            }
        };
        let mut group_by = Vec::new();
        for (index, field) in body.group_by.iter().flatten().enumerate() {
            group_by.extend(self.check(&format!("group_by/{index}"), Field::named(field)));
        }
        Some(Action::Metric(Arc::new(Metric {
            name: name.to_owned(),
            kind,
            value,
            unit: body.unit.clone(),
            group_by,
            scope: format!("log-pipeline/{pipeline}"),
            series: Default::default(),
        })))
    }
}

fn short_enough(text: &str) -> Result<&str, String> {
    match text.len() {
        0..=LOG_PATTERN_BYTES_MAX => Ok(text),
        _ => Err(format!("too long, use at most {LOG_PATTERN_BYTES_MAX} bytes")),
    }
}

/// One step of a JSON pointer.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A number of bytes, or a text such as `50GB` or `1.5 GiB`.
fn read_bytes(value: &serde_json::Value) -> Result<u64, String> {
    const UNITS: [(&str, f64); 9] = [
        ("b", 1.0),
        ("kb", 1e3),
        ("mb", 1e6),
        ("gb", 1e9),
        ("tb", 1e12),
        ("kib", 1024.0),
        ("mib", 1_048_576.0),
        ("gib", 1_073_741_824.0),
        ("tib", 1_099_511_627_776.0),
    ];
    let wrong = || "must be a number of bytes or a size such as 50GB".to_owned();
    let bytes = match value {
        serde_json::Value::Number(number) => number.as_f64().ok_or_else(wrong)?,
        serde_json::Value::String(text) => {
            let text = text.trim();
            let end = text.find(|it: char| !(it.is_ascii_digit() || it == '.'));
            let (number, unit) = text.split_at(end.unwrap_or(text.len()));
            let unit = unit.trim().to_ascii_lowercase();
            let factor = match unit.as_str() {
                "" => 1.0,
                unit => UNITS
                    .iter()
                    .find(|(known, _)| *known == unit)
                    .map(|it| it.1)
                    .ok_or_else(wrong)?,
            };
            number.parse::<f64>().map_err(|_| wrong())? * factor
        }
        _ => return Err(wrong()),
    };
    if !(0.0..=1e18).contains(&bytes) {
        return Err(wrong());
    }
    Ok(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline_faults;
    use serde_json::{Value, json};

    fn faults(rule: Value) -> Vec<(String, String)> {
        let faults = pipeline_faults(&json!({"name": "x", "rules": [rule]}));
        let strip = |path: String| path.strip_prefix("/rules/0/").unwrap_or(&path).to_owned();
        faults.into_iter().map(|fault| (strip(fault.path), fault.message)).collect()
    }

    #[test]
    fn sizes_are_read_with_their_units() {
        let read = |value: Value| read_bytes(&value);
        assert_eq!(read(json!(5000)), Ok(5000));
        assert_eq!(read(json!("50GB")), Ok(50_000_000_000));
        assert_eq!(read(json!("1.5 GiB")), Ok(1_610_612_736));
        for wrong in [json!("much"), json!("5 lightyears"), json!(-1), json!([]), json!("1e400")] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_action_compiles_from_its_example() {
        let rules = json!([
            {"action": "parse", "format": "json"},
            {"action": "parse", "format": "grok", "pattern": "%{COMBINEDAPACHELOG}", "target": "@http"},
            {"action": "parse", "format": "dissect", "pattern": "%{a} %{b}", "field": "@line", "keep_source": false},
            {"action": "parse", "format": "regex", "pattern": "took (?<took>[0-9]+)", "match": "service:order took"},
            {"action": "parse", "format": "logfmt"},
            {"action": "remap", "set": {"service": "{@app}", "@route": "{@a}"}, "rename": {"@a": "@b"}, "remove": ["@c"]},
            {"action": "redact", "kinds": ["credit_card", "email"], "fields": ["message"], "replace": "***"},
            {"action": "drop", "match": "status:debug"},
            {"action": "sample", "keep_percent": 10},
            {"action": "quota", "bytes_per_day": "50GB", "by": "service"},
            {"action": "retain", "days": 3},
            {"action": "metric", "metric": "orders", "kind": "count", "group_by": ["service", "@route"]},
            {"action": "metric", "metric": "took", "kind": "distribution", "value": "@duration_ms", "unit": "ms"},
        ]);
        assert_eq!(
            pipeline_faults(&json!({"name": "all", "match": "env:prod", "rules": rules})),
            []
        );
    }

    #[test]
    fn a_fault_names_its_field_and_what_to_do() {
        let one = |rule: Value| {
            let mut faults = faults(rule);
            assert_eq!(faults.len(), 1, "{faults:?}");
            faults.remove(0)
        };
        let (path, message) = one(json!({"action": "drop", "match": "service:web AND"}));
        assert_eq!(path, "match");
        assert!(message.starts_with("column "), "{message}");
        let (path, message) =
            one(json!({"action": "parse", "format": "regex", "pattern": "(?<a>x"}));
        assert_eq!((path.as_str(), message.as_str()), ("pattern", "not a regex: unclosed group"));
        let (path, message) = one(json!({"action": "parse", "format": "grok"}));
        assert_eq!((path.as_str(), message.as_str()), ("pattern", "required for parse, add it"));
        let (path, message) = one(json!({"action": "drop", "days": 3}));
        assert_eq!(path, "days");
        assert_eq!(message, "drop takes no fields of its own; leave it out");
        let (path, _) = one(json!({"action": "remap", "set": {"host.name/x": "a"}}));
        assert_eq!(path, "set/host.name~1x");
        let (path, _) = one(json!({"action": "sample", "keep_percent": 0}));
        assert_eq!(path, "keep_percent");
        let (path, _) = one(json!({"action": "metric", "metric": "m", "kind": "sum"}));
        assert_eq!(path, "value");
        let (path, message) = one(json!({"action": "redact", "kinds": ["card"]}));
        assert_eq!(path, "kinds/0");
        assert!(message.contains("credit_card"), "{message}");
        assert_eq!(faults(json!({"action": "explode"})).len(), 1);
    }

    #[test]
    fn regexes_that_would_explode_are_refused() {
        let rule = |pattern: &str| {
            faults(json!({"action": "parse", "format": "regex", "pattern": pattern}))
        };
        assert!(rule("(?<a>(?:x{1000}){1000})")[0].1.contains("too large"));
        assert!(
            rule(&format!("(?<a>{})", "x".repeat(LOG_PATTERN_BYTES_MAX)))[0].1.contains("too long")
        );
        assert!(rule("(?<a>x)(?=y)")[0].1.starts_with("not a regex"), "no looking around");
        assert!(rule(&"(".repeat(1000))[0].1.starts_with("not a regex"));
    }
}
