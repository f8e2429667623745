//! The errors lens through the API: issues, what is decided about them, the weekly report.

use hannun_e2e::{Server, ServerOptions, Session, now_ns, otlp};
use opentelemetry_proto::tonic::trace::v1::{Span, Status, span};
use serde_json::{Value, json};

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1000 * MILLISECOND;
const MINUTE: u64 = 60 * SECOND;
const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
const WEEK_MS: u64 = 7 * DAY_MS;

const CLIENT: i32 = 3;

struct Lens {
    _folder: tempfile::TempDir,
    server: Server,
    owner: Session,
    /// The hour around now.
    range: String,
}

impl Lens {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = ServerOptions::with(arguments);
        let server = Server::start_with(&folder.path().join("data"), &options);
        let owner = Session::owner(&server, "owner");
        let now_ms = now_ns() / MILLISECOND;
        let range = format!("from_ms={}&to_ms={}", now_ms - HOUR_MS, now_ms + HOUR_MS);
        Self { _folder: folder, server, owner, range }
    }

    fn send(&self, service: &str, version: Option<&str>, spans: Vec<Span>) {
        let mut resource = otlp::resource(service);
        let attributes = &mut resource.as_mut().unwrap().attributes;
        attributes.extend(version.map(|version| otlp::attribute("service.version", version)));
        self.server.send_ok("traces", &otlp::traces_of(resource, spans));
    }

    fn issues(&self, more: &str) -> Vec<Value> {
        let answer = self.owner.get(&format!("/errors?{}&{more}", self.range));
        let issues = answer["issues"].as_array().unwrap().clone();
        assert_eq!(
            (answer["total"].as_u64(), &answer["truncated"]),
            (Some(issues.len() as u64), &json!(false))
        );
        issues
    }

    fn issue(&self, service: &str) -> Value {
        let issues = self.issues(&format!("service={service}"));
        assert_eq!(issues.len(), 1, "{issues:?}");
        issues[0].clone()
    }

    /// Writes what is decided about an issue, as its page does.
    fn decide(&self, issue: &Value, decision: &Value) {
        let mut body = json!({"service": issue["service"], "fingerprint": issue["fingerprint"]});
        body.as_object_mut().unwrap().extend(decision.as_object().unwrap().clone());
        let id = issue["document_id"].as_str().unwrap();
        let put = json!({"body": body, "expected_revision": issue["document_revision"]});
        let path = format!("/documents/error-issue-state/{id}");
        let answer = self.owner.send("PUT", &path, Some(&put));
        assert_eq!(answer.status, 200, "{}", answer.text());
        // Errors from now on are after the decision, also when counted in milliseconds.
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

fn failed(span: Span) -> Span {
    Span { status: Some(Status { code: 2, message: String::new() }), ..span }
}

/// A failed span with an exception.
fn threw(span: Span, class: &str, message: &str, stack: &str) -> Span {
    let event = span::Event {
        time_unix_nano: span.start_time_unix_nano + 1000,
        name: "exception".to_owned(),
        attributes: vec![
            otlp::attribute("exception.type", class),
            otlp::attribute("exception.message", message),
            otlp::attribute("exception.stacktrace", stack),
        ],
        ..span::Event::default()
    };
    Span { events: vec![event], ..failed(span) }
}

/// A span below another one.
fn below(parent: &Span, id: u64) -> Span {
    Span {
        trace_id: parent.trace_id.clone(),
        parent_span_id: parent.span_id.clone(),
        ..otlp::span(id, parent.start_time_unix_nano)
    }
}

fn java(order: u64, line: u64) -> String {
    format!(
        "org.springframework.web.util.NestedServletException: order {order} failed\n\
         \tat org.springframework.web.servlet.FrameworkServlet.doPost(FrameworkServlet.java:909)\n\
         Caused by: com.shop.order.PaymentException: 주문 {order}번의 결제 실패\n\
         \tat java.base/java.net.Socket.connect(Socket.java:{line})\n\
         \tat com.shop.order.PaymentClient$$EnhancerBySpringCGLIB$$3fa2c1.call(PaymentClient.java:{line})\n\
         \tat com.shop.order.OrderService.lambda$place$3(OrderService.java:{line})"
    )
}

/// Three requests of `order` fail alike: the exception bubbles up through two of its spans.
fn send_alike(lens: &Lens, start_ns: u64) {
    for id in 1..=3_u64 {
        let root =
            Span { name: "POST /orders".to_owned(), ..otlp::span(id, start_ns + id * MINUTE) };
        let inner = below(&root, id + 10);
        let message = format!("주문 {}번의 결제 실패 (attempt {id})", 5000 + id);
        let stack = java(5000 + id, 40 + id);
        let version = if id == 3 { "1.5.0" } else { "1.4.0" };
        let spans = vec![
            threw(root, "com.shop.order.PaymentException", &message, &stack),
            threw(inner, "com.shop.order.PaymentException", &message, &stack),
        ];
        lens.send("order", Some(version), spans);
    }
}

#[test]
fn errors_of_every_language_are_grouped_into_issues() {
    let lens = Lens::new();
    let start = now_ns() - 30 * MINUTE;
    send_alike(&lens, start);
    let python = |line| {
        format!(
            "Traceback (most recent call last):\n  File \"/app/shop/cart.py\", line {line}, in total\n    \
             x\n  File \"/usr/lib/python3.12/json/decoder.py\", line 9, in decode\nValueError: bad {line}"
        )
    };
    let cart = |id| otlp::span(id, start);
    let bad = |id, line| threw(cart(id), "ValueError", &format!("bad '{line}'"), &python(line));
    lens.send("cart", None, vec![bad(21, 7), bad(22, 8)]);
    let node = "TypeError: x is undefined\n    at render (/app/node_modules/ejs/ejs.js:1:2)\n    at Page.show (/app/src/page.ts:3:4)";
    let go = "goroutine 7 [running]:\nmain.run(0x1)\n\t/src/main.go:7 +0x1";
    lens.send("web", None, vec![threw(cart(31), "TypeError", "x is undefined", node)]);
    lens.send("worker", None, vec![threw(cart(41), "*errors.errorString", "eof", go)]);
    // A call that failed and was tried again with success is the only sign of trouble.
    let root = cart(51);
    let mut call = failed(Span { kind: CLIENT, name: "GET".to_owned(), ..below(&root, 52) });
    call.attributes =
        vec![otlp::attribute("error.type", "503"), otlp::attribute("server.address", "payment")];
    lens.send("gateway", None, vec![call, Span { kind: CLIENT, ..below(&root, 53) }, root]);

    let issues = lens.issues("");
    let told: Vec<_> = issues
        .iter()
        .map(|it| {
            let text = |name: &str| it[name].as_str().unwrap_or("-").to_owned();
            (text("service"), it["count"].as_f64().unwrap(), text("error_type"), text("frame"))
        })
        .collect();
    let row = |service: &str, count, class: &str, frame: &str| {
        (service.to_owned(), count, class.to_owned(), frame.to_owned())
    };
    assert_eq!(
        told[0],
        row("order", 3.0, "com.shop.order.PaymentException", "com.shop.order.PaymentClient.call")
    );
    assert_eq!(told[1], row("cart", 2.0, "ValueError", "total (shop/cart.py)"));
    let mut others = told[2..].to_vec();
    others.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(
        others,
        [
            row("gateway", 1.0, "503", "-"),
            row("web", 1.0, "TypeError", "Page.show (src/page.ts)"),
            row("worker", 1.0, "*errors.errorString", "main.run"),
        ]
    );
    the_first_issue_is_whole(&lens, &issues[0]);
    assert_eq!(lens.issues("query=VALUE%20bad").len(), 1);
    assert_eq!(lens.issues("query=%EA%B2%B0%EC%A0%9C&sort=first_seen").len(), 1);
    assert_eq!(lens.issues("query=it%27s").len(), 0);
    let sorted: Vec<_> =
        lens.issues("sort=last_seen").iter().map(|it| it["service"].clone()).collect();
    assert_eq!(sorted[0], "order");
    let missing = lens.owner.send("GET", "/errors/issue?service=order&fingerprint=nothing", None);
    assert_eq!((missing.status, missing.error_code()), (404, "not_found".to_owned()));
    for bad in ["state=closed", "sort=name", "limit=0", "limit=1001", "from_ms=5&to_ms=4"] {
        assert_eq!(lens.owner.send("GET", &format!("/errors?{bad}"), None).status, 400, "{bad}");
    }
}

fn the_first_issue_is_whole(lens: &Lens, issue: &Value) {
    for (field, expected) in [
        ("traces", json!(3)),
        ("message", json!("주문 5003번의 결제 실패 (attempt 3)")),
        ("message_template", json!("주문 <number>번의 결제 실패 (…)")),
        ("state", json!("open")),
        ("state_since_ms", json!(null)),
        ("previous_count", json!(0.0)),
        ("versions", json!(["1.4.0", "1.5.0"])),
        ("first_version", json!("1.4.0")),
        ("last_version", json!("1.5.0")),
        ("endpoints", json!(["work"])),
        ("is_new", json!(true)),
        ("document_revision", json!(0)),
    ] {
        assert_eq!(issue[field], expected, "{field}");
    }
    let sum = |series: &Value| {
        series.as_array().unwrap().iter().map(|it| it.as_f64().unwrap()).sum::<f64>()
    };
    assert_eq!((issue["series"].as_array().unwrap().len(), sum(&issue["series"])), (24, 3.0));
    let path = format!(
        "/errors/issue?{}&service=order&fingerprint={}",
        lens.range,
        issue["fingerprint"].as_str().unwrap()
    );
    let detail = lens.owner.get(&path);
    assert_eq!(detail["issue"], *issue);
    assert_eq!(sum(&detail["series"]["counts"]), 3.0);
    assert_eq!(detail["versions"][0]["count"], 2.0);
    assert_eq!(detail["endpoints"], json!([{"endpoint": "work", "count": 3.0}]));
    let samples = detail["samples"].as_array().unwrap();
    assert_eq!((samples.len(), &samples[0]["version"]), (3, &json!("1.5.0")));
    let sample = &detail["sample"];
    assert_eq!(sample["exception_type"], "com.shop.order.PaymentException");
    assert_eq!(sample["stacktrace"], json!(java(5003, 43)));
    let in_app: Vec<_> = sample["frames"]
        .as_array()
        .unwrap()
        .iter()
        .map(|frame| frame["in_app"].as_bool().unwrap())
        .collect();
    assert_eq!(in_app, [false, false, true, true]);
    assert_eq!(sample["resource"]["service.version"], "1.5.0");
    // In a time without its errors an issue is still known.
    let earlier = path.replace(&lens.range, "from_ms=1000000&to_ms=2000000");
    let detail = lens.owner.get(&earlier);
    assert_eq!(
        (&detail["issue"]["count"], detail["samples"].as_array().unwrap().len()),
        (&json!(0.0), 3)
    );
}

#[test]
fn a_resolved_issue_comes_back_in_a_newer_version_only() {
    let lens = Lens::new();
    let boom = |id: u64, version: &str| {
        lens.send(
            "order",
            Some(version),
            vec![threw(otlp::span(id, now_ns()), "Boom", &format!("order {id}"), "")],
        );
    };
    let state = || lens.issue("order")["state"].as_str().unwrap().to_owned();
    boom(1, "1.4.0");
    assert_eq!(state(), "open");
    lens.decide(
        &lens.issue("order"),
        &json!({"state": "resolved", "resolved_in_version": "1.4.0"}),
    );
    assert_eq!(state(), "resolved");
    boom(2, "1.3.9");
    boom(3, "1.4.0");
    boom(4, "1.4.0-rc.1");
    assert_eq!(state(), "resolved");
    boom(5, "1.10.0");
    let back = lens.issue("order");
    assert_eq!(
        (&back["state"], &back["count"], &back["document_revision"]),
        (&json!("regressed"), &json!(5.0), &json!(1))
    );
    assert_eq!(back["resolved_in_version"], "1.4.0");
    let listed = |filter: &str| lens.issues(&format!("state={filter}")).len();
    assert_eq!(
        ["open", "resolved", "ignored", "regressed", "open,regressed", "all"].map(listed),
        [0, 0, 0, 1, 1, 1]
    );

    // Who only adds a note does not resolve it anew.
    lens.decide(&back, &json!({"state": "resolved", "resolved_in_version": "1.4.0", "note": "again?", "assignee": "kim"}));
    let noted = lens.issue("order");
    assert_eq!((&noted["state"], &noted["assignee"]), (&json!("regressed"), &json!("kim")));
    lens.decide(&noted, &json!({"state": "ignored"}));
    boom(6, "2.0.0");
    assert_eq!((state(), listed("ignored")), ("ignored".to_owned(), 1));
    lens.decide(&lens.issue("order"), &json!({"state": "open"}));
    let open = lens.issue("order");
    assert_eq!((&open["state"], &open["document_revision"]), (&json!("open"), &json!(4)));
    assert!(open["state_since_ms"].as_u64().is_some());
}

#[test]
fn an_issue_that_was_resolved_in_no_version_comes_back_with_any_error() {
    let lens = Lens::new();
    let boom = |id: u64| {
        lens.send("order", None, vec![threw(otlp::span(id, now_ns()), "Boom", "x", "")]);
    };
    boom(1);
    lens.decide(&lens.issue("order"), &json!({"state": "resolved"}));
    assert_eq!(lens.issue("order")["state"], "resolved");
    boom(2);
    let back = lens.issue("order");
    assert_eq!(back["state"], "regressed");
    // The same words with a new date are a new decision.
    let now_ms = now_ns() / MILLISECOND;
    lens.decide(&back, &json!({"state": "resolved", "decided_ms": now_ms}));
    assert_eq!(lens.issue("order")["state"], "resolved");
    boom(3);
    assert_eq!(lens.issue("order")["state"], "regressed");
}

fn week(from_ms: u64) -> Value {
    json!({"from_ms": from_ms, "to_ms": from_ms + WEEK_MS})
}

/// The last Monday at midnight in Seoul, in milliseconds.
fn monday_in_seoul_ms() -> u64 {
    // The first Monday after 1970 began is its fifth day; Seoul is nine hours ahead.
    let (first_monday, ahead) = (4 * DAY_MS, 9 * HOUR_MS);
    let local = now_ns() / MILLISECOND + ahead;
    (local - first_monday) / WEEK_MS * WEEK_MS + first_monday - ahead
}

#[test]
fn the_weekly_report_counts_the_weeks_of_a_time_zone() {
    // Longer than two weeks and what there is of the third.
    let lens = Lens::with(&["--retention", "spans=60d"]);
    let monday = monday_in_seoul_ms();
    let (last, before) = (monday - WEEK_MS, monday - 2 * WEEK_MS);
    let mut id = 0;
    let mut send = |service: &str, class: &str, times: &[u64]| {
        let spans = times.iter().map(|time| {
            id += 1;
            threw(otlp::span(id, time * MILLISECOND), class, "x", "")
        });
        lens.send(service, None, spans.collect());
    };
    // Both ends of both weeks, and a moment before and after them.
    send("order", "Boom", &[before - 1, before, last - 1, last, last + DAY_MS, monday - 1, monday]);
    send("order", "New", &[last + 5]);
    send("order", "Gone", &[before + 5, before + 6]);
    send("=cmd()", "결제, \"실패\"", &[last + 7]);

    let asked = format!("week_of_ms={}&time_zone=Asia/Seoul", monday + 1);
    let report = lens.owner.get(&format!("/errors/report?{asked}"));
    assert_eq!(report["weeks"], json!({"before_last": week(before), "last": week(last)}));
    assert_eq!((&report["time_zone"], &report["truncated"]), (&json!("Asia/Seoul"), &json!(false)));
    let row = |service: &str, class: &str, before_last: f64, last: f64, change_percent: Value| {
        json!({"service": service, "error_type": class, "before_last": before_last, "last": last,
            "change": last - before_last, "change_percent": change_percent,
            "is_new": before_last == 0.0, "is_gone": last == 0.0})
    };
    assert_eq!(
        report["rows"],
        json!([
            row("order", "Boom", 2.0, 3.0, json!(50.0)),
            row("=cmd()", "결제, \"실패\"", 0.0, 1.0, json!(null)),
            row("order", "New", 0.0, 1.0, json!(null)),
            row("order", "Gone", 2.0, 0.0, json!(-100.0)),
        ])
    );
    assert_eq!(
        report["totals"],
        json!([
            {"service": "order", "before_last": 4.0, "last": 4.0, "change": 0.0, "change_percent": 0.0},
            {"service": "=cmd()", "before_last": 0.0, "last": 1.0, "change": 1.0, "change_percent": null},
        ])
    );
    other_questions(&lens, &asked, monday, &report);
    the_file_says_the_same(&lens, &asked);
    for bad in ["time_zone=Seoul", "week_of_ms=5", "week_of_ms=soon"] {
        assert_eq!(
            lens.owner.send("GET", &format!("/errors/report?{bad}"), None).status,
            400,
            "{bad}"
        );
    }
}

#[test]
fn a_quiet_beginning_of_the_weeks_is_no_gap() {
    let lens = Lens::with(&["--retention", "spans=60d"]);
    let before = monday_in_seoul_ms() - 2 * WEEK_MS;
    // Three days without a span, and Monday is one of them.
    for (id, time) in [(1, before - 2 * DAY_MS), (2, before + DAY_MS)] {
        lens.send("order", None, vec![otlp::span(id, time * MILLISECOND)]);
    }
    let report = lens.owner.get("/errors/report?time_zone=Asia/Seoul");
    assert_eq!(report["incomplete_before_ms"], json!(null));
}

/// The report of other moments, time zones and services.
fn other_questions(lens: &Lens, asked: &str, monday: u64, report: &Value) {
    let (last, before) = (monday - WEEK_MS, monday - 2 * WEEK_MS);
    // Without a moment it is about now, whose last week is the same.
    let now = lens.owner.get("/errors/report?time_zone=Asia/Seoul");
    assert_eq!(now["rows"], report["rows"]);
    assert_eq!(report["incomplete_before_ms"], json!(null));
    // Of the week before there is nothing but its last minute.
    let earlier = lens.owner.get(&format!("/errors/report?week_of_ms={last}&time_zone=Asia/Seoul"));
    assert_eq!(earlier["incomplete_before_ms"], json!(before - 60_000));
    let never = lens.owner.get("/errors/report?week_of_ms=1700000000000");
    assert_eq!(never["incomplete_before_ms"], never["weeks"]["last"]["to_ms"]);
    // At that moment it was still Sunday in London.
    let london = lens.owner.get(&format!("/errors/report?week_of_ms={}&time_zone=UTC", monday + 1));
    assert_eq!(london["weeks"]["last"], week(before + 9 * HOUR_MS));
    let one = lens.owner.get(&format!("/errors/report?{asked}&service=order"));
    assert_eq!(
        (one["rows"].as_array().unwrap().len(), one["totals"].as_array().unwrap().len()),
        (3, 1)
    );
}

fn the_file_says_the_same(lens: &Lens, asked: &str) {
    let file = lens.owner.send("GET", &format!("/errors/report.csv?{asked}"), None);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(
        file.header("content-disposition").unwrap().starts_with("attachment; filename=\"errors-20")
    );
    assert_eq!(
        file.text(),
        "service,error_type,before_last,last,change,change_percent,is_new,is_gone\r\n\
         order,Boom,2,3,1,50,false,false\r\n\
         '=cmd(),\"결제, \"\"실패\"\"\",0,1,1,,true,false\r\n\
         order,New,0,1,1,,true,false\r\n\
         order,Gone,2,0,-2,-100,false,true\r\n"
    );
}

#[test]
fn errors_survive_a_restart_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let owner = Session::owner(&server, "owner");
    let start = now_ns() - MINUTE;
    let root = threw(otlp::span(1, start), "Boom", "order 7", "Boom\n\tat com.shop.A.b(A.java:1)");
    let call = failed(Span { kind: CLIENT, ..below(&root, 2) });
    server.send_ok("traces", &otlp::traces("order", vec![root, call]));
    let now_ms = now_ns() / MILLISECOND;
    let path = format!("/errors?from_ms={}&to_ms={}", now_ms - HOUR_MS, now_ms + HOUR_MS);
    let live = owner.get(&path);
    assert_eq!(live["issues"][0]["count"], 1.0, "{live}");
    assert_eq!(live["total"], 1);
    // Stopping publishes what is live; the rows are derived once more, then read from files.
    server.stop();
    let server = Server::start(&data);
    let mut again = Session::stranger(&server);
    assert_eq!(again.sign_in("owner", hannun_e2e::session::PASSWORD).status, 200);
    assert_eq!(again.get(&path), live);
}

