use super::*;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, TimestampNanosecondType};
use hannun_model::batch::BatchBuilder;
use hannun_model::typed_json;
use hannun_model::value::{Value, write_text};
use proptest::prelude::*;

const START: i64 = 1_700_000_000_000_000_000;

/// A span as a test tells it.
#[derive(Clone, Default)]
struct Span {
    id: &'static str,
    parent: Option<&'static str>,
    service: &'static str,
    is_failed: bool,
    error_type: Option<&'static str>,
    status_message: Option<&'static str>,
    exceptions: Vec<Vec<(&'static str, String)>>,
    attributes: Vec<(&'static str, &'static str)>,
    trace_state: Option<&'static str>,
    client_of: Option<&'static str>,
}

fn span(id: &'static str, parent: Option<&'static str>, service: &'static str) -> Span {
    Span { id, parent, service, ..Span::default() }
}

impl Span {
    fn failed(self, error_type: &'static str) -> Span {
        Span { is_failed: true, error_type: Some(error_type), ..self }
    }

    fn threw(self, exception_type: &str, message: &str, stack: &str) -> Span {
        self.threw_with(vec![
            ("exception.type", exception_type.to_owned()),
            ("exception.message", message.to_owned()),
            ("exception.stacktrace", stack.to_owned()),
        ])
    }

