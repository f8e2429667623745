//! What may be worth leaving out: health checks, debug output in production, duplicates, and
//! patterns that make up much of everything.

use super::Basis;
use crate::field::BYTES;
use crate::question::{Question, is, sql_of};
use hannun_api::ApiError;
use hannun_model::limits::{LOGS_SUGGESTIONS_PER_KIND_MAX, NAME_CHARACTERS_MAX};
use hannun_query::{Engine, QueryLimits};
use hannun_search::ast::TextScope;
use hannun_search::{Expr, Filter, Text};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Requests of load balancers and orchestrators, in access logs with attributes and without.
const HEALTH_CHECKS: &str = "@url.path:(/health OR /health/* OR /healthz OR /healthz/* OR /livez \
    OR /readyz OR /ready OR /live OR /ping OR */actuator/health OR */actuator/health/*) OR \
    @http.route:(/health OR /health/* OR /healthz OR /livez OR /readyz OR /ready OR /live OR \
    /ping OR */actuator/health) OR \
    \"GET /health \" OR \"GET /healthz\" OR \"GET /livez\" OR \"GET /readyz\" OR \"GET /ping \" OR \
    \"GET /actuator/health\" OR \"kube-probe\" OR \"ELB-HealthChecker\" OR \"GoogleHC\"";
/// The least part of all bytes that is worth a suggestion, from 0 to 1.
const SHARE_MIN: f64 = 0.005;
/// … and when it is a pattern among others.
const NOISY_SHARE_MIN: f64 = 0.05;
/// Part that stays of a noisy pattern.
const NOISY_KEEP_PERCENT: u32 = 10;
/// How often a message has to come within a minute to be a duplicate.
const DUPLICATES_PER_MINUTE: u64 = 30;
/// Longer messages are not grouped: they would be held in memory.
const DUPLICATE_BYTES_MAX: usize = 512;

/// Something that may be left out, before it is measured.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub kind: &'static str,
    pub name: String,
    pub draft_id: String,
    /// What the draft matches.
    pub filter: Filter,
    /// SQL of the same among the records that were asked about.
    pub sql: String,
    /// 0 drops all of it.
    pub keep_percent: u32,
    pub title_parts: BTreeMap<String, String>,
    pub service: Option<String>,
    pub pattern_id: Option<String>,
    pub pattern: Option<String>,
}

#[derive(Debug, Deserialize)]
struct SourceRow {
    service: Option<String>,
    environment: Option<String>,
}

#[derive(Debug, Deserialize)]
struct DuplicateRow {
    service: Option<String>,
    pattern_id: Option<String>,
    pattern: Option<String>,
    message: String,
    records: u64,
    minutes: u64,
}

#[derive(Debug, Deserialize)]
struct PatternRow {
    pattern_id: String,
    pattern: Option<String>,
    service: Option<String>,
}

/// Looks for candidates of every kind.
pub(super) async fn find(
    engine: &Arc<Engine>,
    question: &Question,
    basis: &Basis,
) -> Result<Vec<Candidate>, ApiError> {
    let search = Search { engine, question, basis };
    let mut found = search.health_checks().await?;
    found.extend(search.debug(&found).await?);
    found.extend(search.duplicates(&found).await?);
    found.extend(search.noisy_patterns(&found).await?);
    Ok(found)
}

/// What a candidate matches: on its own, and among the records asked about.
struct Meant {
    filter: Filter,
    sql: String,
}

/// The filter of a draft: what was asked about, what is meant, and no errors. `None` when a
/// document could not hold it: its text would be read back as another filter, or is too long.
fn meant(question: &Question, parts: Vec<Expr>) -> Option<Meant> {
    let errors = vec![is("status", Some("error")), is("status", Some("fatal"))];
    let mut own = parts;
    own.push(Expr::not(Expr::or(errors)));
    let own = Filter::new(Expr::and(own)).ok()?;
    let mut all = vec![question.filter().expr().clone()];
    all.extend(question.environment());
    all.push(own.expr().clone());
    let filter = Filter::new(Expr::and(all)).ok()?;
    let reads_back = hannun_search::parse_filter(&filter.to_string()).is_ok_and(|it| it == filter);
    reads_back.then(|| Meant { sql: sql_of(&own), filter })
}

