//! A probe as it is written in a document.

use crate::Fault;
use crate::expression::{Expression, ExpressionError};
use crate::redaction::Redaction;
use crate::template::{Segment, Template};
use chrono::DateTime;
use hannun_model::limits::PROBE_SNAPSHOTS_PER_SECOND_MAX;
use serde::Deserialize;
use serde_json::Value;

/// Languages whose clients take probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Python,
    NodeJs,
    Java,
    DotNet,
    Ruby,
    Go,
    Php,
}

impl Language {
    /// The language that a client names.
    pub fn of_client(name: &str) -> Option<Self> {
        Some(match name {
            "python" => Self::Python,
            "node" | "nodejs" | "javascript" => Self::NodeJs,
            "java" => Self::Java,
            "dotnet" | ".NET" => Self::DotNet,
            "ruby" => Self::Ruby,
            "go" => Self::Go,
            "php" => Self::Php,
            _ => return None,
        })
    }
}

/// When the condition and the message of a probe on a method are evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EvaluateAt {
    Entry,
    Exit,
}

/// Where a probe is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Line {
        /// The end of its path is enough.
        file: String,
        line: u32,
    },
    Method {
        /// Module or class.
        of: String,
        method: String,
    },
}

impl Place {
    /// As people write it.
    pub fn text(&self) -> String {
        match self {
            Self::Line { file, line } => format!("{file}:{line}"),
            Self::Method { of, method } => format!("{of}.{method}"),
        }
    }
}

/// How much of each value is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Capture {
    /// Objects within objects.
    pub max_depth: u32,
    /// Characters of a text.
    pub max_length: u32,
    /// Items of a collection.
    pub max_collection_size: u32,
    /// Fields of an object.
    pub max_fields: u32,
}

/// What clients take when nothing is said.
impl Default for Capture {
    fn default() -> Self {
        Self { max_depth: 3, max_length: 255, max_collection_size: 100, max_fields: 20 }
    }
}

/// How values become a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricKind {
    Count,
    Gauge,
    Histogram,
    Distribution,
}

/// What a probe makes.
#[derive(Debug, Clone, PartialEq)]
pub enum ProbeKind {
    Log {
        template: Option<Template>,
        capture: Option<Capture>,
        /// At most so many in each process.
        per_second: Option<f64>,
    },
    Metric {
        name: String,
        kind: MetricKind,
        value: Option<Expression>,
    },
    Span,
}

impl ProbeKind {
    /// `log`, `metric` or `span`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Log { .. } => "log",
            Self::Metric { .. } => "metric",
            Self::Span => "span",
        }
    }
}

/// A probe.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// Id of the document.
    pub id: String,
    /// Revision of the document.
    pub revision: i64,
    pub service: String,
    pub environment: Option<String>,
    pub version: Option<String>,
    pub language: Language,
    pub kind: ProbeKind,
    pub place: Place,
    pub evaluate_at: Option<EvaluateAt>,
    pub condition: Option<Expression>,
    pub tags: Vec<String>,
    /// Milliseconds since 1970.
    pub expires_ms: i64,
    /// Identifiers whose values are not kept.
    pub redact: Vec<String>,
    pub paused: bool,
}

#[derive(Debug, Deserialize)]
struct Body {
    service: String,
    environment: Option<String>,
    version: Option<String>,
    language: Language,
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "where")]
    place: PlaceBody,
    evaluate_at: Option<EvaluateAt>,
    condition: Option<String>,
    template: Option<String>,
    #[serde(default)]
    capture_snapshot: bool,
    snapshots_per_second: Option<f64>,
    capture: Option<Capture>,
    metric: Option<MetricBody>,
    #[serde(default)]
    tags: Vec<String>,
    expires_at: String,
    #[serde(default)]
    redact: Vec<String>,
    #[serde(default)]
    paused: bool,
}

#[derive(Debug, Deserialize)]
struct PlaceBody {
    file: Option<String>,
    line: Option<u32>,
    module: Option<String>,
    class: Option<String>,
    method: Option<String>,
}

#[derive(Debug, Deserialize)]
struct MetricBody {
    name: String,
    kind: MetricKind,
    value: Option<String>,
}

/// What is wrong with the body of a document that fits the schema.
pub fn faults(body: &Value) -> Vec<Fault> {
    Probe::read("probe", 1, body).err().unwrap_or_default()
}

