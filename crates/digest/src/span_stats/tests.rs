use super::*;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};

/// Sets the columns of one span.
type Fill<'a> = &'a dyn Fn(&mut BatchBuilder);

fn batch(rows: &[Fill<'_>]) -> RecordBatch {
    let mut builder = BatchBuilder::new(Table::Spans);
    for fill in rows {
        builder.start_row();
        fill(&mut builder);
        if !builder.is_set(spans::START_TIME) {
            builder.set_int(spans::START_TIME, 90 * 1_000_000_000);
        }
        if !builder.is_set(spans::DURATION) {
            builder.set_int(spans::DURATION, 1_000_000);
        }
    }
    builder.finish().unwrap().records().clone()
}

fn texts(builder: &mut BatchBuilder, values: &[(usize, &str)]) {
    for (column, value) in values {
        builder.set_text(*column, value);
    }
}

/// `service endpoint kind → peer, callee, caller: spans count` of each row, sorted.
fn told(batches: &[RecordBatch]) -> Vec<String> {
    let stats = span_stats_of(batches).unwrap().unwrap();
    let text = |name: &str, row: usize| {
        let array = stats.column_by_name(name).map(|it| it.as_string_view());
        array.filter(|it| it.is_valid(row)).map_or("-", |it| it.value(row)).to_owned()
    };
    let mut rows: Vec<String> = (0..stats.num_rows())
        .map(|row| {
            let names = ["service_name", "endpoint", "kind", "peer_kind", "peer_name"];
            let mut words: Vec<String> = names.iter().map(|name| text(name, row)).collect();
            words.push(format!("callee={}", text("callee_service_name", row)));
            words.push(format!("caller={}", text("caller_service_name", row)));
            let spans = stats.column_by_name("spans").unwrap().as_primitive::<Int64Type>();
            let count = stats.column_by_name("count").unwrap().as_primitive::<Float64Type>();
            words.push(format!("{}/{}", spans.value(row), count.value(row)));
            words.join(" ")
        })
        .collect();
    rows.sort();
    rows
}

#[test]
fn a_call_knows_who_answered_it() {
    let client = |builder: &mut BatchBuilder| {
        let id = [(spans::TRACE_ID, "t"), (spans::SPAN_ID, "c"), (spans::PARENT_SPAN_ID, "r")];
        texts(builder, &id);
        texts(builder, &[(spans::SERVICE_NAME, "gateway"), (spans::KIND, "client")]);
        texts(builder, &[(spans::NAME, "GET"), (spans::SERVER_ADDRESS, "10.0.0.7")]);
    };
    let server = |builder: &mut BatchBuilder| {
        let id = [(spans::TRACE_ID, "t"), (spans::SPAN_ID, "s"), (spans::PARENT_SPAN_ID, "c")];
        texts(builder, &id);
        texts(builder, &[(spans::SERVICE_NAME, "order"), (spans::KIND, "server")]);
        texts(builder, &[(spans::NAME, "GET /orders/17")]);
    };
    let both = [
        "gateway GET client external 10.0.0.7 callee=order caller=- 1/1",
        "order GET /orders/{id} server - - callee=- caller=- 1/1",
    ];
    assert_eq!(told(&[batch(&[&server]), batch(&[&client])]), both);
    let alone = "gateway GET client external 10.0.0.7 callee=- caller=- 1/1";
    assert_eq!(told(&[batch(&[&client])]), [alone]);
}

#[test]
fn a_queue_stands_between_producer_and_consumer() {
    let message = |kind: &'static str, service: &'static str, span: &'static str| {
        move |builder: &mut BatchBuilder| {
            texts(builder, &[(spans::TRACE_ID, "t"), (spans::SPAN_ID, span)]);
            texts(builder, &[(spans::SERVICE_NAME, service), (spans::KIND, kind)]);
            texts(builder, &[(spans::NAME, "orders"), (spans::MESSAGING_SYSTEM, "kafka")]);
            builder.set_text(spans::MESSAGING_DESTINATION_NAME, "orders");
            if kind == "consumer" {
                builder.set_text(spans::PARENT_SPAN_ID, "p");
            }
        }
    };
    let producer = message("producer", "order", "p");
    let consumer = message("consumer", "dispatch", "c");
    assert_eq!(
        told(&[batch(&[&producer, &consumer])]),
        [
            "dispatch orders consumer queue orders callee=- caller=- 1/1",
            "order orders producer queue orders callee=- caller=- 1/1",
        ]
    );
}

