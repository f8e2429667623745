//! The services there are: those that are declared, those that are seen, and who answers for them.

use crate::CatalogState;
use crate::declared::{AllDeclared, Declared};
use crate::definition::{CatalogContact, CatalogLink};
use crate::figures::figures;
use crate::hygiene::findings::findings;
use crate::hygiene::{Finding, SubjectKind};
use crate::survey::{Seen, Signal, Survey, Tally};
use hannun_api::range::Scope;
use hannun_api::{ApiError, Figures};
use hannun_model::limits::CATALOG_SERVICES_LISTED_MAX;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use utoipa::ToSchema;

/// The catalog of a time and an environment.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Catalog {
    /// By name.
    pub services: Vec<CatalogService>,
    /// All teams that a definition names.
    pub teams: Vec<String>,
    /// How many match the query and the team, and are declared.
    pub declared: usize,
    /// How many of them send telemetry and are not declared.
    pub undeclared: usize,
    /// How many of them are declared as services and sent nothing.
    pub unseen: usize,
    /// Everything but spans is counted from this time on.
    pub counted_from_ms: i64,
    /// Whether more was sent than was counted, or there are more than are listed; those that are
    /// declared and those with most telemetry are.
    pub truncated: bool,
}

/// One service, or something else that is declared.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CatalogService {
    /// As telemetry names it; what is no service has its kind in front: `datastore:orders`.
    pub name: String,
    /// `service`, or what else it is.
    pub kind: String,
    /// Document of kind `service-definition`; null when it is not declared.
    pub document_id: Option<String>,
    pub document_revision: Option<i64>,
    /// Where the document was applied from, unless it was written on a page since.
    pub managed_by: Option<String>,
    /// `v2`, `v2.1`, `v2.2` or `v3`.
    pub schema_version: Option<String>,
    pub declared: bool,
    /// Whether it sent telemetry.
    pub seen: bool,
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub team: Option<String>,
    pub additional_owners: Vec<String>,
    pub application: Option<String>,
    pub tier: Option<String>,
    pub lifecycle: Option<String>,
    #[serde(rename = "type")]
    pub service_type: Option<String>,
    /// As declared, else as its telemetry says.
    pub languages: Vec<String>,
    pub environments: Vec<String>,
    /// The latest of its spans.
    pub versions: Vec<String>,
    pub contacts: Vec<CatalogContact>,
    pub links: Vec<CatalogLink>,
    pub tags: Vec<String>,
    /// Its requests; null when it has no spans that are requests.
    pub figures: Option<Figures>,
    pub first_seen_ms: Option<i64>,
    pub last_seen_ms: Option<i64>,
    pub signals: Vec<Signal>,
    /// What is wrong with it, in all environments.
    pub findings: usize,
}

/// Which services are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    All,
    Declared,
    Undeclared,
    Unseen,
}

/// What is asked of the catalog.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub scope: Scope,
    /// Words that stand in what is declared or in the name, in lower case.
    pub words: Vec<String>,
    pub team: Option<String>,
    pub only: Only,
}

/// Everything that the pages of the catalog are made of.
pub(crate) struct Known {
    pub survey: Survey,
    pub declared: AllDeclared,
    pub findings: Vec<Finding>,
    pub figures: HashMap<String, Figures>,
}

impl Known {
    pub(crate) async fn of(state: &CatalogState, scope: &Scope) -> Result<Self, ApiError> {
        let declared = AllDeclared::read(&state.ledger).await?;
        let survey = Survey::take(&state.engine, scope).await?;
        let figures = figures(&state.engine, scope).await?;
        let findings = findings(&survey, &declared);
        Ok(Self { survey, declared, findings, figures })
    }

    fn findings_by_service(&self) -> HashMap<&str, usize> {
        let mut counts = HashMap::new();
        for finding in &self.findings {
            if finding.subject_kind == SubjectKind::Service {
                *counts.entry(finding.subject.as_str()).or_default() += 1;
            }
        }
        counts
    }

    /// One line of the catalog, with how much telemetry it has; `None` when there is no such service
    /// in this environment and nobody declared it.
    pub(crate) fn service(
        &self,
        name: &str,
        environment: Option<&str>,
        findings: usize,
    ) -> Option<(Tally, CatalogService)> {
        let seen = self.survey.services.get(name);
        let seen = seen.filter(|seen| environment.is_none_or(|wanted| seen.is_in(wanted)));
        let declared = self.declared.get(name);
        if seen.is_none() && declared.is_none() {
            return None;
        }
        let total = seen.map(Seen::total).unwrap_or_default();
        let mut service = described(name, declared);
        service.findings = findings;
        service.figures = self.figures.get(name).filter(|_| seen.is_some()).cloned();
        if let Some(seen) = seen {
            service.seen = true;
            service.environments = seen.environments();
            service.versions = seen.versions.clone();
            service.first_seen_ms = Some(total.first_ms);
            service.last_seen_ms = Some(total.last_ms);
            service.signals = seen.signals().into_iter().collect();
            if service.languages.is_empty() {
                service.languages = seen.languages.iter().cloned().collect();
            }
        }
        Some((total, service))
    }
}

