//! The rules, one function each.

use super::names::{alike, likeness};
use super::{Finding, Rule, SubjectKind, WhereToFix};
use crate::declared::{AllDeclared, Declared};
use crate::survey::{Seen, SeenHost, Signal, Survey, Tally};
use hannun_api::figures::percent;
use hannun_model::limits::{CATALOG_RELATED_MAX, CATALOG_TYPO_NAMES_MAX};
use std::collections::BTreeMap;

/// Environments that are a word for none. Datadog shows `none` for telemetry without one.
const NONE_WORDS: [&str; 5] = ["none", "unknown", "null", "undefined", "n/a"];

/// Everything that is wrong, the gravest first.
pub fn findings(survey: &Survey, declared: &AllDeclared) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, seen) in &survey.services {
        findings.extend(environments(name, seen));
        findings.extend(version(name, seen));
        findings.extend(undeclared(name, seen, declared));
    }
    findings.extend(near_duplicates(survey, declared));
    for (name, declared) in declared.iter() {
        findings.extend(definition(name, declared, survey));
    }
    for (name, host) in &survey.hosts {
        findings.extend(host_environments(name, host, declared));
    }
    for finding in &mut findings {
        finding.level = finding.rule.level();
        if finding.subject_kind == SubjectKind::Service && finding.team.is_none() {
            finding.team = team_of(finding, declared);
        }
    }
    findings.sort_by(|one, other| {
        let by_level = one.level.cmp(&other.level);
        let by_rows = other.rows.total_cmp(&one.rows);
        let by_name = (one.rule, &one.subject).cmp(&(other.rule, &other.subject));
        by_level.then(by_rows).then(by_name)
    });
    findings
}

/// The owner of the service; of one that nobody declared, the owner of what its name is like.
fn team_of(finding: &Finding, declared: &AllDeclared) -> Option<String> {
    let names = std::iter::once(&finding.subject).chain(&finding.related);
    names.filter_map(|name| declared.team(name)).next().map(str::to_owned)
}

/// A finding about a service that affects so much of `total`.
fn about(rule: Rule, name: &str, affected: Tally, total: f64, where_to_fix: WhereToFix) -> Finding {
    Finding {
        rule,
        level: rule.level(),
        subject_kind: SubjectKind::Service,
        subject: name.to_owned(),
        team: None,
        related: Vec::new(),
        likeness: None,
        share_percent: Some(percent(affected.rows, total)),
        rows: affected.rows,
        last_seen_ms: (affected.last_ms > 0).then_some(affected.last_ms),
        where_to_fix,
    }
}

fn is_none_word(environment: &str) -> bool {
    let word = environment.trim();
    NONE_WORDS.iter().any(|none| word.eq_ignore_ascii_case(none))
}

fn environments(name: &str, seen: &Seen) -> impl Iterator<Item = Finding> {
    let of_rule = |rule, holds: fn(&str) -> bool| {
        let affected = seen.where_environment(holds);
        let signal = seen.signal_where_environment(holds)?;
        Some(about(rule, name, affected, seen.total().rows, where_sent(seen, signal)))
    };
    let missing = of_rule(Rule::EnvironmentMissing, str::is_empty);
    missing.into_iter().chain(of_rule(Rule::EnvironmentNone, is_none_word))
}

fn version(name: &str, seen: &Seen) -> Option<Finding> {
    let missing = seen.version_missing;
    let where_to_fix = where_sent(seen, Signal::Spans);
    let finding = || about(Rule::VersionMissing, name, missing, seen.spans().rows, where_to_fix);
    (missing.rows > 0.0).then(finding)
}

fn undeclared(name: &str, seen: &Seen, declared: &AllDeclared) -> Option<Finding> {
    let total = seen.total();
    let finding = about(Rule::Undeclared, name, total, total.rows, WhereToFix::Definition);
    declared.get(name).is_none().then_some(finding)
}

/// Where the rows of a signal of a service get their tags.
fn where_sent(seen: &Seen, signal: Signal) -> WhereToFix {
    let is_datadog = seen.senders.get(&signal).is_some_and(|senders| senders.is_datadog());
    match signal {
        Signal::Spans | Signal::Profiles if is_datadog => WhereToFix::Tracer,
        Signal::Logs | Signal::MetricPoints if is_datadog => WhereToFix::Agent,
        _ => WhereToFix::Sender,
    }
}

