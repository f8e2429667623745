//! The SQL that searches become.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use hannun_query::search::{Source, compile, condition};

fn filter(source: Source, text: &str) -> String {
    condition(&hannun_search::parse_filter(text).unwrap(), source)
}

fn logs(text: &str) -> String {
    filter(Source::Logs, text)
}

fn spans(text: &str) -> String {
    filter(Source::Spans, text)
}

fn whole(source: Source, text: &str) -> String {
    compile(&hannun_search::parse(text).unwrap(), source, "TIME", 100).unwrap()
}

#[test]
fn filters_of_logs() {
    insta::assert_snapshot!(logs("*"), @"true");
    insta::assert_snapshot!(logs("service:web"), @"service_name = 'web'");
    insta::assert_snapshot!(logs("-service:web timeout"), @"(service_name = 'web') IS NOT TRUE AND has_text(body, 'timeout')");
    insta::assert_snapshot!(logs("service:(web OR order OR pay*)"), @"(service_name IN ('web', 'order') OR service_name LIKE 'pay%')");
    insta::assert_snapshot!(logs("\"timed out\" OR conn*"), @"(has_text(body, 'timed out') OR has_text_like(body, 'conn*'))");
    insta::assert_snapshot!(logs("a (b OR c) -(d e)"), @"has_text(body, 'a') AND (has_text(body, 'b') OR has_text(body, 'c')) AND (has_text(body, 'd') AND has_text(body, 'e')) IS NOT TRUE");
    insta::assert_snapshot!(logs("status:error"), @"severity_number BETWEEN 17 AND 20");
    insta::assert_snapshot!(logs("status:(>=warn OR none)"), @"(severity_number BETWEEN 13 AND 24 OR (severity_number IS NULL OR severity_number NOT BETWEEN 1 AND 24))");
    insta::assert_snapshot!(logs("@user:kim"), @"(has_text(attributes, 'kim') AND attr_matches(attributes, 'user', 'kim'))");
    insta::assert_snapshot!(logs("@n:400"), @"(has_text(attributes, '400') AND attr_matches(attributes, 'n', '400'))");
    insta::assert_snapshot!(logs("@http.status_code:>=500"), @"(http_response_status_code >= 500 OR attr_matches(attributes, 'http.status_code', '>=500'))");
    insta::assert_snapshot!(logs("@http.route:/api/*"), @"(http_route LIKE '/api/%' OR (has_text_like(attributes, '/api/*') AND attr_matches(attributes, 'http.route', '/api/*')))");
    insta::assert_snapshot!(logs("@k:*"), @"attributes['k'] IS NOT NULL");
    insta::assert_snapshot!(logs("-@a.b:*"), @"(attr_matches(attributes, 'a.b', '*')) IS NOT TRUE");
    insta::assert_snapshot!(logs("team:payments"), @"((has_text(resource_attributes, 'payments') AND attr_matches(resource_attributes, 'team', 'payments')) OR (has_text(attributes, 'payments') AND attr_matches(attributes, 'team', 'payments')))");
    insta::assert_snapshot!(logs("version:[1.2 TO 2}"), @"value_matches(service_version, '[1.2 TO 2}')");
    insta::assert_snapshot!(logs("host:>=\"b\""), @"host_name >= 'b'");
    insta::assert_snapshot!(logs("trace_id:ABCDEF"), @"trace_id = 'abcdef'");
    insta::assert_snapshot!(logs("host:a_b%?*"), @r"host_name LIKE 'a\_b\%_%'");
    insta::assert_snapshot!(logs("CIDR(@client.address, 10.0.0.0/8)"), @"(cidr_match(client_address, '10.0.0.0/8') OR attr_matches(attributes, 'client.address', 'CIDR(10.0.0.0/8)'))");
    insta::assert_snapshot!(logs("service:\"it's\""), @"service_name = 'it''s'");
}

#[test]
fn full_text_asks_every_column_of_the_text_index() {
    let sql = logs("*:boom");
    assert!(sql.starts_with("(") && sql.contains("has_text(attributes, 'boom')"), "{sql}");
    assert!(sql.contains("has_text(CAST(http_response_status_code AS VARCHAR), 'boom')"), "{sql}");
    assert!(!sql.contains("pattern,"), "{sql}");
}

#[test]
fn filters_of_spans() {
    insta::assert_snapshot!(spans("checkout"), @"(has_text(name, 'checkout') OR has_text(status_message, 'checkout'))");
    insta::assert_snapshot!(spans("status:error @duration:>1.5s"), @"status_code = 'error' AND (duration >= 1500000001 OR attr_matches(attributes, 'duration', '>1.5s'))");
    insta::assert_snapshot!(spans("resource_name:GET* kind:server"), @"name LIKE 'GET%' AND kind = 'server'");
    insta::assert_snapshot!(spans("duration:[1ms TO 2ms]"), @"(duration >= 1000000 AND duration <= 2000000)");
}

