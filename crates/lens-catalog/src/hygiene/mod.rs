//! What is wrong with the telemetry and the definitions of services, and who mends it.

pub mod findings;
pub mod names;

use crate::declared::AllDeclared;
use crate::survey::Survey;
use hannun_api::figures::percent;
use hannun_model::limits::CATALOG_FINDINGS_LISTED_MAX;
use names::Likeness;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CatalogRule)]
pub enum Rule {
    /// Telemetry of a service names no environment.
    EnvironmentMissing,
    /// Its environment is a word for none, such as `none` or `unknown`.
    EnvironmentNone,
    /// Its spans name no version, so that no deploy of it can be told.
    VersionMissing,
    /// Its name is nearly that of another one; see [`names`].
    NearDuplicateName,
    /// It sends telemetry and nobody declared it.
    Undeclared,
    /// Its definition names no team.
    OwnerMissing,
    /// Its definition names no contact.
    ContactMissing,
    /// It is declared and sent nothing.
    Unseen,
    /// Telemetry from a host names no environment, or a word for none.
    HostEnvironmentMissing,
    /// Telemetry from a host names several environments.
    HostEnvironmentMixed,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CatalogLevel)]
pub enum Level {
    /// Pages and alerts are wrong until it is mended.
    Must,
    Should,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CatalogSubject)]
pub enum SubjectKind {
    Service,
    Host,
}

/// Where a finding is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CatalogRemedy)]
pub enum WhereToFix {
    /// The settings of Datadog's tracer in the service.
    Tracer,
    /// The settings of Datadog's agent on the host.
    Agent,
    /// The service definition.
    Definition,
    /// Whatever sends it otherwise: an OpenTelemetry SDK or collector, a log shipper.
    Sender,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Finding {
    pub rule: Rule,
    pub level: Level,
    pub subject_kind: SubjectKind,
    pub subject: String,
    /// Who mends it: the owner of the service; of a host the team with most telemetry from it.
    pub team: Option<String>,
    /// Names it is nearly like, or environments of a host.
    pub related: Vec<String>,
    /// Why its name is nearly like the first of those; null for other rules.
    pub likeness: Option<Likeness>,
    /// How much of the telemetry is affected; null where it is all about a definition.
    pub share_percent: Option<f64>,
    /// Spans, log records, points and profiles that are affected. Sampled spans are what they stand
    /// for.
    pub rows: f64,
    pub last_seen_ms: Option<i64>,
    pub where_to_fix: WhereToFix,
}

/// How a rule is kept.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = CatalogRuleResult)]
pub struct RuleResult {
    pub rule: Rule,
    pub findings: usize,
    /// Services or hosts that it was asked of.
    pub subjects_checked: usize,
    /// 100 when it was asked of none.
    pub passed_percent: f64,
}

/// What is wrong in a time. It is asked of all environments, since that is where they are named.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Hygiene {
    /// The gravest first.
    pub findings: Vec<Finding>,
    /// Of all teams.
    pub rules: Vec<RuleResult>,
    pub services_checked: usize,
    pub hosts_checked: usize,
    /// Everything but spans is counted from this time on.
    pub counted_from_ms: i64,
    /// Whether more was sent than was counted, or more found than is listed.
    pub truncated: bool,
}

impl Rule {
    pub const ALL: [Self; 10] = [
        Self::EnvironmentMissing,
        Self::EnvironmentNone,
        Self::VersionMissing,
        Self::NearDuplicateName,
        Self::Undeclared,
        Self::OwnerMissing,
        Self::ContactMissing,
        Self::Unseen,
        Self::HostEnvironmentMissing,
        Self::HostEnvironmentMixed,
    ];

    /// How much its findings matter.
    pub fn level(self) -> Level {
        match self {
            Self::EnvironmentMissing
            | Self::EnvironmentNone
            | Self::OwnerMissing
            | Self::HostEnvironmentMissing => Level::Must,
            _ => Level::Should,
        }
    }
}

/// Answers what is wrong, of one rule or one team when these are given.
pub fn hygiene(
    survey: &Survey,
    declared: &AllDeclared,
    rule: Option<Rule>,
    team: Option<&str>,
) -> Hygiene {
    let all = findings::findings(survey, declared);
    let rules =
        Rule::ALL.into_iter().map(|rule| rule_result(rule, &all, survey, declared)).collect();
    let is_wanted = |finding: &Finding| {
        rule.is_none_or(|rule| finding.rule == rule)
            && team.is_none_or(|team| finding.team.as_deref() == Some(team))
    };
    let mut findings: Vec<Finding> = all.into_iter().filter(is_wanted).collect();
    let truncated = survey.truncated || findings.len() > CATALOG_FINDINGS_LISTED_MAX;
    findings.truncate(CATALOG_FINDINGS_LISTED_MAX);
    Hygiene {
        findings,
        rules,
        services_checked: survey.services.len(),
        hosts_checked: survey.hosts.len(),
        counted_from_ms: survey.counted_from_ms,
        truncated,
    }
}

fn rule_result(
    rule: Rule,
    findings: &[Finding],
    survey: &Survey,
    declared: &AllDeclared,
) -> RuleResult {
    let subjects_checked = match rule {
        Rule::HostEnvironmentMissing | Rule::HostEnvironmentMixed => survey.hosts.len(),
        Rule::OwnerMissing | Rule::ContactMissing => declared.iter().count(),
        Rule::Unseen => declared.iter().filter(|(_, it)| it.definition.is_service()).count(),
        Rule::VersionMissing => survey.services.values().filter(|it| it.spans().rows > 0.0).count(),
        _ => survey.services.len(),
    };
    let findings = findings.iter().filter(|finding| finding.rule == rule).count();
    let passed_percent = match subjects_checked {
        0 => 100.0,
        checked => percent(checked.saturating_sub(findings) as f64, checked as f64),
    };
    RuleResult { rule, findings, subjects_checked, passed_percent }
}