/// Of names that are likely meant to be one, all but the best: the best is declared, then has most
/// telemetry. Whoever declares a name means it, so it is never found fault with.
fn near_duplicates(survey: &Survey, declared: &AllDeclared) -> Vec<Finding> {
    let rows: BTreeMap<&str, Tally> = survey
        .services
        .iter()
        .map(|(name, seen)| (name.as_str(), seen.total()))
        .chain(declared_services(declared).map(|name| (name, Tally::default())))
        .fold(BTreeMap::new(), |mut rows, (name, tally)| {
            rows.entry(name).or_insert(tally);
            rows
        });
    let mut names: Vec<(bool, Tally, &str)> =
        rows.into_iter().map(|(name, tally)| (declared.get(name).is_none(), tally, name)).collect();
    names.sort_by(|one, other| {
        let by_rows = other.1.rows.total_cmp(&one.1.rows);
        one.0.cmp(&other.0).then(by_rows).then(one.2.cmp(other.2))
    });
    let in_order: Vec<&str> = names.iter().map(|(_, _, name)| *name).collect();
    let related = alike(&in_order, CATALOG_TYPO_NAMES_MAX, CATALOG_RELATED_MAX);
    let mut findings = Vec::new();
    for ((is_undeclared, tally, name), related) in names.iter().zip(related) {
        let (true, Some(best), Some(seen)) =
            (is_undeclared, related.first(), survey.services.get(*name))
        else {
            continue;
        };
        let signal = seen.signal_where_environment(|_| true).unwrap_or(Signal::Spans);
        let where_to_fix = where_sent(seen, signal);
        let finding = about(Rule::NearDuplicateName, name, *tally, tally.rows, where_to_fix);
        findings.push(Finding {
            likeness: likeness(in_order[*best], name),
            related: related.iter().map(|other| in_order[*other].to_owned()).collect(),
            ..finding
        });
    }
    findings
}

fn declared_services(declared: &AllDeclared) -> impl Iterator<Item = &str> {
    declared.iter().filter(|(_, it)| it.definition.is_service()).map(|(name, _)| name)
}

fn definition(name: &str, declared: &Declared, survey: &Survey) -> Vec<Finding> {
    let Declared { definition, .. } = declared;
    let total = survey.services.get(name).map(Seen::total).unwrap_or_default();
    let has_contact = !definition.contacts.is_empty() || definition.has_pager;
    let is_seen = survey.services.contains_key(name) || !definition.is_service();
    [
        (Rule::OwnerMissing, definition.team.is_some()),
        (Rule::ContactMissing, has_contact),
        (Rule::Unseen, is_seen),
    ]
    .into_iter()
    .filter(|(_, is_kept)| !is_kept)
    .map(|(rule, _)| {
        let finding = about(rule, name, total, total.rows, WhereToFix::Definition);
        Finding { share_percent: None, ..finding }
    })
    .collect()
}

fn host_environments(name: &str, host: &SeenHost, declared: &AllDeclared) -> Vec<Finding> {
    let total = Tally::sum(host.environments.values().copied());
    let is_unnamed = |environment: &str| environment.is_empty() || is_none_word(environment);
    let unnamed = host.environments.iter().filter(|(name, _)| is_unnamed(name));
    let unnamed = Tally::sum(unnamed.map(|(_, tally)| *tally));
    let mut named: Vec<(&String, f64)> = host
        .environments
        .iter()
        .filter(|(name, _)| !is_unnamed(name))
        .map(|(name, tally)| (name, tally.rows))
        .collect();
    named.sort_by(|one, other| other.1.total_cmp(&one.1));
    let related: Vec<String> =
        named.iter().take(CATALOG_RELATED_MAX).map(|(name, _)| (*name).clone()).collect();
    let where_to_fix =
        if host.senders.is_datadog() { WhereToFix::Agent } else { WhereToFix::Sender };
    let found = |rule, affected| Finding {
        subject_kind: SubjectKind::Host,
        team: team_of_host(host, declared),
        related: related.clone(),
        ..about(rule, name, affected, total.rows, where_to_fix)
    };
    let mut findings = Vec::new();
    if unnamed.rows > 0.0 {
        findings.push(found(Rule::HostEnvironmentMissing, unnamed));
    }
    if named.len() > 1 {
        // All but what names the environment that most of it names.
        let others: f64 = named[1..].iter().map(|(_, rows)| rows).sum();
        findings.push(found(Rule::HostEnvironmentMixed, Tally { rows: others, ..total }));
    }
    findings
}