#[test]
fn stages_become_groups_windows_and_subqueries() {
    insta::assert_snapshot!(whole(Source::Logs, "service:web"), @r#"SELECT time, CASE WHEN severity_number BETWEEN 1 AND 4 THEN 'trace' WHEN severity_number BETWEEN 5 AND 8 THEN 'debug' WHEN severity_number BETWEEN 9 AND 12 THEN 'info' WHEN severity_number BETWEEN 13 AND 16 THEN 'warn' WHEN severity_number BETWEEN 17 AND 20 THEN 'error' WHEN severity_number BETWEEN 21 AND 24 THEN 'fatal' END AS "status", service_name AS "service", host_name AS "host", body AS "message", trace_id, span_id, attributes FROM logs WHERE TIME AND service_name = 'web' ORDER BY time DESC LIMIT 101"#);
    insta::assert_snapshot!(whole(Source::Spans, "*"), @r#"SELECT start_time AS "time", service_name AS "service", name, kind, status_code AS "status", duration, trace_id, span_id, attributes FROM spans WHERE TIME ORDER BY start_time DESC LIMIT 101"#);
    insta::assert_snapshot!(whole(Source::Spans, "* | stats count(), p95(@duration) by service, 5m"), @r#"SELECT time_bucket(INTERVAL '300 seconds', start_time) AS "time", service_name AS "service", count(*) AS "count", percentile(coalesce(CAST(duration AS DOUBLE), as_number(attr(attributes, 'duration'))), 0.95) AS "p95(@duration)" FROM spans WHERE TIME GROUP BY time_bucket(INTERVAL '300 seconds', start_time), service_name ORDER BY "time", "service" LIMIT 101"#);
    insta::assert_snapshot!(whole(Source::Logs, "* | stats count() as n, count_distinct(@user) by team | sort -n | limit 3"), @r#"SELECT coalesce(resource_attributes['team'], attributes['team']) AS "team", count(*) AS "n", count(DISTINCT attributes['user']) AS "count_distinct(@user)" FROM logs WHERE TIME GROUP BY coalesce(resource_attributes['team'], attributes['team']) ORDER BY "n" DESC NULLS LAST LIMIT 3"#);
    insta::assert_snapshot!(whole(Source::Logs, "* | timechart 1h sum(@size) by @http.route"), @r#"SELECT time_bucket(INTERVAL '3600 seconds', time) AS "time", attributes['http.route'] AS "@http.route", sum(as_number(attributes['size'])) AS "sum(@size)" FROM logs WHERE TIME GROUP BY time_bucket(INTERVAL '3600 seconds', time), attributes['http.route'] ORDER BY "time", "@http.route" LIMIT 101"#);
    insta::assert_snapshot!(whole(Source::Logs, "* | top 3 service | fields service | limit 2"), @r#"SELECT "service" FROM (SELECT service_name AS "service", count(*) AS "count" FROM logs WHERE TIME GROUP BY service_name) AS rows_before ORDER BY "count" DESC NULLS LAST, "service" LIMIT 2"#);
    insta::assert_snapshot!(whole(Source::Logs, "* | patterns 5"), @r#"SELECT pattern_id, last_value(pattern ORDER BY time) AS "pattern", count(*) AS "count", min(time) AS "first_seen", max(time) AS "last_seen" FROM logs WHERE TIME GROUP BY pattern_id ORDER BY "count" DESC, pattern_id LIMIT 5"#);
    insta::assert_snapshot!(whole(Source::Logs, "* | fields service, @a.b | sort -@a.b | limit 7"), @r#"SELECT service_name AS "service", attr_path(attributes, 'a.b') AS "@a.b" FROM logs WHERE TIME ORDER BY as_number(attr_path(attributes, 'a.b')) DESC NULLS LAST, attr_path(attributes, 'a.b') DESC NULLS LAST LIMIT 7"#);
    insta::assert_snapshot!(whole(Source::Logs, "* | limit 50 | stats avg(@n)"), @r#"SELECT avg(as_number(attributes['n'])) AS "avg(@n)" FROM (SELECT * FROM logs WHERE TIME ORDER BY time DESC LIMIT 50) AS rows_before LIMIT 101"#);
    insta::assert_snapshot!(whole(Source::Logs, "* | dedup service | sort service"), @r#"SELECT time, CASE WHEN severity_number BETWEEN 1 AND 4 THEN 'trace' WHEN severity_number BETWEEN 5 AND 8 THEN 'debug' WHEN severity_number BETWEEN 9 AND 12 THEN 'info' WHEN severity_number BETWEEN 13 AND 16 THEN 'warn' WHEN severity_number BETWEEN 17 AND 20 THEN 'error' WHEN severity_number BETWEEN 21 AND 24 THEN 'fatal' END AS "status", service_name AS "service", host_name AS "host", body AS "message", trace_id, span_id, attributes FROM (SELECT *, row_number() OVER (PARTITION BY service_name ORDER BY time DESC) AS row_of_value_1 FROM logs WHERE TIME) AS numbered WHERE row_of_value_1 = 1 ORDER BY service_name ASC NULLS LAST LIMIT 101"#);
    insta::assert_snapshot!(whole(Source::Logs, "* | top 9 service | dedup count"), @r#"SELECT "service", "count" FROM (SELECT *, row_number() OVER (PARTITION BY "count" ORDER BY "count" DESC NULLS LAST, "service") AS row_of_value_1 FROM (SELECT service_name AS "service", count(*) AS "count" FROM logs WHERE TIME GROUP BY service_name ORDER BY "count" DESC NULLS LAST, "service" LIMIT 9) AS rows_before) AS numbered WHERE row_of_value_1 = 1 ORDER BY "count" DESC NULLS LAST, "service" LIMIT 101"#);
    let spans = hannun_search::parse("* | patterns").unwrap();
    let error = compile(&spans, Source::Spans, "TIME", 100).unwrap_err();
    assert!(error.to_string().starts_with("patterns are found in logs only"), "{error}");
}

#[test]
fn a_long_list_is_no_deep_tree() {
    let many = (0..490).map(|word| format!("w{word}")).collect::<Vec<_>>();
    let sql = logs(&many.join(" OR "));
    let depth = sql.chars().scan(0_i32, |depth, character| {
        *depth += i32::from(character == '(') - i32::from(character == ')');
        Some(*depth)
    });
    assert!(depth.max().unwrap() < 12);
    let list = logs(&format!("service:({})", many.join(" OR ")));
    assert_eq!(list.matches("'w").count(), 490);
    assert!(list.starts_with("service_name IN ('w0', 'w1'"), "{list}");
}
