//! What the rules in force did, and what to look at.

use hannun_pipelines::{LogProcessor, WarningKind};
use serde::Serialize;
use utoipa::ToSchema;

/// Pipelines and warnings.
#[derive(Debug, Serialize, ToSchema)]
pub struct PipelinesStatus {
    /// In the order in which they run.
    pub pipelines: Vec<PipelineState>,
    pub warnings: Vec<LogWarning>,
    /// Records that the container filter left out since the process began.
    pub containers_dropped: u64,
}

/// A pipeline and what it did.
#[derive(Debug, Serialize, ToSchema)]
pub struct PipelineState {
    pub id: String,
    pub name: String,
    /// The revision in force; null when none is.
    pub revision: Option<i64>,
    pub enabled: bool,
    pub order: i64,
    /// Why the latest revision is not in force.
    pub error: Option<String>,
    pub rules: Vec<RuleState>,
}

/// What a rule did since its pipeline was changed or the process began.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleState {
    pub name: String,
    /// Records that came to the rule.
    pub evaluated: u64,
    /// Records that it matched.
    pub matched: u64,
    /// Records that it changed.
    pub changed: u64,
    /// Records that a drop rule dropped.
    pub dropped_records: u64,
    /// Bytes of all records that the rule did not let through.
    pub dropped_bytes: u64,
    /// Errors among them.
    pub dropped_errors: u64,
    /// Records that a sample rule did not keep.
    pub sampled_out: u64,
    /// Records that were past a quota.
    pub quota_dropped: u64,
    pub redactions: u64,
    /// Records on which the rule failed; they are kept.
    pub failed: u64,
    /// Time that the rule took.
    pub nanoseconds: u64,
}

/// Something that somebody should look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogWarning {
    /// Null when it is about all services.
    pub service: Option<String>,
    /// `too_many_keys`, `pattern_limit`, `container_filter` or `rule_limit`.
    pub kind: &'static str,
    pub message: String,
}

/// What the rules of a processor did.
pub fn status(processor: &LogProcessor) -> PipelinesStatus {
    let status = processor.status();
    let rule = |rule: hannun_pipelines::RuleStatus| RuleState {
        name: rule.name,
        evaluated: rule.counts.evaluated,
        matched: rule.counts.matched,
        changed: rule.counts.changed,
        dropped_records: rule.counts.dropped_records,
        dropped_bytes: rule.counts.dropped_bytes,
        dropped_errors: rule.counts.dropped_errors,
        sampled_out: rule.counts.sampled_out,
        quota_dropped: rule.counts.quota_dropped,
        redactions: rule.counts.redactions,
        failed: rule.counts.failed,
        nanoseconds: rule.counts.nanoseconds,
    };
    let pipeline = |pipeline: hannun_pipelines::PipelineStatus| PipelineState {
        id: pipeline.id,
        name: pipeline.name,
        revision: pipeline.revision,
        enabled: pipeline.enabled,
        order: pipeline.order,
        error: pipeline.error,
        rules: pipeline.rules.into_iter().map(rule).collect(),
    };
    let warning = |warning: hannun_pipelines::Warning| LogWarning {
        service: warning.service,
        kind: match warning.kind {
            WarningKind::TooManyKeys => "too_many_keys",
            WarningKind::PatternLimit => "pattern_limit",
            WarningKind::ContainerFilter => "container_filter",
            WarningKind::RuleLimit => "rule_limit",
        },
        message: warning.message,
    };
    PipelinesStatus {
        pipelines: status.pipelines.into_iter().map(pipeline).collect(),
        warnings: status.warnings.into_iter().map(warning).collect(),
        containers_dropped: processor.containers_dropped(),
    }
}