/// The team whose services send most from a host.
fn team_of_host(host: &SeenHost, declared: &AllDeclared) -> Option<String> {
    let mut teams: BTreeMap<&str, u64> = BTreeMap::new();
    for (service, rows) in &host.services {
        if let Some(team) = declared.team(service) {
            *teams.entry(team).or_default() += rows;
        }
    }
    // Of equals the last counts as largest: from behind that is the first by name.
    teams.into_iter().rev().max_by_key(|(_, rows)| *rows).map(|(team, _)| team.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::testing::declared;
    use crate::hygiene::{Level, hygiene};
    use crate::survey::sql::PlaceRow;
    use crate::survey::testing::{on_host, place, spans, survey, version};
    use serde_json::{Value, json};

    fn owned(name: &str, team: &str) -> Value {
        json!({"schema-version": "v2.2", "dd-service": name, "team": team,
            "contacts": [{"type": "email", "contact": "a@b.example"}]})
    }

    fn of_rule(rule: Rule, survey: &Survey, declared: &AllDeclared) -> Vec<Finding> {
        findings(survey, declared).into_iter().filter(|finding| finding.rule == rule).collect()
    }

    fn from_datadog(row: PlaceRow) -> PlaceRow {
        PlaceRow { datadog: true, ..row }
    }

    #[test]
    fn an_environment_is_missing_or_a_word_for_none() {
        let stats = vec![
            spans("order", "", 1.0),
            spans("order", "production", 3.0),
            spans("cart", "None", 2.0),
            spans("cart", " unknown", 1.0),
            spans("fine", "nonesuch", 1.0),
        ];
        let places = vec![
            from_datadog(place(Signal::Spans, "cart", "none", 2)),
            place(Signal::Logs, "order", "", 6),
            from_datadog(place(Signal::Logs, "order", "", 1)),
        ];
        let survey = survey(stats, places);
        let declared = declared(vec![owned("order", "checkout")]);
        let missing = of_rule(Rule::EnvironmentMissing, &survey, &declared);
        assert_eq!(missing.len(), 1);
        let finding = &missing[0];
        assert_eq!((finding.subject.as_str(), finding.rows), ("order", 8.0));
        assert_eq!(finding.share_percent, Some(100.0 * 8.0 / 11.0));
        assert_eq!(finding.team.as_deref(), Some("checkout"));
        assert_eq!((finding.level, finding.where_to_fix), (Level::Must, WhereToFix::Sender));
        assert_eq!(finding.last_seen_ms, Some(3000));
        let none = of_rule(Rule::EnvironmentNone, &survey, &declared);
        assert_eq!((none[0].subject.as_str(), none[0].rows, none.len()), ("cart", 3.0, 1));
        assert_eq!((none[0].where_to_fix, &none[0].team), (WhereToFix::Tracer, &None));
    }

    #[test]
    fn a_version_is_asked_of_spans_only() {
        let stats = vec![
            spans("order", "qa", 4.0),
            version("order", "", 1.0),
            version("order", "1.0", 3.0),
            spans("cart", "qa", 4.0),
            version("cart", "2.0", 4.0),
        ];
        let survey = survey(stats, vec![place(Signal::Logs, "mail", "qa", 5)]);
        let found = of_rule(Rule::VersionMissing, &survey, &AllDeclared::default());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].rows, found[0].share_percent), (1.0, Some(25.0)));
        let answer = hygiene(&survey, &AllDeclared::default(), Some(Rule::VersionMissing), None);
        let result = answer.rules.iter().find(|it| it.rule == Rule::VersionMissing).unwrap();
        assert_eq!((result.subjects_checked, result.passed_percent), (2, 50.0));
        assert_eq!(answer.findings, found);
    }

    #[test]
    fn of_like_names_the_declared_one_is_right_then_the_one_with_most_telemetry() {
        let stats = vec![
            spans("order", "qa", 9.0),
            spans("Order", "qa", 90.0),
            spans("cart", "qa", 2.0),
            spans("cart-prod", "qa", 1.0),
        ];
        let survey = survey(stats, Vec::new());
        let declared_order = declared(vec![owned("order", "checkout")]);
        let found = of_rule(Rule::NearDuplicateName, &survey, &declared_order);
        let told: Vec<_> = found
            .iter()
            .map(|it| (it.subject.as_str(), it.related.join(","), it.team.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("Order", "order".to_owned(), Some("checkout")),
                ("cart-prod", "cart".to_owned(), None)
            ]
        );
        // Two declared names are two services; a name that only a definition has is compared too.
        let both = declared(vec![owned("order", "a"), owned("Order", "b"), owned("carts", "c")]);
        let found = of_rule(Rule::NearDuplicateName, &survey, &both);
        let subjects: Vec<_> = found.iter().map(|it| it.subject.as_str()).collect();
        assert_eq!(subjects, ["cart", "cart-prod"]);
        assert_eq!(found[0].related, ["carts"]);
    }

    #[test]
    fn a_definition_names_team_and_contact_and_its_service_is_seen() {
        let survey = survey(vec![spans("order", "qa", 3.0), spans("new", "qa", 1.0)], Vec::new());
        let declared = declared(vec![
            json!({"schema-version": "v2.2", "dd-service": "order"}),
            json!({"schema-version": "v2.2", "dd-service": "gone", "team": "t",
                "integrations": {"opsgenie": {"service-url": "x"}}}),
            json!({"apiVersion": "v3", "kind": "system", "metadata": {"name": "shop", "owner": "t"}}),
        ]);
        let told: Vec<_> = findings(&survey, &declared)
            .into_iter()
            .filter(|it| it.where_to_fix == WhereToFix::Definition)
            .map(|it| (it.rule, it.subject, it.rows))
            .collect();
        assert_eq!(
            told,
            [
                (Rule::OwnerMissing, "order".to_owned(), 3.0),
                (Rule::ContactMissing, "order".to_owned(), 3.0),
                (Rule::Undeclared, "new".to_owned(), 1.0),
                (Rule::ContactMissing, "system:shop".to_owned(), 0.0),
                (Rule::Unseen, "gone".to_owned(), 0.0),
            ]
        );
    }

    #[test]
    fn a_host_has_one_environment_and_the_team_that_is_most_on_it() {
        let places = vec![
            on_host("h1", "order", "production", 5),
            on_host("h1", "cart", "staging", 2),
            from_datadog(on_host("h1", "", "none", 100)),
            on_host("h2", "cart", "production", 1),
        ];
        let survey = survey(Vec::new(), places);
        let declared = declared(vec![owned("order", "checkout"), owned("cart", "basket")]);
        let found = findings(&survey, &declared);
        let hosts: Vec<_> = found
            .iter()
            .filter(|it| it.subject_kind == SubjectKind::Host)
            .map(|it| (it.rule, it.subject.as_str(), it.rows, it.team.as_deref()))
            .collect();
        assert_eq!(
            hosts,
            [
                (Rule::HostEnvironmentMissing, "h1", 100.0, Some("checkout")),
                (Rule::HostEnvironmentMixed, "h1", 2.0, Some("checkout")),
            ]
        );
        let mixed = found.iter().find(|it| it.rule == Rule::HostEnvironmentMixed).unwrap();
        assert_eq!(mixed.related, ["production", "staging"]);
        assert_eq!(mixed.where_to_fix, WhereToFix::Agent);
        let of_team = hygiene(&survey, &declared, None, Some("checkout"));
        assert!(of_team.findings.iter().all(|it| it.team.as_deref() == Some("checkout")));
        assert_eq!(of_team.hosts_checked, 2);
        let result = of_team.rules.iter().find(|it| it.rule == Rule::HostEnvironmentMixed).unwrap();
        assert_eq!((result.findings, result.passed_percent), (1, 50.0));
    }
}