struct Search<'a> {
    engine: &'a Arc<Engine>,
    question: &'a Question,
    basis: &'a Basis,
}

impl Search<'_> {
    async fn health_checks(&self) -> Result<Vec<Candidate>, ApiError> {
        let checks = health_checks()?;
        let Some(checked) = self.meant(vec![checks.clone()]) else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT service_name AS service, NULL AS environment FROM logs WHERE {} AND {} \
             GROUP BY service_name {}",
            self.condition(&[]),
            checked.sql,
            self.worth(SHARE_MIN),
        );
        let rows = self.rows::<SourceRow>(&sql).await?;
        let candidates = rows.into_iter().filter_map(|row| {
            let service = row.service.as_deref();
            let meant = self.meant(vec![is("service", service), checks.clone()])?;
            let mut candidate = candidate("health_checks", "Health checks of", service, meant, 0);
            candidate.service = row.service;
            Some(candidate)
        });
        Ok(candidates.collect())
    }

    async fn debug(&self, before: &[Candidate]) -> Result<Vec<Candidate>, ApiError> {
        let sql = format!(
            "SELECT service_name AS service, deployment_environment_name AS environment FROM logs \
             WHERE {} AND severity_number BETWEEN 1 AND 8 \
             AND lower(deployment_environment_name) LIKE 'prod%' \
             GROUP BY service_name, deployment_environment_name {}",
            self.condition(before),
            self.worth(SHARE_MIN),
        );
        let rows = self.rows::<SourceRow>(&sql).await?;
        let candidates = rows.into_iter().filter_map(|row| {
            let service = row.service.as_deref();
            let meant = self.meant(vec![
                is("service", service),
                is("env", row.environment.as_deref()),
                Expr::or(vec![is("status", Some("trace")), is("status", Some("debug"))]),
            ])?;
            let mut candidate = candidate("debug", "Debug output of", service, meant, 0);
            if let Some(environment) = row.environment {
                candidate.draft_id = identifier(&[&candidate.draft_id, &environment]);
                candidate.title_parts.insert("environment".to_owned(), environment);
            }
            candidate.service = row.service;
            Some(candidate)
        });
        Ok(candidates.collect())
    }

    /// The same message of the same service very often within a minute.
    async fn duplicates(&self, before: &[Candidate]) -> Result<Vec<Candidate>, ApiError> {
        let least = self.basis.bytes as f64 * SHARE_MIN;
        let sql = format!(
            "SELECT service, pattern_id, max(pattern) AS pattern, message, sum(n) AS records, \
             count(*) AS minutes FROM \
             (SELECT service_name AS service, pattern_id, max(pattern) AS pattern, \
             body AS message, count(*) AS n, sum({BYTES}) AS bytes FROM logs WHERE {} \
             AND octet_length(body) BETWEEN 1 AND {DUPLICATE_BYTES_MAX} \
             AND coalesce(severity_number, 0) < 17 \
             GROUP BY service_name, pattern_id, body, CAST(time AS BIGINT) / 60000000000 \
             HAVING count(*) >= {DUPLICATES_PER_MINUTE}) \
             GROUP BY service, pattern_id, message HAVING sum(bytes) >= {least} \
             ORDER BY sum(bytes) DESC, message LIMIT {LOGS_SUGGESTIONS_PER_KIND_MAX}",
            self.condition(before),
        );
        let rows = self.rows::<DuplicateRow>(&sql).await?;
        let candidates = rows.into_iter().filter_map(|row| {
            let service = row.service.as_deref();
            let message = is("message", Some(&row.message));
            let meant = self.meant(vec![is("service", service), message])?;
            // About one a minute stays.
            let keep = (100 * row.minutes).div_ceil(row.records.max(1)).clamp(2, 50);
            let keep = u32::try_from(keep).unwrap_or(50);
            let mut candidate = candidate("duplicates", "Repeats of", service, meant, keep);
            let hash = xxhash_rust::xxh3::xxh3_64(row.message.as_bytes());
            candidate.draft_id = identifier(&[&candidate.draft_id, &format!("{hash:016x}")]);
            candidate.title_parts.insert("message".to_owned(), row.message);
            candidate.service = row.service;
            candidate.pattern_id = row.pattern_id;
            candidate.pattern = row.pattern;
            Some(candidate)
        });
        Ok(candidates.collect())
    }

    async fn noisy_patterns(&self, before: &[Candidate]) -> Result<Vec<Candidate>, ApiError> {
        let sql = format!(
            "SELECT pattern_id, max(pattern) AS pattern, \
             CASE WHEN min(service_name) = max(service_name) AND count(service_name) = count(*) \
             THEN max(service_name) END AS service FROM logs \
             WHERE {} AND pattern_id IS NOT NULL AND coalesce(severity_number, 0) < 17 \
             GROUP BY pattern_id {}",
            self.condition(before),
            self.worth(NOISY_SHARE_MIN),
        );
        let rows = self.rows::<PatternRow>(&sql).await?;
        let candidates = rows.into_iter().filter_map(|row| {
            // Rules run before a message has a pattern: they go by its text.
            let mut parts = vec![like_pattern(row.pattern.as_deref().unwrap_or_default())];
            parts.extend(row.service.as_deref().map(|name| is("service", Some(name))));
            let meant = self.meant(parts)?;
            let of = Some(row.pattern_id.as_str());
            let mut candidate =
                candidate("noisy_pattern", "Sample of pattern", of, meant, NOISY_KEEP_PERCENT);
            candidate.title_parts.remove("service");
            if let Some(service) = &row.service {
                candidate.title_parts.insert("service".to_owned(), service.clone());
            }
            if let Some(pattern) = &row.pattern {
                candidate.title_parts.insert("pattern".to_owned(), pattern.clone());
            }
            candidate.service = row.service;
            candidate.pattern_id = Some(row.pattern_id);
            candidate.pattern = row.pattern;
            Some(candidate)
        });
        Ok(candidates.collect())
    }

    /// SQL of the records that no earlier candidate has.
    fn condition(&self, before: &[Candidate]) -> String {
        let mut sql = self.basis.condition.clone();
        for candidate in before {
            sql.push_str(&format!(" AND ({}) IS NOT TRUE", candidate.sql));
        }
        sql
    }

    /// SQL that keeps the largest groups that are worth it.
    fn worth(&self, share: f64) -> String {
        format!(
            "HAVING sum({BYTES}) >= {} ORDER BY sum({BYTES}) DESC \
             LIMIT {LOGS_SUGGESTIONS_PER_KIND_MAX}",
            self.basis.bytes as f64 * share
        )
    }

    fn meant(&self, parts: Vec<Expr>) -> Option<Meant> {
        meant(self.question, parts)
    }

    async fn rows<T: serde::de::DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>, ApiError> {
        Ok(self.engine.rows(sql, QueryLimits::default()).await?.rows)
    }
}

