//! What lines are read as.

use super::super::event::Event;
use super::super::parse::{Kind, Malformed, Message, Metric, Origin, lines, parse, tags};
use super::super::service_check::CheckStatus;
use hannun_model::limits::{DOGSTATSD_NAME_BYTES_MAX, DOGSTATSD_TAGS_MAX};
use proptest::prelude::*;

fn metric(line: &str) -> Metric<'_> {
    match parse(line.as_bytes()) {
        Ok(Message::Metric(metric)) => metric,
        other => panic!("{line} is {other:?}"),
    }
}

fn event(line: &str) -> Event<'_> {
    match parse(line.as_bytes()) {
        Ok(Message::Event(event)) => event,
        other => panic!("{line} is {other:?}"),
    }
}

fn values(line: &str) -> Vec<f64> {
    metric(line).values().collect()
}

#[test]
fn a_metric_with_every_field_is_read_in_place() {
    let line = "page.views:1:2.5:-3e2|d|@0.25|#env:prod,canary|c:ci-1,in-2|e:cn-web|card:low|T1700";
    let metric = metric(line);
    assert_eq!((metric.name, metric.kind), (&b"page.views"[..], Kind::Distribution));
    assert_eq!(metric.values().collect::<Vec<_>>(), [1.0, 2.5, -300.0]);
    assert_eq!((metric.rate, metric.timestamp), (0.25, Some(1700)));
    assert_eq!(tags(metric.tags).collect::<Vec<_>>(), [&b"env:prod"[..], b"canary"]);
    let origin = Origin { local_data: b"ci-1,in-2", external_data: b"cn-web" };
    assert_eq!(metric.origin, origin);
}

#[test]
fn fields_come_in_any_order_and_unknown_ones_are_passed_over() {
    let metric = metric("n:1|c|T5|x:new|#a|@0.5|");
    assert_eq!((metric.rate, metric.timestamp, metric.tags), (0.5, Some(5), &b"a"[..]));
}

#[test]
fn every_type_is_known() {
    let kinds = [
        ("c", Kind::Count),
        ("g", Kind::Gauge),
        ("s", Kind::Set),
        ("ms", Kind::Timing),
        ("h", Kind::Histogram),
        ("d", Kind::Distribution),
    ];
    for (letters, kind) in kinds {
        assert_eq!(metric(&format!("n:1|{letters}")).kind, kind);
    }
}

#[test]
fn numbers_are_read_as_senders_write_them() {
    for (text, number) in [
        ("0", 0.0),
        ("+5", 5.0),
        ("-7", -7.0),
        ("0.30000000000000004", 0.1 + 0.2),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("999999999999999", 999_999_999_999_999.0),
        ("18446744073709551616", 18_446_744_073_709_551_616.0),
    ] {
        assert_eq!(values(&format!("n:{text}|g")), [number], "{text}");
    }
    assert_eq!(values("n:21::22:|c"), [21.0, 22.0]);
    assert_eq!(values("n::21|c"), [21.0]);
    assert_eq!(metric("n:a:b|s").raw_values, b"a:b");
    assert_eq!(values("n:a:b|s"), [0.0; 0]);
}

#[test]
fn what_is_wrong_with_a_line_is_told() {
    let long = format!("{}:1|c", "n".repeat(DOGSTATSD_NAME_BYTES_MAX + 1));
    let many = format!("n:1|c|#{}", "t,".repeat(DOGSTATSD_TAGS_MAX));
    for (line, reason) in [
        ("gibberish", Malformed::Format),
        ("n|c", Malformed::Format),
        ("n:1", Malformed::Format),
        (":1|c", Malformed::Name),
        (long.as_str(), Malformed::Name),
        ("n:|c", Malformed::Value),
        ("n::::|c", Malformed::Value),
        ("n:|s", Malformed::Value),
        ("n:x|c", Malformed::Value),
        ("n:1:x|c", Malformed::Value),
        ("n:NaN|g", Malformed::Value),
        ("n:inf|g", Malformed::Value),
        ("n:1e400|g", Malformed::Value),
        ("n:1|", Malformed::Type),
        ("n:1|q", Malformed::Type),
        ("n:1|c|@0", Malformed::Rate),
        ("n:1|c|@-1", Malformed::Rate),
        ("n:1|c|@1.5", Malformed::Rate),
        ("n:1|c|@1e-300", Malformed::Rate),
        ("n:1|c|@", Malformed::Rate),
        ("n:1|c|T0", Malformed::Timestamp),
        ("n:1|c|T1.5", Malformed::Timestamp),
        (many.as_str(), Malformed::Tags),
        ("_e{5,4}:title|tex", Malformed::Event),
        ("_e{0,4}:|text", Malformed::Event),
        ("_e{5,4}:titletext|", Malformed::Event),
        ("_e{-1,4}:title|text", Malformed::Event),
        ("_e{99999999999999999999,4}:title|text", Malformed::Event),
        ("_e{5,4}:title|textual", Malformed::Event),
        ("_e{5,4", Malformed::Event),
        ("_sc|name", Malformed::ServiceCheck),
        ("_sc||0", Malformed::ServiceCheck),
        ("_sc|name|4", Malformed::ServiceCheck),
        ("_sc|name|-1", Malformed::ServiceCheck),
    ] {
        assert_eq!(parse(line.as_bytes()), Err(reason), "{line}");
    }
}