/// A service as it is declared, and nothing of what it sent.
fn described(name: &str, declared: Option<&Declared>) -> CatalogService {
    let definition = declared.map(|it| it.definition.clone()).unwrap_or_default();
    let document = declared.map(|it| &it.document);
    let is_service = definition.kind.is_empty() || definition.is_service();
    let kind = if is_service { crate::definition::SERVICE.to_owned() } else { definition.kind };
    CatalogService {
        name: name.to_owned(),
        document_id: document.map(|document| document.id.clone()),
        document_revision: document.map(|document| document.revision),
        managed_by: document.and_then(|document| document.source.clone()),
        schema_version: declared.map(|it| it.definition.schema_version.clone()),
        declared: declared.is_some(),
        seen: false,
        display_name: definition.display_name,
        description: definition.description,
        team: definition.team,
        additional_owners: definition.additional_owners,
        application: definition.application,
        tier: definition.tier,
        lifecycle: definition.lifecycle,
        service_type: definition.service_type.or_else(|| (!is_service).then(|| kind.clone())),
        kind,
        languages: definition.languages,
        environments: Vec::new(),
        versions: Vec::new(),
        contacts: definition.contacts,
        links: definition.links,
        tags: definition.tags,
        figures: None,
        first_seen_ms: None,
        last_seen_ms: None,
        signals: Vec::new(),
        findings: 0,
    }
}

/// Answers the catalog.
pub async fn catalog(state: &CatalogState, wanted: &Wanted) -> Result<Catalog, ApiError> {
    let known = Known::of(state, &wanted.scope).await?;
    Ok(listed(&known, wanted))
}

fn listed(known: &Known, wanted: &Wanted) -> Catalog {
    let environment = wanted.scope.environment.as_deref();
    let counts = known.findings_by_service();
    let names: BTreeSet<&str> = known
        .survey
        .services
        .keys()
        .map(String::as_str)
        .chain(known.declared.iter().map(|(name, _)| name))
        .collect();
    let matching: Vec<(Tally, CatalogService)> = names
        .into_iter()
        .filter_map(|name| known.service(name, environment, counts.get(name).copied().unwrap_or(0)))
        .filter(|(_, service)| wanted.team.is_none() || service.team == wanted.team)
        .filter(|(_, service)| wanted.words.iter().all(|word| has_word(service, word)))
        .collect();
    let count = |only| matching.iter().filter(|(_, it)| is_only(it, only)).count();
    let (declared, undeclared, unseen) =
        (count(Only::Declared), count(Only::Undeclared), count(Only::Unseen));
    let mut chosen: Vec<(Tally, CatalogService)> =
        matching.into_iter().filter(|(_, service)| is_only(service, wanted.only)).collect();
    let truncated = known.survey.truncated || chosen.len() > CATALOG_SERVICES_LISTED_MAX;
    chosen.sort_by(|(one_rows, one), (other_rows, other)| {
        let by_declared = other.declared.cmp(&one.declared);
        by_declared.then(other_rows.rows.total_cmp(&one_rows.rows)).then(one.name.cmp(&other.name))
    });
    chosen.truncate(CATALOG_SERVICES_LISTED_MAX);
    let mut services: Vec<CatalogService> = chosen.into_iter().map(|(_, it)| it).collect();
    services.sort_by(|one, other| one.name.cmp(&other.name));
    let teams: BTreeSet<&str> =
        known.declared.iter().filter_map(|(_, it)| it.definition.team.as_deref()).collect();
    Catalog {
        services,
        teams: teams.into_iter().map(str::to_owned).collect(),
        declared,
        undeclared,
        unseen,
        counted_from_ms: known.survey.counted_from_ms,
        truncated,
    }
}

fn is_only(service: &CatalogService, only: Only) -> bool {
    match only {
        Only::All => true,
        Only::Declared => service.declared,
        Only::Undeclared => !service.declared,
        Only::Unseen => {
            service.declared && !service.seen && service.kind == crate::definition::SERVICE
        }
    }
}