fn health_checks() -> Result<Expr, ApiError> {
    let filter = hannun_search::parse_filter(HEALTH_CHECKS);
    filter.map(|filter| filter.expr().clone()).map_err(|error| ApiError::invalid(error.to_string()))
}

/// Messages that fit a pattern, whose variables are `<…>`.
fn like_pattern(pattern: &str) -> Expr {
    let mut like = String::new();
    let mut has_variable = false;
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        let variable = rest.strip_prefix('<').and_then(|inside| inside.split_once('>'));
        let is_name = |name: &str| {
            name == "*" || name.chars().all(|it| it.is_ascii_alphanumeric() || "_-".contains(it))
        };
        if let Some((_, after)) = variable.filter(|(name, _)| !name.is_empty() && is_name(name)) {
            has_variable = true;
            if !like.ends_with('*') || like.ends_with("\\*") {
                like.push('*');
            }
            rest = after;
            continue;
        }
        if matches!(next, '*' | '?' | '\\') {
            like.push('\\');
        }
        like.push(next);
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
    }
    let text = if has_variable { Text::Pattern(like) } else { Text::Exact(pattern.to_owned()) };
    Expr::Text { scope: TextScope::Message, text }
}

fn candidate(
    kind: &'static str,
    title: &str,
    of: Option<&str>,
    meant: Meant,
    keep_percent: u32,
) -> Candidate {
    let of = of.unwrap_or("none");
    let mut title_parts = BTreeMap::new();
    title_parts.insert("service".to_owned(), of.to_owned());
    let name: String = format!("{title} {of}").chars().take(NAME_CHARACTERS_MAX).collect();
    Candidate {
        kind,
        name,
        draft_id: identifier(&["suggested", kind, of]),
        filter: meant.filter,
        sql: meant.sql,
        keep_percent,
        title_parts,
        service: None,
        pattern_id: None,
        pattern: None,
    }
}

