//! Patterns, volume and suggestions: who logs most, and how to log less.

use super::{Lens, MILLISECOND, MINUTE, SECOND, record, resource, send_known};
use hannun_e2e::{Server, ServerOptions, Session, eventually, now_ns, otlp};
use serde_json::{Value, json};

/// Puts a document as the owner.
fn put_document(server: &Server, kind: &str, id: &str, body: &Value) {
    let owner = Session::owner(server, &format!("owner-{id}"));
    let put = json!({"body": body, "expected_revision": 0});
    let answer = owner.send("PUT", &format!("/documents/{kind}/{id}"), Some(&put));
    assert_eq!(answer.status, 200, "{kind} {id}: {}", answer.text());
}

#[test]
fn patterns_are_counted_and_compared_with_the_time_before_a_deploy() {
    let lens = Lens::new();
    let logins = |from: u64, count: u64| {
        let login =
            |n| record(lens.start_ns + (from + n) * SECOND, 9, &format!("user {n} logged in"));
        (0..count).map(login).collect::<Vec<_>>()
    };
    lens.send(resource(Some("web"), &[]), logins(0, 40));
    lens.send(resource(Some("web"), &[]), logins(1800, 60));
    let refused = (0..5_u64).map(|n| {
        record(lens.start_ns + (1900 + n) * SECOND, 17, &format!("card {n} refused by bank"))
    });
    lens.send(resource(Some("pay"), &[]), refused.collect());

    let half_ms = lens.start_ns / MILLISECOND + 1_800_000;
    let from_ms = lens.start_ns / MILLISECOND;
    let alone = lens.about("/patterns", "");
    assert_eq!((&alone["total"], &alone["truncated"]), (&json!(105), &json!(false)));
    let rows = alone["patterns"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{alone}");
    let login = &rows[0];
    assert_eq!((&login["count"], &login["service"]), (&json!(100), &json!("web")));
    assert_eq!((&login["status"], &login["is_new"]), (&json!("info"), &json!(false)));
    assert_eq!(login["before_count"], Value::Null);
    assert_eq!(login["sample"], json!("user 59 logged in"));
    assert_eq!(login["first_seen_ms"].as_f64(), Some(from_ms as f64));
    assert!(login["pattern"].as_str().unwrap().starts_with("user <"), "{login}");
    assert!((login["share"].as_f64().unwrap() - 100.0 / 105.0).abs() < 1e-9);

    let deploy = format!(
        "/patterns?from_ms={half_ms}&to_ms={}&compare_from_ms={from_ms}&compare_to_ms={half_ms}",
        from_ms + 3_600_000
    );
    let compared = lens.get(&deploy);
    let rows = compared["patterns"].as_array().unwrap();
    assert_eq!(compared["total"], json!(65));
    assert_eq!((&rows[0]["is_new"], &rows[0]["count"]), (&json!(true), &json!(5)));
    assert_eq!((&rows[0]["before_count"], &rows[0]["status"]), (&json!(0), &json!("error")));
    assert_eq!((&rows[1]["is_new"], &rows[1]["before_count"]), (&json!(false), &json!(40)));
    assert_eq!(rows[1]["pattern_id"], login["pattern_id"]);
    let one = lens.get(&format!("{deploy}&limit=1"));
    assert_eq!((one["patterns"].as_array().unwrap().len(), &one["truncated"]), (1, &json!(true)));
}

#[test]
fn volume_is_the_bytes_that_are_stored_with_the_price_of_the_team() {
    let lens = Lens::new();
    send_known(&lens);
    // An hour before, half as many of `order`.
    let before = (0..5_u64).map(|n| {
        record(lens.start_ns - (60 - n) * SECOND, 17, &format!("주문 {n} 번이 거절되었습니다"))
    });
    lens.send(resource(Some("order"), &[]), before.collect());
    let bytes = |condition: &str| {
        lens.server.number(&format!("SELECT sum(record_bytes) AS n FROM logs WHERE {condition}"))
    };
    let since =
        format!("time >= arrow_cast({}, 'Timestamp(Nanosecond, Some(\"UTC\"))')", lens.start_ns);
    let volume = lens.about("/volume", "buckets=60");
    assert_eq!(volume["price"], Value::Null);
    assert_eq!(
        (&volume["total_records"], &volume["represented_records"]),
        (&json!(63), &json!(63))
    );
    assert_eq!(volume["total_bytes"], json!(bytes(&since)));
    let groups = volume["groups"].as_array().unwrap();
    let named = |name: Value| groups.iter().find(|group| group["value"] == name).unwrap();
    for (name, records) in [(json!("web"), 50), (json!("order"), 10), (Value::Null, 3)] {
        let group = named(name.clone());
        let service = name.as_str().map_or("IS NULL".to_owned(), |name| format!("= '{name}'"));
        let stored = bytes(&format!("service_name {service} AND {since}"));
        assert!(stored > 0);
        assert_eq!((&group["records"], &group["bytes"]), (&json!(records), &json!(stored)));
        let over_time: i64 =
            group["over_time"].as_array().unwrap().iter().map(|it| it.as_i64().unwrap()).sum();
        assert_eq!(over_time, stored);
        assert_eq!(group["cost"], Value::Null);
    }
    assert_eq!(named(json!("order"))["over_time"][2], named(json!("order"))["bytes"]);
    let earlier = bytes(&format!("NOT ({since})"));
    assert_eq!(named(json!("order"))["previous_bytes"], json!(earlier));
    assert_eq!(
        (&named(json!("web"))["previous_bytes"], &volume["previous_bytes"]),
        (&json!(0), &json!(earlier))
    );

    put_document(&lens.server, "log-price", "default", &json!({"per_gb": 2e6, "currency": "KRW"}));
    let priced = lens.about("/volume", "group_by=status&limit=1");
    assert_eq!(priced["price"], json!({"per_gb": 2e6, "currency": "KRW"}));
    assert_eq!(
        (&priced["truncated"], &priced["groups"][0]["value"]),
        (&json!(true), &json!("info"))
    );
    let cost = priced["groups"][0]["cost"].as_f64().unwrap();
    assert!((cost - priced["groups"][0]["bytes"].as_f64().unwrap() * 2e-3).abs() < 1e-6);
    let patterns = lens.about("/volume", "group_by=pattern");
    assert!(patterns["groups"][0]["pattern"].as_str().unwrap().contains('<'), "{patterns}");
}

/// An hour of a place that logs too much, beginning at a time.
fn send_noise(lens: &Lens, start_ns: u64) {
    let production = [("deployment.environment.name", "production")];
    let web = resource(Some("web"), &production);
    let checks = (0..200_u64).map(|n| {
        let mut check = record(start_ns + n * 10 * SECOND, 9, &format!("request served in {n} ms"));
        check.attributes = vec![otlp::attribute("url.path", "/healthz")];
        check
    });
    lens.send(web.clone(), checks.collect());
    let debug = (0..100_u64).map(|n| {
        record(start_ns + n * SECOND, 5, &format!("state of the machine is {n}, waiting"))
    });
    lens.send(resource(Some("dispatch"), &production), debug.collect());
    let repeats = (0..600_u64)
        .map(|n| record(start_ns + n * 50 * MILLISECOND, 13, "retrying \"upstream\" (soon): *"));
    lens.send(resource(Some("gateway"), &production), repeats.collect());
    let noisy = (0..1000_u64).map(|n| {
        record(start_ns + n * SECOND, 9, &format!("menu {n} was not in the cache, reading it"))
    });
    lens.send(resource(Some("catalogue"), &production), noisy.collect());
    let errors = (0..300_u64).map(|n| {
        record(start_ns + n * SECOND, 17, &format!("menu {n} was not in the cache, failed"))
    });
    lens.send(resource(Some("catalogue"), &production), errors.collect());
}

#[test]
fn each_suggestion_is_a_pipeline_that_saves_what_it_says() {
    let lens = Lens::new();
    let hour = 60 * MINUTE;
    send_noise(&lens, lens.start_ns - hour);
    let range = |start_ns: u64| {
        format!("from_ms={}&to_ms={}", start_ns / MILLISECOND, (start_ns + hour) / MILLISECOND)
    };
    let first = range(lens.start_ns - hour);
    let answer = lens.get(&format!("/suggestions?{first}"));
    let suggestions = answer["suggestions"].as_array().unwrap();
    for (kind, service, records) in [
        ("health_checks", "web", 200),
        ("debug", "dispatch", 100),
        ("duplicates", "gateway", 600),
        ("noisy_pattern", "catalogue", 1000),
    ] {
        let found = suggestions.iter().find(|it| it["kind"] == kind);
        let found = found.unwrap_or_else(|| panic!("no {kind}: {answer}"));
        assert_eq!((&found["service"], &found["records"]), (&json!(service), &json!(records)));
    }
    let mut saved = 0.0;
    for suggestion in suggestions {
        assert_eq!(suggestion["errors"], json!(0));
        saved += suggestion["saving_share"].as_f64().unwrap();
    }
    assert!(saved < 1.0, "savings add up: {saved}");

    let owner = Session::owner(&lens.server, "owner");
    for suggestion in suggestions {
        let put = json!({"body": suggestion["draft"], "expected_revision": 0});
        let id = suggestion["draft_id"].as_str().unwrap();
        let answer = owner.send("PUT", &format!("/documents/log-pipeline/{id}"), Some(&put));
        assert_eq!(answer.status, 200, "{}: {}", suggestion["draft"], answer.text());
    }
    eventually("the drafts are in force", 20, || {
        let status = lens.get("/pipelines/status");
        status["pipelines"].as_array().unwrap().len() == suggestions.len()
    });
    send_noise(&lens, lens.start_ns);
    let kept = |condition: &str| {
        let query = format!(
            "SELECT count(*) AS n FROM logs WHERE CAST(time AS BIGINT) >= {} AND {condition}",
            lens.start_ns
        );
        lens.server.number(&query)
    };
    assert_eq!(kept("service_name = 'web'"), 0);
    assert_eq!(kept("service_name = 'dispatch'"), 0);
    assert_eq!(kept("severity_number = 17"), 300, "no error is lost");
    let repeats = kept("service_name = 'gateway'");
    assert!((1..60).contains(&repeats), "{repeats} of 600 repeats");
    let noisy = kept("service_name = 'catalogue' AND severity_number = 9");
    assert!((60..140).contains(&noisy), "{noisy} of 1000");
    // What is kept stands for what was there.
    let histogram = lens
        .get(&format!("/histogram?{}&query=service:catalogue%20status:info", range(lens.start_ns)));
    let represented = histogram["total"].as_i64().unwrap();
    assert_eq!(represented, noisy * 10);
    let volume = lens.get(&format!("/volume?{}", range(lens.start_ns)));
    assert!(
        volume["represented_records"].as_i64().unwrap() > volume["total_records"].as_i64().unwrap()
    );
    // What was taken up is not suggested again.
    let again = lens.get(&format!("/suggestions?{first}"));
    assert_eq!(again["suggestions"], json!([]));
}

#[test]
fn the_shop_is_seen_by_its_patterns_and_its_volume() {
    let folder = tempfile::tempdir().unwrap();
    let options = ServerOptions::demo(0.05, &["--orders-per-day", "1500"]);
    let server = Server::start_with(&folder.path().join("data"), &options);
    let truth = server.shop_truth();
    let get = |path: &str| {
        let to_ms = now_ns() / MILLISECOND;
        let range = format!("from_ms={}&to_ms={to_ms}", to_ms - 86_400_000);
        let answer = server.get(&format!("/api/v1/logs{path}?{range}&limit=1000")).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    };
    let volume = get("/volume");
    let mut services = 0;
    for (service, logs) in truth["logs"].as_object().unwrap() {
        let group = volume["groups"].as_array().unwrap().iter().find(|it| it["value"] == *service);
        let records = group.map_or(0, |group| group["records"].as_i64().unwrap());
        assert_eq!(records, logs.as_i64().unwrap(), "{service}");
        services += usize::from(records > 0);
    }
    assert!(services > 1, "{volume}");
    let patterns = get("/patterns");
    let rows = patterns["patterns"].as_array().unwrap();
    let counted: i64 = rows.iter().map(|row| row["count"].as_i64().unwrap()).sum();
    assert_eq!(json!(counted), patterns["total"]);
    assert!(rows.len() < 60, "{} patterns of {counted} records", rows.len());
}
