//! The rules that are in force: compiled together, swapped at once.

use crate::container_filter::ContainerFilter;
use crate::document::{Fault, PipelineDocument};
use crate::rules::{Action, Pipeline};
use crate::status::{PipelineStatus, RuleStatus, Warning, WarningKind};
use hannun_model::limits::LOG_RULES_MAX;
use hannun_search::Filter;
use hannun_search::ast::{Expr, Field};
use std::sync::Arc;

/// Pipelines in force, and documents that are not.
#[derive(Debug, Default)]
pub(crate) struct RuleSet {
    /// By order, then by id. Those that are switched off are among them.
    pipelines: Vec<Arc<Pipeline>>,
    /// By id of the document: why its latest revision is not in force.
    errors: Vec<(String, String)>,
    has_too_many_rules: bool,
    pub(crate) containers: Arc<ContainerFilter>,
    container_error: Option<String>,
}

impl RuleSet {
    /// The set with other pipelines. One that does not compile stays as it was when it last did,
    /// or is the next of its revisions that does: they stand beside each other, the newest first.
    pub(crate) fn with_pipelines(&self, documents: &[PipelineDocument]) -> Self {
        let mut pipelines: Vec<Arc<Pipeline>> = Vec::new();
        let mut errors = Vec::new();
        for revisions in documents.chunk_by(|left, right| left.id == right.id) {
            let [document, earlier @ ..] = revisions else { continue };
            let known = self.pipelines.iter().find(|known| known.id == document.id);
            let is_same = |known: &&Arc<Pipeline>| {
                known.revision == document.revision && known.body == document.body
            };
            if let Some(known) = known.filter(is_same) {
                pipelines.push(known.clone());
                continue;
            }
            match Pipeline::compile(document) {
                Ok(pipeline) => pipelines.push(Arc::new(pipeline)),
                Err(faults) => {
                    errors.push((document.id.clone(), describe(&faults)));
                    let mut earlier = earlier.iter().filter_map(|it| Pipeline::compile(it).ok());
                    pipelines.extend(known.cloned().or_else(|| earlier.next().map(Arc::new)));
                }
            }
        }
        pipelines.sort_by(|left, right| (left.order, &left.id).cmp(&(right.order, &right.id)));
        let mut rules = 0;
        let all = pipelines.len();
        pipelines.retain(|pipeline| {
            let more = if pipeline.enabled { pipeline.rules.len() } else { 0 };
            let fits = rules + more <= LOG_RULES_MAX;
            rules += if fits { more } else { 0 };
            fits
        });
        Self {
            has_too_many_rules: pipelines.len() < all,
            pipelines,
            errors,
            containers: self.containers.clone(),
            container_error: self.container_error.clone(),
        }
    }

    /// The set with another container filter, or with none.
    pub(crate) fn with_container_filter(&self, body: Option<&serde_json::Value>) -> Self {
        let compiled = body.map_or(Ok(ContainerFilter::default()), ContainerFilter::compile);
        let (containers, container_error) = match compiled {
            Ok(filter) => (Arc::new(filter), None),
            Err(faults) => (self.containers.clone(), Some(describe(&faults))),
        };
        Self {
            pipelines: self.pipelines.clone(),
            errors: self.errors.clone(),
            has_too_many_rules: self.has_too_many_rules,
            containers,
            container_error,
        }
    }

    /// The pipelines that run, in order.
    pub(crate) fn running(&self) -> impl Iterator<Item = &Arc<Pipeline>> {
        self.pipelines.iter().filter(|pipeline| pipeline.enabled && !pipeline.rules.is_empty())
    }

    /// Whether a rule with this action runs.
    pub(crate) fn runs(&self, is_meant: impl Fn(&Action) -> bool) -> bool {
        self.running().any(|pipeline| pipeline.rules.iter().any(|rule| is_meant(&rule.action)))
    }

    /// Whether a filter compares the pattern of a record, which then has to be known before the
    /// rules run.
    pub(crate) fn ask_for_patterns(&self) -> bool {
        self.running().any(|pipeline| {
            let mut filters =
                pipeline.rules.iter().map(|rule| &rule.filter).chain([&pipeline.filter]);
            filters.any(names_pattern)
        })
    }

    pub(crate) fn status(&self) -> Vec<PipelineStatus> {
        let mut status: Vec<PipelineStatus> =
            self.pipelines.iter().map(|pipeline| self.status_of(pipeline)).collect();
        let never = self
            .errors
            .iter()
            .filter(|(id, _)| self.pipelines.iter().all(|pipeline| pipeline.id != *id));
        status.extend(never.map(|(id, error)| PipelineStatus {
            id: id.clone(),
            name: id.clone(),
            revision: None,
            enabled: false,
            order: 0,
            error: Some(error.clone()),
            rules: Vec::new(),
        }));
        status
    }

    fn status_of(&self, pipeline: &Pipeline) -> PipelineStatus {
        let error = self.errors.iter().find(|(id, _)| *id == pipeline.id);
        let rule = |rule: &crate::rules::Rule| RuleStatus {
            name: rule.name.clone(),
            counts: rule.counters.counts(),
        };
        PipelineStatus {
            id: pipeline.id.clone(),
            name: pipeline.name.clone(),
            revision: Some(pipeline.revision),
            enabled: pipeline.enabled,
            order: pipeline.order,
            error: error.map(|(_, error)| error.clone()),
            rules: pipeline.rules.iter().map(rule).collect(),
        }
    }

    pub(crate) fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if self.has_too_many_rules {
            warnings.push(Warning {
                service: None,
                kind: WarningKind::RuleLimit,
                message: format!(
                    "more than {LOG_RULES_MAX} rules; the last pipelines are not in force, join or \
                     delete some"
                ),
            });
        }
        if let Some(error) = &self.container_error {
            warnings.push(Warning {
                service: None,
                kind: WarningKind::ContainerFilter,
                message: format!("the filter before the latest is in force: {error}"),
            });
        }
        warnings
    }
}

fn names_pattern(filter: &Filter) -> bool {
    let mut found = false;
    filter.expr().for_each_term(&mut |term| {
        if let Expr::Field { field: Field::Named(name), .. } = term {
            found |= name == "pattern_id" || name == "pattern";
        }
    });
    found
}

fn describe(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("; ")
}
