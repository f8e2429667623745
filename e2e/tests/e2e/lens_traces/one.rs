//! One trace through the API.

use super::*;
use opentelemetry_proto::tonic::trace::v1::span;

/// A request whose parts run one after another, beside each other, and on without it.
fn send_known_trace(lens: &Lens) {
    let at = |ms: u64| lens.start_ns + ms * MILLISECOND;
    let part =
        |id, parent, kind, from, length| span(7, id, parent, kind, at(from), length * MILLISECOND);
    lens.send(
        "web",
        "h1",
        vec![
            named(part(1, 0, SERVER, 0, 100), "POST /orders"),
            part(2, 1, INTERNAL, 10, 30),
            part(3, 1, INTERNAL, 15, 20),
            part(4, 1, CLIENT, 50, 30),
            part(5, 1, PRODUCER, 85, 5),
        ],
    );
    lens.send("stock", "h2", vec![part(6, 4, SERVER, 55, 20)]);
    lens.send("mail", "h3", vec![part(8, 5, CONSUMER, 87, 400)]);
}

#[test]
fn self_time_and_the_critical_path_are_those_of_a_known_trace() {
    let lens = Lens::new();
    send_known_trace(&lens);
    let trace = lens.trace(7);
    let order: Vec<u64> = list(&trace.0["columns"]["span_id"])
        .iter()
        .map(|id| u64::from_str_radix(id.as_str().unwrap(), 16).unwrap())
        .collect();
    assert_eq!(order, [1, 2, 3, 4, 6, 5, 8]);
    assert_eq!(trace.0["columns"]["parent"], json!([-1, 0, 0, 0, 3, 0, 5]));
    assert_eq!(trace.0["columns"]["depth"], json!([0, 1, 1, 1, 2, 1, 2]));
    assert_eq!(trace.0["columns"]["descendants"], json!([6, 0, 0, 1, 0, 1, 0]));
    let own = [35, 30, 20, 10, 20, 5, 400_u64].map(|ms| ms * MILLISECOND);
    assert_eq!(trace.0["columns"]["self_ns"], json!(own));
    assert_eq!(trace.0["columns"]["kind"], json!([2, 1, 1, 3, 2, 4, 5]));
    assert_eq!(trace.0["services"], json!(["mail", "stock", "web"]));
    let path = [
        (1, 0, 10),
        (2, 10, 40),
        (1, 40, 50),
        (4, 50, 55),
        (6, 55, 75),
        (4, 75, 80),
        (1, 80, 85),
        (5, 85, 90),
        (1, 90, 100),
    ];
    assert_eq!(trace.path(), path);
    assert_eq!(trace.0["duration_ns"], json!(487 * MILLISECOND));
    assert_eq!(trace.0["start_ns"], json!(lens.start_ns.to_string()));
    let none = json!({"missing_parent": 0, "cycle": 0, "duplicate_id": 0, "negative_duration": 0,
        "skewed": 0});
    assert_eq!(trace.0["problems"], none);

    // The same numbers where many traces are summed up.
    let time = lens.about("time", "only=root");
    assert_eq!((&time["traces"], &time["spans"]), (&json!(1), &json!(7)));
    assert_eq!((&time["self_ms"], &time["critical_ms"]), (&json!(520.0), &json!(100.0)));
    let rows = list(&time["rows"]);
    let row = |service: &str, kind: &str| {
        let found = rows.iter().find(|row| row["service"] == service && row["kind"] == kind);
        found.unwrap_or_else(|| panic!("{service} {kind}: {time}")).clone()
    };
    assert_eq!(rows[0], row("mail", "consumer"), "most self time comes first");
    assert_eq!(row("web", "server")["self_ms"], json!(35.0));
    assert_eq!(row("web", "server")["critical_percent"], json!(35.0));
    assert_eq!(row("stock", "server")["critical_ms"], json!(20.0));
    assert_eq!(row("mail", "consumer")["critical_ms"], json!(0.0));
    assert_eq!(time["sampled"], json!(false));
}