    fn threw_with(mut self, attributes: Vec<(&'static str, String)>) -> Span {
        self.exceptions.push(attributes);
        self
    }
}

fn events(exceptions: &[Vec<(&'static str, String)>]) -> String {
    let event = |attributes: &Vec<(&'static str, String)>| {
        let attributes =
            attributes.iter().map(|(key, text)| ((*key).to_owned(), Value::Text(text.clone())));
        Value::Map(vec![
            ("time".to_owned(), Value::Int(START + 5)),
            ("name".to_owned(), Value::Text("exception".to_owned())),
            ("attributes".to_owned(), Value::Map(attributes.collect())),
        ])
    };
    let mut text = String::new();
    typed_json::write(&mut text, &Value::Array(exceptions.iter().map(event).collect()));
    text
}

fn batch(spans_told: &[Span]) -> RecordBatch {
    let mut builder = BatchBuilder::new(Table::Spans);
    for span in spans_told {
        builder.start_row();
        builder.set_text(spans::TRACE_ID, "t1");
        builder.set_int(spans::START_TIME, START);
        builder.set_text(spans::SPAN_ID, span.id);
        builder.set_text(spans::NAME, "GET /orders/5032");
        builder.set_text(spans::SERVICE_NAME, span.service);
        let mut set = |column, text: Option<&str>| {
            if let Some(text) = text {
                builder.set_text(column, text);
            }
        };
        set(spans::PARENT_SPAN_ID, span.parent);
        set(spans::STATUS_CODE, span.is_failed.then_some("error"));
        set(spans::STATUS_MESSAGE, span.status_message);
        set(spans::ERROR_TYPE, span.error_type);
        set(spans::TRACE_STATE, span.trace_state);
        set(spans::KIND, span.client_of.map(|_| "client"));
        set(spans::SERVER_ADDRESS, span.client_of);
        if !span.exceptions.is_empty() {
            builder.set_text(spans::EVENTS, &events(&span.exceptions));
        }
        for (key, text) in &span.attributes {
            builder.add_attribute(spans::ATTRIBUTES, key, |out| write_text(out, text));
        }
    }
    builder.finish().unwrap().records().clone()
}

/// Service, span, class and message of each error, sorted.
fn errors(spans_told: &[Span]) -> Vec<[String; 4]> {
    let Some(errors) = span_errors_of(&[batch(spans_told)]).unwrap() else { return Vec::new() };
    let mut rows: Vec<_> = (0..errors.num_rows())
        .map(|row| {
            ["service_name", "span_id", "error_type", "message"]
                .map(|column| text(&errors, column, row).unwrap_or_default())
        })
        .collect();
    rows.sort();
    rows
}

fn text(records: &RecordBatch, column: &str, row: usize) -> Option<String> {
    let array = records.column_by_name(column)?.as_string_view();
    array.is_valid(row).then(|| array.value(row).to_owned())
}

fn only(span: Span, column: &str) -> Option<String> {
    let errors = span_errors_of(&[batch(&[span])]).unwrap().unwrap();
    assert_eq!(errors.num_rows(), 1);
    text(&errors, column, 0)
}

fn row(service: &str, span: &str, class: &str, message: &str) -> [String; 4] {
    [service, span, class, message].map(str::to_owned)
}

#[test]
fn an_exception_that_bubbles_up_counts_once_where_it_is_told_deepest() {
    let told = errors(&[
        span("a", None, "order").failed("Boom").threw("Boom", "x", "Boom: x"),
        span("b", Some("a"), "order").failed("Boom"),
        span("c", Some("b"), "order").threw("Boom", "x", "Boom: x"),
    ]);
    assert_eq!(told, [row("order", "c", "Boom", "x")]);
}

#[test]
fn an_exception_that_names_another_as_its_cause_is_the_same() {
    let wrapped = "Wrapped: y\n\tat a.B.c(B.java:1)\nCaused by: Boom: x\n\tat a.C.d(C.java:2)";
    let told = errors(&[
        span("a", None, "order").failed("Wrapped").threw("Wrapped", "y", wrapped),
        span("b", Some("a"), "order").failed("Boom").threw("Boom", "x", "Boom: x"),
        span("c", None, "order").failed("Other").threw("Other", "z", wrapped),
    ]);
    assert_eq!(told, [row("order", "b", "Boom", "x"), row("order", "c", "Other", "z")]);
}

#[test]
fn every_service_of_a_trace_has_its_own_error() {
    let told = errors(&[
        span("a", None, "gateway").failed("Upstream").threw("Upstream", "502", ""),
        span("b", Some("a"), "gateway").failed("500"),
        span("c", Some("b"), "order").failed("Boom").threw("Boom", "x", ""),
    ]);
    assert_eq!(told, [row("gateway", "a", "Upstream", "502"), row("order", "c", "Boom", "x")]);
}

#[test]
fn a_failed_call_counts_when_nothing_else_of_its_service_tells_of_it() {
    let tried_again = [
        span("a", None, "order"),
        span("b", Some("a"), "order").failed("503"),
        span("c", Some("a"), "order"),
    ];
    assert_eq!(errors(&tried_again), [row("order", "b", "503", "")]);
    let without_exceptions =
        [span("a", None, "order").failed("500"), span("b", Some("a"), "order").failed("503")];
    assert_eq!(errors(&without_exceptions), [row("order", "b", "503", "")]);
}

#[test]
fn an_exception_on_a_span_that_did_not_fail_counts() {
    let told = errors(&[span("a", None, "order").threw("Handled", "x", "")]);
    assert_eq!(told, [row("order", "a", "Handled", "x")]);
    assert_eq!(errors(&[span("a", None, "order")]), Vec::<[String; 4]>::new());
}

#[test]
fn the_same_exception_counts_once_in_a_span() {
    let twice = span("a", None, "order").threw("Boom", "x", "1").threw("Boom", "x", "2");
    let told = errors(&[twice.threw("Boom", "y", "")]);
    assert_eq!(told, [row("order", "a", "Boom", "x"), row("order", "a", "Boom", "y")]);
}

#[test]
fn in_a_cycle_of_parents_one_error_is_left() {
    let boom = |span: Span| span.failed("Boom").threw("Boom", "x", "");
    let cycle = [boom(span("a", Some("b"), "s")), boom(span("b", Some("a"), "s"))];
    assert_eq!(errors(&cycle).len(), 1);
    let plain = [
        span("a", Some("c"), "s").failed("1"),
        span("b", Some("a"), "s").failed("1"),
        span("c", Some("b"), "s").failed("1"),
        span("d", Some("d"), "s").failed("1"),
    ];
    assert_eq!(errors(&plain).len(), 2);
}

#[test]
fn relatives_may_come_in_different_batches() {
    let above = batch(&[span("a", None, "order").failed("Boom").threw("Boom", "x", "")]);
    let below = batch(&[span("b", Some("a"), "order").failed("500")]);
    let told = span_errors_of(&[above, below]).unwrap().unwrap();
    assert_eq!(told.num_rows(), 1);
    assert_eq!(text(&told, "span_id", 0).as_deref(), Some("a"));
}

#[test]
fn a_row_tells_when_where_and_how_often() {
    let mut told = span("a", None, "order").failed("Boom").threw(
        "Boom",
        "order 5032 (x)",
        "Boom: order\n    at place (/app/src/orders.ts:1:2)",
    );
    told.trace_state = Some("ot=th:c");
    let errors = span_errors_of(&[batch(&[told])]).unwrap().unwrap();
    let time = errors.column_by_name("time").unwrap().as_primitive::<TimestampNanosecondType>();
    let count = errors.column_by_name("count").unwrap().as_primitive::<Float64Type>();
    assert_eq!((time.value(0), count.value(0)), (START + 5, 4.0));
    for (column, expected) in [
        ("message", "order 5032 (x)"),
        ("message_template", "order <number> (…)"),
        ("frame", "place (src/orders.ts)"),
        ("endpoint", "GET /orders/{id}"),
        ("trace_id", "t1"),
    ] {
        assert_eq!(text(&errors, column, 0).as_deref(), Some(expected), "{column}");
    }
}

#[test]
fn errors_do_not_spread_over_centuries() {
    const DAY: i64 = 86_400_000_000_000;
    let at = |event: i64, duration: i64| {
        let mut builder = BatchBuilder::new(Table::Spans);
        builder.start_row();
        builder.set_int(spans::START_TIME, START);
        builder.set_int(spans::DURATION, duration);
        builder.set_text(
            spans::EVENTS,
            &events(&[vec![]]).replace(&(START + 5).to_string(), &event.to_string()),
        );
        let errors = span_errors_of(&[builder.finish().unwrap().records().clone()]);
        let errors = errors.unwrap().unwrap();
        let time = errors.column_by_name("time").unwrap();
        time.as_primitive::<TimestampNanosecondType>().value(0)
    };
    assert_eq!(at(START + 6 * DAY, 7 * DAY), START + 6 * DAY);
    assert_eq!(at(START + 6 * DAY, DAY), START, "after the end of its span");
    for event in [START + 36_500 * DAY, START - 36_500 * DAY, 0, i64::MAX, i64::MIN] {
        assert_eq!(at(event, i64::MAX), START, "{event}");
    }
}

#[test]
fn a_sender_may_choose_the_fingerprint() {
    let of_span = |span: Span| Span { attributes: vec![("error.fingerprint", "mine")], ..span };
    let thrown = span("a", None, "order").threw("Boom", "x", "");
    assert_eq!(only(of_span(thrown.clone()), "fingerprint").unwrap(), "mine");
    let failed = span("a", None, "order").failed("500");
    assert_eq!(only(of_span(failed), "fingerprint").unwrap(), "mine");
    let of_event = vec![("error.fingerprint", "theirs".to_owned())];
    let both = of_span(span("a", None, "order").threw_with(of_event));
    assert_eq!(only(both, "fingerprint").unwrap(), "theirs");
    let long = vec![("error.fingerprint", "긴".repeat(500))];
    let hashed = only(span("a", None, "order").threw_with(long), "fingerprint").unwrap();
    assert!(hashed.len() == 16 && hashed.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hashed}");
    assert_eq!(only(thrown, "fingerprint").unwrap().len(), 16);
}

#[test]
fn an_exception_may_stand_in_the_attributes_of_a_failed_span() {
    let mut told = span("a", None, "order").failed("Boom");
    told.attributes = vec![
        ("error.stack", "shop.Boom: order 7\n\tat com.shop.A.b(A.java:1)"),
        ("error.message", "order 7"),
    ];
    assert_eq!(only(told.clone(), "error_type").unwrap(), "shop.Boom");
    assert_eq!(only(told, "frame").unwrap(), "com.shop.A.b");
}

#[test]
fn a_failed_span_is_known_by_what_it_did_and_to_whom() {
    let call = |peer, service| {
        let mut call = span("a", None, service).failed("503");
        call.client_of = Some(peer);
        only(call, "fingerprint").unwrap()
    };
    assert_eq!(call("payment", "order"), call("payment", "gateway"));
    assert_ne!(call("payment", "order"), call("registry", "order"));
    assert_eq!(call("10.0.0.1", "order"), call("10.0.0.2", "order"));
    let nameless = Span { is_failed: true, ..span("a", None, "order") };
    assert_eq!(only(nameless, "error_type").unwrap(), "error");
}

#[test]
fn a_stack_tells_the_class_that_the_event_does_not() {
    let stack = vec![("exception.stacktrace", "ValueError: bad\n  at x".to_owned())];
    let told = errors(&[span("a", None, "order").threw_with(stack)]);
    assert_eq!(told, [row("order", "a", "ValueError", "bad")]);
}

#[test]
fn events_that_cannot_be_read_leave_the_failed_span() {
    for events in ["[{\"exception\"", "{\"exception\":1}", "[\"exception\",[1]]"] {
        let mut builder = BatchBuilder::new(Table::Spans);
        builder.start_row();
        builder.set_int(spans::START_TIME, START);
        builder.set_text(spans::STATUS_CODE, "error");
        builder.set_text(spans::EVENTS, events);
        let records = builder.finish().unwrap().records().clone();
        let told = span_errors_of(&[records]).unwrap().unwrap();
        assert_eq!(told.num_rows(), 1, "{events}");
    }
}

#[test]
fn a_chain_of_failures_that_never_ends_takes_bounded_time() {
    let ids: Vec<&'static str> =
        (0..20_000).map(|id| &*Box::leak(format!("{id:016x}").into_boxed_str())).collect();
    let stack = "at x\n".repeat(200);
    let chain: Vec<Span> = (0..ids.len())
        .map(|at| {
            let message = format!("message {at}");
            span(ids[at], (at > 0).then(|| ids[at - 1]), "s").threw("Boom", &message, &stack)
        })
        .collect();
    let began = std::time::Instant::now();
    assert_eq!(errors(&chain).len(), ids.len());
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn many_exceptions_on_every_span_of_a_chain_take_bounded_time() {
    let ids: Vec<&'static str> =
        (0..600).map(|id| &*Box::leak(format!("{id:016x}").into_boxed_str())).collect();
    let span_of = |at: usize| {
        let empty = span(ids[at], (at > 0).then(|| ids[at - 1]), "s");
        let exceptions = 0..hannun_model::limits::SPAN_EXCEPTIONS_MAX;
        exceptions.fold(empty, |span, number| {
            let message = format!("message {at} {number}");
            span.threw_with(vec![
                ("exception.type", "Boom".to_owned()),
                ("exception.message", message),
            ])
        })
    };
    let chain: Vec<Span> = (0..ids.len()).map(span_of).collect();
    let began = std::time::Instant::now();
    assert_eq!(errors(&chain).len(), ids.len() * hannun_model::limits::SPAN_EXCEPTIONS_MAX);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn a_class_without_end_is_read_in_linear_time() {
    let began = std::time::Instant::now();
    for piece in ["$Proxy1", "$1", "$$a.", "a$$", "_closure9"] {
        let class = piece.repeat(1024 * 1024 / piece.len());
        let told = fingerprint::error_type(&class);
        assert!(told.chars().count() <= hannun_model::limits::ERROR_TYPE_CHARACTERS_MAX + 1);
    }
    assert!(began.elapsed().as_secs() < 2, "{:?}", began.elapsed());
}

#[test]
fn class_and_place_are_parts_of_a_fingerprint() {
    let of = |class: &str, function: &str| {
        let stack = format!("{class}: x\n    at {function} (/app/src/orders.ts:1:2)");
        only(span("a", None, "order").threw(class, "x", &stack), "fingerprint").unwrap()
    };
    assert_eq!(of("Boom", "place"), of("Boom", "place"));
    assert_ne!(of("Boom", "place"), of("Boom", "cancel"));
    assert_ne!(of("Boom", "place"), of("Bang", "place"));
}

fn fingerprint(message: &str, line: u32) -> String {
    let stack = format!("Boom: {message}\n    at place (/app/src/orders.ts:{line}:2)");
    only(span("a", None, "order").threw("Boom", message, &stack), "fingerprint").unwrap()
}

proptest! {
    #[test]
    fn numbers_quotes_and_lines_do_not_change_a_fingerprint(
        number in any::<u64>(),
        quoted in "[가-힣a-z0-9 ().]{0,20}",
        line in 1_u32..100_000,
    ) {
        let message = |number: u64, quoted: &str| format!("주문 {number}번: '{quoted}' of \"{quoted}\"");
        prop_assert_eq!(
            fingerprint(&message(number, &quoted), line),
            fingerprint(&message(5032, "치킨"), 12)
        );
        prop_assert_ne!(fingerprint("다른 오류", line), fingerprint(&message(number, &quoted), line));
    }
}