/// An id of a document made of these texts. What an id cannot hold is told by a hash.
fn identifier(parts: &[&str]) -> String {
    const LENGTH_MAX: usize = 60;
    let text = parts.join("-").to_lowercase().replace(['_', ' ', '.', '/'], "-");
    let plain: String =
        text.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '-').collect();
    if plain == text && plain.len() <= LENGTH_MAX {
        return plain;
    }
    let hash = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
    let start: String = plain.chars().take(LENGTH_MAX - 17).collect();
    format!("{start}-{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_as_a_health_check_can_be_read() {
        let checks = health_checks().unwrap();
        let printed = checks.to_string();
        assert_eq!(hannun_search::parse_filter(&printed).unwrap().expr(), &checks);
    }

    #[test]
    fn a_pattern_becomes_wildcards_and_the_rest_stands_for_itself() {
        let like = |pattern: &str| match like_pattern(pattern) {
            Expr::Text { text: Text::Pattern(like), .. } => like,
            other => panic!("{other}"),
        };
        assert_eq!(like("menu <num> of <ip><num> is 5 < 6"), "menu * of * is 5 < 6");
        assert_eq!(like("why? 2*3 <*> 주문"), "why\\? 2\\*3 * 주문");
        let filter = Filter::new(like_pattern("menu <num> \"gone\" (a)")).unwrap();
        assert_eq!(hannun_search::parse_filter(&filter.to_string()).unwrap(), filter);
    }

    #[test]
    fn every_draft_reads_back_as_the_filter_that_was_measured() {
        let text = crate::question::SearchText { query: Some("host:a OR *:x".to_owned()) };
        let range = hannun_api::TimeRange {
            from_ms: Some(0),
            to_ms: Some(1000),
            environment: Some("none".to_owned()),
        };
        let question = Question::new(&range, &text).unwrap();
        let message = |text: &str| is("message", Some(text));
        let status = Expr::or(vec![is("status", Some("trace")), is("status", Some("debug"))]);
        for parts in [
            vec![is("service", None), health_checks().unwrap()],
            vec![is("service", Some("a b\"")), is("env", Some("prod:1")), status],
            vec![message("-")],
            vec![message("tick"), is("service", Some("주문"))],
            vec![message("two\n lines \t\"C:\\\"  *? (a) | b")],
            vec![like_pattern("menu <num> (\"a\") <*>")],
            vec![like_pattern("no variable: AND -x")],
        ] {
            let told = format!("{parts:?}");
            let meant = meant(&question, parts).unwrap_or_else(|| panic!("{told}"));
            let read = hannun_search::parse_filter(&meant.filter.to_string()).unwrap();
            assert_eq!(read, meant.filter, "{told}");
            assert!(!meant.sql.contains("host_name") && !meant.sql.contains("'x'"), "{told}");
        }
        // Nothing is left of it but everything.
        assert!(meant(&question, vec![like_pattern("<*>")]).is_none());
        // Longer than a search may be.
        assert!(meant(&question, vec![message(&"x".repeat(9000))]).is_none());
    }

    #[test]
    fn a_repeated_message_is_meant_as_a_whole() {
        let question = Question::everything(0, 1000);
        let meant = meant(&question, vec![is("message", Some("tick"))]).unwrap();
        assert!(meant.filter.to_string().starts_with("message:=\"tick\" "), "{}", meant.filter);
        assert!(meant.sql.contains("body = 'tick'"), "{}", meant.sql);
    }

    #[test]
    fn ids_of_drafts_are_short_and_tell_services_apart() {
        assert_eq!(
            identifier(&["suggested", "health_checks", "web"]),
            "suggested-health-checks-web"
        );
        let korean = identifier(&["suggested", "debug", "주문"]);
        assert!(korean.starts_with("suggested-debug--") && korean.is_ascii(), "{korean}");
        assert_ne!(korean, identifier(&["suggested", "debug", "결제"]));
        assert!(identifier(&[&"x".repeat(200)]).len() <= 60);
    }
}