#[test]
fn a_small_trace_is_answered_whole_and_each_span_alone_with_its_logs() {
    let lens = Lens::new();
    let start_ns = lens.start_ns;
    let mut child = failed(span(7, 7, 9, SERVER, start_ns + 5 * MILLISECOND, MILLISECOND));
    child.attributes = vec![
        otlp::attribute("http.method", "GET"),
        otlp::attribute("http.request.method", "GET"),
        otlp::attribute("order.no", "5032"),
    ];
    child.events = vec![span::Event {
        time_unix_nano: start_ns + 6 * MILLISECOND,
        name: "exception".to_owned(),
        attributes: vec![otlp::attribute("exception.type", "OutOfStock")],
        ..span::Event::default()
    }];
    child.links =
        vec![span::Link { trace_id: vec![1; 16], span_id: vec![2; 8], ..span::Link::default() }];
    let root = span(7, 9, 0, SERVER, start_ns, 20 * MILLISECOND);
    let mut log = otlp::log(7, start_ns + 7 * MILLISECOND);
    log.trace_id.clone_from(&root.trace_id);
    log.span_id.clone_from(&child.span_id);
    lens.send("order", "h1", vec![child, root]);
    lens.server.send_ok("logs", &otlp::logs("order", vec![log]));

    let trace = Shown(lens.owner.get(&format!("/traces/{}", trace_id(7).to_uppercase())));
    assert_eq!(trace.0["duration_ns"], json!(20 * MILLISECOND));
    assert_eq!((&trace.0["whole"], &trace.0["truncated"]), (&json!(true), &json!(false)));
    assert_eq!((&trace.0["total_spans"], &trace.0["main_root"]), (&json!(2), &json!(0)));
    assert_eq!(trace.parent(7), Some(9));
    assert_eq!(trace.of(7, "start_offset_ns"), json!(5 * MILLISECOND));
    assert_eq!(trace.of(7, "status"), json!(2));
    assert_eq!(trace.name(trace.row(7)), json!("step 7"));
    let details = list(&trace.0["details"]);
    let detail = &details[trace.row(7)];
    assert_eq!(details.len(), 2);
    assert_eq!(detail["parent_span_id"], json!(span_id(9)));
    assert_eq!(detail["status_message"], json!("out of stock"));
    // An attribute is there whether it has a column or not.
    assert_eq!(detail["attributes"]["http.request.method"], json!("GET"));
    assert_eq!(detail["attributes"]["order.no"], json!("5032"));
    assert_eq!(detail["resource"]["service.name"], json!("order"));
    let event = json!({"offset_ns": MILLISECOND, "name": "exception",
        "attributes": {"exception.type": "OutOfStock"}});
    assert_eq!(detail["events"], json!([event]));
    let link = json!({"trace_id": "01".repeat(16), "span_id": "02".repeat(8)});
    assert_eq!(detail["links"], json!([link]));

    let path = format!("/traces/{}/spans/{}", trace_id(7), span_id(7));
    let alone = lens.owner.get(&path);
    assert_eq!(alone["detail"], *detail);
    assert_eq!(alone["start_ns"], json!((start_ns + 5 * MILLISECOND).to_string()));
    assert_eq!((&alone["kind"], &alone["status"]), (&json!("server"), &json!("error")));
    let known = lens.owner.get(&format!("{path}?start_ns={}", start_ns + 5 * MILLISECOND));
    assert_eq!(known, alone);
    assert_eq!(lens.refused(&format!("{path}?start_ns=5")).0, 404);
    assert_eq!(lens.refused(&format!("{path}?start_ns=soon")).0, 400);
    let other = format!("/traces/{}/spans/{}", trace_id(7), span_id(8));
    assert_eq!(lens.refused(&other), (404, "not_found".to_owned()));

    let logs = lens.owner.get(&format!("/traces/{}/logs", trace_id(7)));
    assert_eq!(logs[0]["body"], json!("item-7"));
    assert_eq!(logs[0]["time_ns"], json!((start_ns + 7 * MILLISECOND).to_string()));
    assert_eq!((&logs[0]["severity"], &logs[0]["span_id"]), (&json!("INFO"), &json!(span_id(7))));
    assert_eq!(lens.refused(&format!("/traces/{}", trace_id(1))), (404, "not_found".to_owned()));
    assert_eq!(lens.refused("/traces/xyz"), (400, "invalid_request".to_owned()));
}