impl Probe {
    /// Reads the body of a document.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(id: &str, revision: i64, body: &Value) -> Result<Self, Vec<Fault>> {
        let body: Body = serde_json::from_value(body.clone())
            .map_err(|error| vec![Fault::new("", error.to_string())])?;
        let mut faults = Vec::new();
        let place = place(&body, &mut faults);
        let condition = body
            .condition
            .as_deref()
            .and_then(|text| keep(Expression::parse(text), "/condition", &mut faults));
        let kind = kind(&body, &mut faults);
        let expires_ms = DateTime::parse_from_rfc3339(&body.expires_at).map_or_else(
            |_| {
                let message = "must be a time such as 2026-01-31T18:00:00Z";
                faults.push(Fault::new("/expires_at", message));
                0
            },
            |time| time.timestamp_millis(),
        );
        let (Some(place), Some(kind)) = (place, kind) else { return Err(faults) };
        let probe = Self {
            id: id.to_owned(),
            revision,
            service: body.service,
            environment: body.environment,
            version: body.version,
            language: body.language,
            kind,
            place,
            evaluate_at: body.evaluate_at,
            condition,
            tags: body.tags,
            expires_ms,
            redact: body.redact,
            paused: body.paused,
        };
        probe.check(&mut faults);
        if faults.is_empty() { Ok(probe) } else { Err(faults) }
    }

    /// Whether clients may still have it.
    pub fn is_in_force(&self, now_ms: i64) -> bool {
        !self.paused && now_ms < self.expires_ms
    }

    /// What must not be kept of its snapshots.
    pub fn redaction(&self) -> Redaction {
        Redaction::new(&self.redact)
    }

    /// Every expression with the field it comes from.
    fn expressions(&self) -> impl Iterator<Item = (&'static str, &Expression)> {
        let (template, value) = match &self.kind {
            ProbeKind::Log { template, .. } => (template.as_ref(), None),
            ProbeKind::Metric { value, .. } => (None, value.as_ref()),
            ProbeKind::Span => (None, None),
        };
        let of_template = template.into_iter().flat_map(Template::expressions);
        (self.condition.iter().map(|it| ("/condition", it)))
            .chain(of_template.map(|it| ("/template", it)))
            .chain(value.map(|it| ("/metric/value", it)))
    }

    fn check(&self, faults: &mut Vec<Fault>) {
        let redaction = self.redaction();
        let is_at_exit = matches!(self.place, Place::Method { .. })
            && self.evaluate_at != Some(EvaluateAt::Entry);
        for (path, expression) in self.expressions() {
            expression.visit_names(&mut |name| {
                if redaction.hides(name) {
                    let message = format!("`{name}` is redacted, so no expression can read it");
                    faults.push(Fault::new(path, message));
                }
            });
            if let Some(name) = expression.exit_variable().filter(|_| !is_at_exit) {
                let message = format!("{name} is only known at the exit of a method");
                faults.push(Fault::new(path, message));
            }
        }
        if let (Some(_), Place::Line { .. }) = (self.evaluate_at, &self.place) {
            let message = "only probes on methods choose; leave it out";
            faults.push(Fault::new("/evaluate_at", message));
        }
        if let Some((path, message)) = self.unsupported() {
            faults.push(Fault::new(path, message));
        }
    }

    /// What no client of the language takes. That of Node.js 6.21 refuses all but log probes on
    /// lines, and no client makes a span of a line.
    fn unsupported(&self) -> Option<(&'static str, &'static str)> {
        let is_line = matches!(self.place, Place::Line { .. });
        match (self.language, &self.kind) {
            (Language::NodeJs, ProbeKind::Metric { .. } | ProbeKind::Span) => {
                Some(("/type", "the client of Node.js takes log probes only"))
            }
            (Language::NodeJs, _) if !is_line => Some((
                "/where",
                "the client of Node.js takes probes on lines only, give file and line",
            )),
            (_, ProbeKind::Span) if is_line => {
                Some(("/where", "a span is of a method, give module or class, and method"))
            }
            _ => None,
        }
    }
}

/// What was read, or nothing after the fault was noted.
fn keep<T>(read: Result<T, ExpressionError>, path: &str, faults: &mut Vec<Fault>) -> Option<T> {
    match read {
        Ok(read) => Some(read),
        Err(ExpressionError { position, message }) => {
            let path = path.to_owned();
            let message = format!("at character {}: {message}", position + 1);
            faults.push(Fault { path, message, position: Some(position) });
            None
        }
    }
}