#[test]
fn every_exception_that_the_shop_recorded_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    // Until nine in the evening in Seoul, after the dinner peak, at whatever time the test runs.
    let (day, noon) = (86_400, 43_200);
    let until = ((now_ns() / SECOND - noon) / day * day + noon).to_string();
    let arguments =
        ["--scenario", "bad-deploy", "--orders-per-day", "6000", "--until", until.as_str()];
    let options = ServerOptions::demo(0.25, &arguments);
    let server = Server::start_with(&folder.path().join("data"), &options);
    let owner = Session::owner(&server, "owner");
    let truth = server.shop_truth();
    let ms = |name: &str| truth[name].as_u64().unwrap() / MILLISECOND;
    let range =
        format!("from_ms={}&to_ms={}", ms("from_nanos") - HOUR_MS, ms("until_nanos") + HOUR_MS);
    let answer = owner.get(&format!("/errors?{range}&limit=1000"));
    let issues = answer["issues"].as_array().unwrap();
    let told = truth["errors"].as_object().unwrap();
    assert!(told.len() >= 3, "{told:?}");
    for (class, count) in told {
        let of_class = issues.iter().filter(|issue| issue["error_type"] == **class);
        let counted: f64 = of_class.map(|issue| issue["count"].as_f64().unwrap()).sum();
        assert_eq!(counted, count.as_f64().unwrap(), "{class}: {answer}");
    }
    // The one new error of the bad deploy is one issue, in that version only.
    let new: Vec<_> =
        issues.iter().filter(|it| it["error_type"] == "order::TrackingMissing").collect();
    assert_eq!((new.len(), &new[0]["versions"]), (1, &json!(["1.5.0"])));
    assert_eq!(new[0]["frame"], "order/routes.rs");
    // However many numbers their messages have, there are few issues.
    assert!(issues.len() < 30, "{}", issues.len());
}