/// Whether a word in lower case stands in what people say of a service.
fn has_word(service: &CatalogService, word: &str) -> bool {
    let texts = [
        Some(&service.name),
        service.display_name.as_ref(),
        service.description.as_ref(),
        service.team.as_ref(),
        service.application.as_ref(),
        service.tier.as_ref(),
        service.lifecycle.as_ref(),
        service.service_type.as_ref(),
    ];
    let lists = service.tags.iter().chain(&service.languages).chain(&service.additional_owners);
    texts.into_iter().flatten().chain(lists).any(|text| text.to_lowercase().contains(word))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::declared::testing::declared;
    use crate::survey::testing::{place, spans, survey, version};
    use serde_json::json;

    pub(crate) fn known() -> Known {
        let stats = vec![
            spans("order", "production", 5.0),
            spans("stray", "qa", 2.0),
            version("order", "1.0", 5.0),
            version("stray", "2.0", 2.0),
        ];
        let mut rows = place(Signal::Logs, "order", "production", 3);
        rows.language = Some("rust".to_owned());
        let survey = survey(stats, vec![rows]);
        let declared = declared(vec![
            json!({"schema-version": "v2.2", "dd-service": "order", "team": "checkout",
                "description": "Takes orders", "tags": ["Area:Shop"],
                "contacts": [{"type": "email", "contact": "a@b.example"}]}),
            json!({"schema-version": "v2.1", "dd-service": "gone", "team": "checkout"}),
            json!({"apiVersion": "v3", "kind": "datastore", "metadata": {"name": "orders"},
                "spec": {"dependencyOf": ["service:order"]}}),
        ]);
        let findings = findings(&survey, &declared);
        Known { survey, declared, findings, figures: HashMap::new() }
    }

    fn wanted(words: &[&str], team: Option<&str>, only: Only) -> Wanted {
        Wanted {
            scope: Scope { from_ms: 0, to_ms: 60_000, environment: None },
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            team: team.map(str::to_owned),
            only,
        }
    }

    fn names(catalog: &Catalog) -> Vec<&str> {
        catalog.services.iter().map(|service| service.name.as_str()).collect()
    }

    #[test]
    fn declared_and_seen_services_stand_side_by_side() {
        let catalog = listed(&known(), &wanted(&[], None, Only::All));
        assert_eq!(names(&catalog), ["datastore:orders", "gone", "order", "stray"]);
        assert_eq!((catalog.declared, catalog.undeclared, catalog.unseen), (3, 1, 1));
        assert_eq!(catalog.teams, ["checkout"]);
        let [store, gone, order, stray] = &catalog.services[..] else { panic!() };
        assert_eq!(
            (store.kind.as_str(), store.service_type.as_deref()),
            ("datastore", Some("datastore"))
        );
        assert_eq!((gone.declared, gone.seen, gone.findings), (true, false, 2));
        assert_eq!((order.findings, order.versions.as_slice()), (0, &["1.0".to_owned()][..]));
        assert_eq!(order.signals, [Signal::Spans, Signal::Logs]);
        assert_eq!(
            (order.languages.as_slice(), order.last_seen_ms),
            (&["rust".to_owned()][..], Some(3000))
        );
        assert_eq!(
            (stray.declared, stray.document_id.as_deref(), stray.findings),
            (false, None, 1)
        );
    }

    #[test]
    fn the_catalog_is_narrowed_by_words_team_and_environment() {
        let known = known();
        let of = |words: &[&str], team, only| {
            let catalog = listed(&known, &wanted(words, team, only));
            names(&catalog).join(",")
        };
        assert_eq!(of(&["shop", "takes"], None, Only::All), "order");
        assert_eq!(of(&[], Some("checkout"), Only::All), "gone,order");
        assert_eq!(of(&[], None, Only::Undeclared), "stray");
        assert_eq!(of(&[], None, Only::Unseen), "gone");
        assert_eq!(of(&["nothing"], None, Only::All), "");
        let mut in_qa = wanted(&[], None, Only::All);
        in_qa.scope.environment = Some("qa".to_owned());
        let catalog = listed(&known, &in_qa);
        assert_eq!(names(&catalog), ["datastore:orders", "gone", "order", "stray"]);
        assert_eq!((catalog.services[2].seen, catalog.unseen), (false, 2));
    }

    #[test]
    fn a_catalog_that_is_too_long_says_so() {
        let count = CATALOG_SERVICES_LISTED_MAX + 1;
        let stats = (0..count).map(|n| spans(&format!("s{n:05}"), "qa", n as f64 + 1.0)).collect();
        let survey = survey(stats, Vec::new());
        let declared = AllDeclared::default();
        let known = Known { findings: Vec::new(), survey, declared, figures: HashMap::new() };
        let catalog = listed(&known, &wanted(&[], None, Only::All));
        assert!(catalog.truncated);
        assert_eq!((catalog.services.len(), catalog.undeclared), (count - 1, count));
        // The one with least telemetry is left out.
        assert_eq!(catalog.services[0].name, "s00001");
    }
}