fn place(body: &Body, faults: &mut Vec<Fault>) -> Option<Place> {
    let PlaceBody { file, line, module, class, method } = &body.place;
    let is_python = body.language == Language::Python;
    match (file, line, method) {
        (Some(file), Some(line), None) if module.is_none() && class.is_none() => {
            Some(Place::Line { file: file.clone(), line: *line })
        }
        (None, None, Some(method)) => match (module, class) {
            (Some(module), None) => {
                Some(Place::Method { of: module.clone(), method: method.clone() })
            }
            // Python finds a method by its qualified name within a module.
            (Some(module), Some(class)) if is_python => {
                Some(Place::Method { of: module.clone(), method: format!("{class}.{method}") })
            }
            (Some(module), Some(class)) => {
                Some(Place::Method { of: format!("{module}.{class}"), method: method.clone() })
            }
            (None, Some(_)) if is_python => {
                let message = "required beside a class in Python, such as shop.orders";
                faults.push(Fault::new("/where/module", message));
                None
            }
            (None, Some(class)) => {
                Some(Place::Method { of: class.clone(), method: method.clone() })
            }
            (None, None) => {
                faults.push(Fault::new("/where", "give the module or the class of the method"));
                None
            }
        },
        _ => {
            let message = "give file and line, or module or class, and method";
            faults.push(Fault::new("/where", message));
            None
        }
    }
}

fn kind(body: &Body, faults: &mut Vec<Fault>) -> Option<ProbeKind> {
    let mut only = |is_given: bool, path: &str, kinds: &str| {
        if is_given {
            faults.push(Fault::new(path, format!("only {kinds} probes have it, leave it out")));
        }
    };
    if body.kind != "log" {
        only(body.template.is_some(), "/template", "log");
        only(body.capture_snapshot, "/capture_snapshot", "log");
        only(body.capture.is_some(), "/capture", "log");
        only(body.snapshots_per_second.is_some(), "/snapshots_per_second", "log");
    }
    if body.kind != "metric" {
        only(body.metric.is_some(), "/metric", "metric");
    }
    match body.kind.as_str() {
        "log" => log_kind(body, faults),
        "metric" => metric_kind(body.metric.as_ref(), faults),
        "span" => Some(ProbeKind::Span),
        _ => {
            faults.push(Fault::new("/type", "must be log, metric or span"));
            None
        }
    }
}

fn log_kind(body: &Body, faults: &mut Vec<Fault>) -> Option<ProbeKind> {
    let template = match body.template.as_deref() {
        Some(text) => Some(keep(Template::parse(text), "/template", faults)?),
        None => None,
    };
    if body.capture.is_some() && !body.capture_snapshot {
        faults.push(Fault::new("/capture", "has a meaning only with capture_snapshot"));
    }
    let capture = body.capture_snapshot.then(|| body.capture.unwrap_or_default());
    if capture.is_some()
        && body.snapshots_per_second.is_some_and(|it| it > PROBE_SNAPSHOTS_PER_SECOND_MAX)
    {
        let message =
            format!("at most {PROBE_SNAPSHOTS_PER_SECOND_MAX} while variables are captured");
        faults.push(Fault::new("/snapshots_per_second", message));
    }
    Some(ProbeKind::Log { template, capture, per_second: body.snapshots_per_second })
}

fn metric_kind(metric: Option<&MetricBody>, faults: &mut Vec<Fault>) -> Option<ProbeKind> {
    let Some(metric) = metric else {
        faults.push(Fault::new("/metric", "required for a metric probe, add it"));
        return None;
    };
    if metric.value.is_none() && metric.kind != MetricKind::Count {
        faults.push(Fault::new("/metric/value", "required unless it counts, add it"));
        return None;
    }
    let value = match metric.value.as_deref() {
        Some(text) => Some(keep(Expression::parse(text), "/metric/value", faults)?),
        None => None,
    };
    Some(ProbeKind::Metric { name: metric.name.clone(), kind: metric.kind, value })
}

/// The message of a log probe: the one given, or where it is.
pub(crate) fn message(template: Option<&Template>, place: &Place) -> Template {
    match template {
        Some(template) if !template.segments.is_empty() => template.clone(),
        _ => Template { segments: vec![Segment::Text(place.text())] },
    }
}

#[cfg(test)]
pub(crate) mod tests;