#[test]
fn a_clock_that_is_off_is_corrected_and_marked() {
    let lens = Lens::new();
    let at = |ms: u64| lens.start_ns + ms * MILLISECOND;
    let ms = MILLISECOND;
    lens.send("web", "h1", vec![span(7, 1, 0, CLIENT, at(60_000), 100 * ms)]);
    // The other host is a minute behind.
    let serve = span(7, 2, 1, SERVER, at(25), 60 * ms);
    let query = span(7, 3, 2, CLIENT, at(30), 10 * ms);
    let later = span(7, 4, 2, CONSUMER, at(40), 5 * ms);
    lens.send("order", "h2", vec![serve, query, later]);
    // So is this one, but nobody waited for it, so nothing tells how much.
    lens.send("mail", "h3", vec![span(7, 5, 1, CONSUMER, at(59_000), 10 * ms)]);
    let trace = lens.trace(7);
    let shown = |id| (trace.of(id, "start_offset_ns"), trace.of(id, "skew_ns"));
    // The trace begins with the consumer; the call a second later.
    assert_eq!(shown(5), (json!(0), json!(0)));
    assert_eq!(shown(1), (json!(1000 * ms), json!(0)));
    assert_eq!(shown(2), (json!(1020 * ms), json!(59_995 * ms)));
    assert_eq!(shown(3), (json!(1025 * ms), json!(59_995 * ms)));
    assert_eq!(shown(4), (json!(1035 * ms), json!(59_995 * ms)));
    assert_eq!(trace.0["problems"]["skewed"], json!(3));
    assert_eq!(trace.0["duration_ns"], json!(1100 * ms));
    assert_eq!(trace.of(1, "self_ns"), json!(40 * ms));
}

#[test]
fn whatever_is_wrong_with_parents_every_span_is_shown_once_and_told() {
    let lens = Lens::new();
    let at = |ms: u64| lens.start_ns + ms * MILLISECOND;
    let mut backwards = span(7, 9, 1, INTERNAL, at(50), 0);
    backwards.end_time_unix_nano = at(40);
    lens.send(
        "web",
        "h1",
        vec![
            span(7, 1, 0, SERVER, at(10), 90 * MILLISECOND),
            span(7, 2, 99, INTERNAL, at(0), 500 * MILLISECOND),
            span(7, 3, 5, INTERNAL, at(20), MILLISECOND),
            span(7, 4, 3, INTERNAL, at(21), MILLISECOND),
            span(7, 5, 4, INTERNAL, at(22), MILLISECOND),
            span(7, 6, 1, INTERNAL, at(30), MILLISECOND),
            span(7, 6, 1, INTERNAL, at(35), 2 * MILLISECOND),
            span(7, 7, 7, INTERNAL, at(60), MILLISECOND),
            backwards,
        ],
    );
    let trace = lens.trace(7);
    let problems = json!({"missing_parent": 1, "cycle": 2, "duplicate_id": 1,
        "negative_duration": 1, "skewed": 0});
    assert_eq!(trace.0["problems"], problems);
    assert_eq!(list(&trace.0["columns"]["span_id"]).len(), 9);
    assert_eq!((trace.of(2, "problem"), trace.parent(2)), (json!("missing_parent"), None));
    assert_eq!((trace.of(3, "problem"), trace.parent(3)), (json!("cycle"), None));
    assert_eq!((trace.parent(4), trace.parent(5)), (Some(3), Some(4)));
    assert_eq!((trace.of(7, "problem"), trace.parent(7)), (json!("cycle"), None));
    assert_eq!(
        (trace.of(9, "problem"), trace.of(9, "duration_ns")),
        (json!("negative_duration"), json!(0))
    );
    let row = trace.row(6);
    assert_eq!(trace.0["columns"]["problem"][row], Value::Null);
    assert_eq!(trace.0["columns"]["problem"][row + 1], json!("duplicate_id"));
    // The page asks for each of both by its start.
    for (ms, duration) in [(30, 1), (35, 2)] {
        let path = format!("/traces/{}/spans/{}?start_ns={}", trace_id(7), span_id(6), at(ms));
        assert_eq!(lens.owner.get(&path)["duration_ns"], json!(duration * MILLISECOND));
    }
    // A true root is the main one, although what lost its parent began earlier and took longer.
    assert_eq!(trace.0["main_root"], json!(trace.row(1)));
}