#[test]
fn a_consumer_without_a_queue_is_called_by_what_it_is_linked_to() {
    let internal = |builder: &mut BatchBuilder| {
        texts(builder, &[(spans::TRACE_ID, "t"), (spans::SPAN_ID, "p")]);
        texts(builder, &[(spans::SERVICE_NAME, "order"), (spans::NAME, "relay")]);
    };
    let consumer = |builder: &mut BatchBuilder| {
        texts(builder, &[(spans::TRACE_ID, "u"), (spans::SPAN_ID, "c")]);
        texts(builder, &[(spans::SERVICE_NAME, "dispatch"), (spans::KIND, "consumer")]);
        texts(builder, &[(spans::NAME, "work")]);
        builder.set_text(spans::LINKS, r#"[{"trace_id":"t","span_id":"p"}]"#);
    };
    assert_eq!(
        told(&[batch(&[&internal, &consumer])])[0],
        "dispatch work consumer - - callee=- caller=order 1/1"
    );
}

#[test]
fn a_link_tells_the_caller_of_a_span_within_its_own_service() {
    let sender = |builder: &mut BatchBuilder| {
        texts(builder, &[(spans::TRACE_ID, "t"), (spans::SPAN_ID, "p")]);
        texts(builder, &[(spans::SERVICE_NAME, "order"), (spans::NAME, "relay")]);
    };
    let receive = |builder: &mut BatchBuilder| {
        texts(builder, &[(spans::TRACE_ID, "u"), (spans::SPAN_ID, "r")]);
        texts(builder, &[(spans::SERVICE_NAME, "dispatch"), (spans::NAME, "receive")]);
    };
    let consumer = |builder: &mut BatchBuilder| {
        texts(builder, &[(spans::TRACE_ID, "u"), (spans::SPAN_ID, "c")]);
        texts(builder, &[(spans::SERVICE_NAME, "dispatch"), (spans::KIND, "consumer")]);
        texts(builder, &[(spans::NAME, "work"), (spans::PARENT_SPAN_ID, "r")]);
        builder.set_text(spans::LINKS, r#"[{"trace_id":"t","span_id":"p"}]"#);
    };
    let told = told(&[batch(&[&sender, &receive, &consumer])]);
    assert!(told.contains(&"dispatch work consumer - - callee=- caller=order 1/1".to_owned()));
}

/// A producer that names no queue, and a child of this kind.
fn sent_to(kind: &'static str) -> RecordBatch {
    let producer = |builder: &mut BatchBuilder| {
        texts(builder, &[(spans::TRACE_ID, "t"), (spans::SPAN_ID, "p")]);
        texts(builder, &[(spans::SERVICE_NAME, "order"), (spans::KIND, "producer")]);
        texts(builder, &[(spans::NAME, "hook")]);
    };
    let child = move |builder: &mut BatchBuilder| {
        texts(builder, &[(spans::TRACE_ID, "t"), (spans::SPAN_ID, "s")]);
        texts(builder, &[(spans::SERVICE_NAME, "mail"), (spans::KIND, kind)]);
        texts(builder, &[(spans::NAME, "receive"), (spans::PARENT_SPAN_ID, "p")]);
    };
    batch(&[&producer, &child])
}

#[test]
fn a_call_is_told_by_one_side() {
    for kind in ["server", "consumer"] {
        let child = format!("mail receive {kind} - - callee=- caller=- 1/1");
        let producer = "order hook producer - - callee=mail caller=- 1/1".to_owned();
        assert_eq!(told(&[sent_to(kind)]), [child, producer]);
    }
}

#[test]
fn links_of_any_size_and_shape_are_read_to_the_first() {
    let link = r#"{"trace_id":"t","span_id":"p"}"#;
    let many = format!("[{}]", vec![link; 100_000].join(","));
    let broken = format!("[{link}");
    let cases =
        [(many.as_str(), "order"), (&broken, "order"), ("[]", "-"), ("[1]", "-"), ("", "-")];
    for (links, caller) in cases {
        let internal = |builder: &mut BatchBuilder| {
            texts(builder, &[(spans::TRACE_ID, "t"), (spans::SPAN_ID, "p")]);
            texts(builder, &[(spans::SERVICE_NAME, "order"), (spans::NAME, "relay")]);
        };
        let consumer = |builder: &mut BatchBuilder| {
            texts(builder, &[(spans::TRACE_ID, "u"), (spans::SPAN_ID, "c")]);
            texts(builder, &[(spans::SERVICE_NAME, "dispatch"), (spans::KIND, "consumer")]);
            texts(builder, &[(spans::NAME, "work"), (spans::LINKS, links)]);
        };
        let expected = format!("dispatch work consumer - - callee=- caller={caller} 1/1");
        assert_eq!(told(&[batch(&[&internal, &consumer])])[0], expected);
    }
}

#[test]
fn times_and_durations_at_the_ends_of_time_are_counted() {
    let ends = [(i64::MIN, i64::MIN), (i64::MIN + 1, i64::MAX), (i64::MAX, i64::MAX)];
    for (time, duration) in ends {
        let span = |builder: &mut BatchBuilder| {
            texts(builder, &[(spans::SERVICE_NAME, "a"), (spans::KIND, "server")]);
            builder.set_int(spans::START_TIME, time);
            builder.set_int(spans::DURATION, duration);
        };
        assert_eq!(told(&[batch(&[&span, &span])]), ["a  server - - callee=- caller=- 2/2"]);
    }
}

#[test]
fn sampled_spans_count_for_what_they_stand_for() {
    let sampled = |builder: &mut BatchBuilder| {
        texts(builder, &[(spans::SERVICE_NAME, "a"), (spans::TRACE_STATE, "ot=th:8")]);
    };
    let whole = |builder: &mut BatchBuilder| builder.set_text(spans::SERVICE_NAME, "a");
    assert_eq!(
        told(&[batch(&[&sampled, &whole])]),
        ["a  - - - callee=- caller=- 2/3"],
        "one that stands for two, and one for itself"
    );
}

#[test]
fn a_span_that_its_client_counted_counts_nothing_and_is_stored_all_the_same() {
    let span = |count: Option<f64>| {
        move |builder: &mut BatchBuilder| {
            texts(builder, &[(spans::SERVICE_NAME, "a"), (spans::TRACE_STATE, "ot=th:8")]);
            if let Some(count) = count {
                builder.set_float(spans::ADJUSTED_COUNT, count);
            }
        }
    };
    let rows = [span(Some(0.0)), span(Some(5.0)), span(None)];
    let rows: Vec<Fill<'_>> = rows.iter().map(|it| it as Fill<'_>).collect();
    assert_eq!(told(&[batch(&rows)]), ["a  - - - callee=- caller=- 3/7"]);
    let zero = span(Some(0.0));
    let stats = span_stats_of(&[batch(&[&zero])]).unwrap().unwrap();
    let histogram = stats.column_by_name("histogram").unwrap().as_list::<i32>();
    assert_eq!(histogram.value_length(0), 0);
}

#[test]
fn endpoints_without_end_are_counted_as_others() {
    let mut builder = BatchBuilder::new(Table::Spans);
    for number in 0..3000 {
        let digits = format!("{number:04}");
        let letters: String = digits.bytes().map(|it| char::from(it - b'0' + b'a')).collect();
        builder.start_row();
        builder.set_int(spans::START_TIME, 0);
        texts(&mut builder, &[(spans::SERVICE_NAME, "a"), (spans::NAME, &letters)]);
    }
    let told = told(&[builder.finish().unwrap().records().clone()]);
    let kept = hannun_model::limits::ENDPOINTS_PER_SERVICE_MAX;
    assert_eq!(told.len(), kept + 1);
    let others = format!("a (other) - - - callee=- caller=- {0}/{0}", 3000 - kept);
    assert!(told.contains(&others), "{others}");
}

#[test]
fn minutes_and_failures_are_apart_and_durations_add_up() {
    let span = |seconds: i64, milliseconds: i64, failed: bool| {
        move |builder: &mut BatchBuilder| {
            builder.set_text(spans::SERVICE_NAME, "a");
            builder.set_int(spans::START_TIME, seconds * 1_000_000_000);
            builder.set_int(spans::DURATION, milliseconds * 1_000_000);
            if failed {
                builder.set_text(spans::STATUS_CODE, "error");
            }
        }
    };
    let rows = [span(59, 10, false), span(60, 20, false), span(119, 30, false), span(60, 5, true)];
    let rows: Vec<Fill<'_>> = rows.iter().map(|it| it as Fill<'_>).collect();
    let stats = span_stats_of(&[batch(&rows)]).unwrap().unwrap();
    assert_eq!(stats.num_rows(), 3);
    let sums = stats.column_by_name("duration_sum").unwrap().as_primitive::<Float64Type>();
    let most = stats.column_by_name("duration_max").unwrap().as_primitive::<Int64Type>();
    let mut told: Vec<(i64, i64)> = (0..3)
        .map(|row| (sums.value(row) as i64 / 1_000_000, most.value(row) / 1_000_000))
        .collect();
    told.sort_unstable();
    assert_eq!(told, [(5, 5), (10, 10), (50, 30)]);
}