#[test]
fn an_event_is_cut_by_the_lengths_it_states() {
    let line = "_e{5,11}:a|b:c|text|with|x|d:17|h:web-1|k:key|p:low|s:nginx|t:error|#a:1,b|c:ci-9";
    let event = event(line);
    assert_eq!((event.title, event.text), (&b"a|b:c"[..], &b"text|with|x"[..]));
    assert_eq!((event.timestamp, event.host), (Some(17), &b"web-1"[..]));
    assert_eq!((event.aggregation_key, event.priority), (&b"key"[..], &b"low"[..]));
    assert_eq!((event.source_type, event.alert_type), (&b"nginx"[..], &b"error"[..]));
    assert_eq!((event.tags, event.origin.local_data), (&b"a:1,b"[..], &b"ci-9"[..]));
    assert_eq!(super::super::event::body("a", "b\\nc"), "a\nb\nc");
}

#[test]
fn an_event_is_read_whose_client_counts_characters_of_javascript() {
    let event = event("_e{5,5}:배포 😀|v2|올림|t:info");
    assert_eq!((event.title, event.text), ("배포 😀".as_bytes(), "v2|올림".as_bytes()));
    assert_eq!(event.alert_type, b"info");
}

#[test]
fn an_event_without_text_is_one() {
    assert_eq!(event("_e{2,0}:hi|").text, b"");
}

#[test]
fn a_check_has_its_status_and_its_message() {
    let line = b"_sc|db.can_connect|2|d:17|h:web-1|#a:1|m:no answer|c:ci-9|card:low";
    let Ok(Message::ServiceCheck(check)) = parse(line) else { panic!() };
    assert_eq!((check.name, check.status), (&b"db.can_connect"[..], CheckStatus::Critical));
    assert_eq!((check.timestamp, check.host), (Some(17), &b"web-1"[..]));
    assert_eq!((check.message, check.tags), (&b"no answer"[..], &b"a:1"[..]));
    assert_eq!(check.origin.local_data, b"ci-9");
    let Ok(Message::ServiceCheck(check)) = parse(b"_sc|up|1|m:slow || but up|c:ci-9") else {
        panic!()
    };
    assert_eq!((check.message, check.origin.local_data), (&b"slow || but up"[..], &b"ci-9"[..]));
    let Ok(Message::ServiceCheck(check)) = parse(b"_sc|up|0") else { panic!() };
    assert_eq!((check.status, check.message), (CheckStatus::Ok, &b""[..]));
}

#[test]
fn lines_of_a_datagram_end_with_or_without_a_carriage_return() {
    let found: Vec<&[u8]> = lines(b"a:1|c\r\n\nb:1|c\n").collect();
    assert_eq!(found, [b"a:1|c", b"b:1|c"]);
}

/// A line made of what lines are made of.
fn any_line() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(&b"n:1|c"[..]),
        Just(&b"_e{2,1}:ab|c"[..]),
        Just(&b"_sc|x|0"[..]),
        Just(&b"|"[..]),
        Just(&b":"[..]),
        Just(&b"|#"[..]),
        Just(&b"|@"[..]),
        Just(&b"|T"[..]),
        Just(&b"{9,"[..]),
        Just(&b"0.5"[..]),
        Just(&b"\xff\x00"[..]),
        Just("é".as_bytes()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_line_makes_the_parser_panic(line in any_line(), noise in prop::collection::vec(any::<u8>(), 0..80)) {
        for bytes in [&line, &noise] {
            if let Ok(Message::Metric(metric)) = parse(bytes) {
                prop_assert!(metric.values().all(f64::is_finite));
                prop_assert!(metric.rate > 0.0 && metric.rate <= 1.0);
            }
        }
    }

    #[test]
    fn what_a_client_writes_is_what_is_read(
        name in "[a-z][a-z._]{0,20}",
        numbers in prop::collection::vec(-1e12..1e12_f64, 1..5),
        kind in prop::sample::select(vec!["c", "g", "ms", "h", "d"]),
        rate in 0.001..=1.0_f64,
        tag_list in prop::collection::vec("[a-z]{1,5}:[a-zA-Z0-9:/ -]{0,8}[a-z]", 0..6),
        container in prop::option::of("ci-[0-9a-f]{8}"),
        timestamp in prop::option::of(1_i64..4_000_000_000),
    ) {
        let texts: Vec<String> = numbers.iter().map(f64::to_string).collect();
        let mut line = format!("{name}:{}|{kind}|@{rate}", texts.join(":"));
        if !tag_list.is_empty() {
            line += &format!("|#{}", tag_list.join(","));
        }
        if let Some(id) = &container {
            line += &format!("|c:{id}");
        }
        if let Some(seconds) = timestamp {
            line += &format!("|T{seconds}");
        }
        let read = metric(&line);
        prop_assert_eq!(read.name, name.as_bytes());
        prop_assert_eq!(read.values().collect::<Vec<_>>(), numbers);
        prop_assert_eq!((read.rate, read.timestamp), (rate, timestamp));
        let read_tags: Vec<&[u8]> = tags(read.tags).collect();
        let sent: Vec<&[u8]> = tag_list.iter().map(String::as_bytes).collect();
        prop_assert_eq!(read_tags, sent);
        let container = container.unwrap_or_default();
        prop_assert_eq!(read.origin.local_data, container.as_bytes());
    }

    #[test]
    fn title_and_text_of_an_event_may_hold_anything_but_line_breaks(
        title in "[^\n\r]{1,30}",
        text in "[^\n\r]{0,60}",
    ) {
        let line = format!("_e{{{},{}}}:{title}|{text}|t:success", title.len(), text.len());
        let read = event(&line);
        prop_assert_eq!((read.title, read.text), (title.as_bytes(), text.as_bytes()));
        prop_assert_eq!(read.alert_type, b"success");
    }
}