#[test]
fn a_trace_may_last_a_week() {
    let lens = Lens::new();
    let week_ns = 7 * 24 * 60 * MINUTE;
    let begin_ns = lens.start_ns - week_ns;
    lens.send(
        "batch",
        "h1",
        vec![
            span(7, 1, 0, INTERNAL, begin_ns, week_ns + MINUTE),
            span(7, 2, 1, INTERNAL, lens.start_ns, 20 * SECOND),
        ],
    );
    let trace = lens.trace(7);
    assert_eq!(trace.0["duration_ns"], json!(week_ns + MINUTE));
    assert_eq!(trace.of(2, "start_offset_ns"), json!(week_ns));
    assert_eq!(trace.of(1, "self_ns"), json!(week_ns + 40 * SECOND));
    lens.server.settle(120);
    let hit = &lens.about("search", "")["rows"][0];
    assert_eq!(hit["span_id"], json!(span_id(2)));
    assert_eq!(hit["trace"]["spans"], json!(2));
    assert_eq!(hit["trace"]["root_name"], json!("step 1"));
    assert_eq!(hit["trace"]["duration_ms"], json!(((week_ns + MINUTE) / MILLISECOND) as f64));
}

#[test]
fn of_a_huge_trace_the_first_spans_are_answered_and_it_says_so() {
    const SPANS: u64 = 120_000;
    let lens = Lens::new();
    let root = span(7, 1, 0, SERVER, lens.start_ns, 200 * SECOND);
    lens.send("web", "h1", vec![root]);
    for from in (2..=SPANS).step_by(20_000) {
        let ids = from..=(from + 19_999).min(SPANS);
        // Every span is a child of one of the hundred before it.
        let spans = ids.map(|id| {
            let parent = (id - 1 - (id * 7) % (id - 1).min(100)).max(1);
            span(7, id, parent, INTERNAL, lens.start_ns + id * MILLISECOND, MILLISECOND)
        });
        lens.send("web", "h1", spans.collect());
    }
    let trace = lens.trace(7);
    assert_eq!((&trace.0["truncated"], &trace.0["whole"]), (&json!(true), &json!(false)));
    assert_eq!(trace.0["total_spans"], json!(SPANS));
    let columns = trace.0["columns"].as_object().unwrap();
    for (name, column) in columns {
        assert_eq!(list(column).len(), 100_000, "{name}");
    }
    assert_eq!(list(&trace.0["details"]).len(), 0);
    assert_eq!(trace.0["columns"]["descendants"][0], json!(99_999));
    let last = list(&columns["start_offset_ns"]).iter().map(|it| it.as_u64().unwrap()).max();
    assert_eq!(last, Some(100_000 * MILLISECOND));
    assert_eq!(trace.0["problems"]["missing_parent"], json!(0));
    let size = trace.0.to_string().len();
    assert!(size < 12_000_000, "{size} bytes");
    // One of those that were left out can be asked for all the same.
    let path = format!("/traces/{}/spans/{}", trace_id(7), span_id(SPANS));
    assert_eq!(lens.owner.get(&path)["name"], json!(format!("step {SPANS}")));
    lens.server.settle(120);
    assert_eq!(lens.trace(7).0["critical_path"], trace.0["critical_path"]);
    assert_eq!(lens.trace(7).0["columns"], trace.0["columns"]);
    let hit = &lens.about("search", "only=root")["rows"][0];
    assert_eq!(hit["trace"]["spans"], json!(SPANS));
}

#[test]
fn long_names_leave_room_for_the_first_spans_only() {
    const SPANS: u64 = 60_000;
    let lens = Lens::new();
    let name = "주문을 처리하는 아주 긴 이름 ".repeat(20);
    for part in 1..=3 {
        // Whichever part is read first, it has none of the others' spans between its own.
        let ids = (part..=SPANS).step_by(3);
        let spans = ids.map(|id| {
            let parent = id / 2;
            let span = span(7, id, parent, INTERNAL, lens.start_ns + id * MILLISECOND, MILLISECOND);
            named(span, &name)
        });
        lens.send("web", "h1", spans.collect());
    }
    let trace = lens.trace(7);
    assert_eq!((&trace.0["truncated"], &trace.0["total_spans"]), (&json!(true), &json!(SPANS)));
    let starts = list(&trace.0["columns"]["start_offset_ns"]);
    assert!((10_000..SPANS as usize).contains(&starts.len()), "{}", starts.len());
    let last = starts.iter().map(|it| it.as_u64().unwrap()).max();
    assert_eq!(last, Some((starts.len() as u64 - 1) * MILLISECOND), "none between is left out");
    assert_eq!(trace.0["problems"]["missing_parent"], json!(0));
}
