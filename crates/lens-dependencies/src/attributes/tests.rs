//! What is suggested, where values come from, and how ids are put in order.

use super::*;
use serde_json::json;

fn values(pairs: &[(&str, &str)]) -> Values {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn call(span_id: &str) -> CallRow {
    CallRow {
        trace_id: Some("t".to_owned()),
        span_id: Some(span_id.to_owned()),
        service: "dispatch".to_owned(),
        start_ns: 7_200_000_000_000,
        ..CallRow::default()
    }
}

fn relatives(rows: &[Value]) -> Relatives {
    let mut relatives = Relatives::default();
    for row in rows {
        relatives.add(row.as_object().unwrap().clone(), &Read::AllAttributes);
    }
    relatives
}

#[test]
fn values_come_from_the_call_then_its_ancestors_then_the_first_span() {
    let relatives = relatives(&[
        json!({"trace_id": "t", "span_id": "root", "service": "gateway",
            "attributes": {"customer": "c-1", "who": "root"}}),
        json!({"trace_id": "t", "span_id": "order", "parent_span_id": "root", "service": "order",
            "attributes": {"hidden": "in another service"}}),
        json!({"trace_id": "t", "span_id": "entry", "parent_span_id": "order",
            "service": "dispatch", "attributes": {"order.no": 5032, "who": "entry", "paid": true}}),
        json!({"trace_id": "t", "span_id": "call", "parent_span_id": "entry", "service": "dispatch",
            "attributes": {"who": "call", "list": [1]}, "user_id": "u-9"}),
    ]);
    let expected = values(&[
        ("customer", "c-1"),
        ("order.no", "5032"),
        ("paid", "true"),
        ("user.id", "u-9"),
        ("who", "call"),
    ]);
    assert_eq!(relatives.values(&call("call")), expected);
    assert_eq!(relatives.values(&CallRow::default()), Values::new());
}

#[test]
fn the_first_span_of_a_trace_is_the_root_that_began_first_in_whatever_order_they_come() {
    let root = |id: &str, start_ns: i64| {
        json!({"trace_id": "t", "span_id": id, "service": "gateway", "start_ns": start_ns,
            "attributes": {"who": id}})
    };
    for rows in [[root("late", 9), root("first", 5)], [root("first", 5), root("late", 9)]] {
        assert_eq!(relatives(&rows).values(&call("call")), values(&[("who", "first")]));
    }
}

#[test]
fn spans_that_are_their_own_ancestors_end() {
    let relatives = relatives(&[
        json!({"trace_id": "t", "span_id": "a", "parent_span_id": "b", "service": "dispatch",
            "attributes": {"x": "1"}}),
        json!({"trace_id": "t", "span_id": "b", "parent_span_id": "a", "service": "dispatch",
            "attributes": {"y": "2"}}),
    ]);
    assert_eq!(relatives.values(&call("a")), values(&[("x", "1"), ("y", "2")]));
}

#[test]
fn ids_of_the_business_are_suggested_before_what_instrumentation_sets() {
    let call = |n: u32| {
        let number = n.to_string();
        let mut call = values(&[
            ("http.request.id", &number),
            ("shop.order.number", &number),
            ("region", if n.is_multiple_of(2) { "kr" } else { "jp" }),
            ("customerRef", if n < 2 { "a" } else { "b" }),
            ("always.id", "same"),
        ]);
        if n > 0 {
            call.insert("invoice_no".to_owned(), number);
        }
        call
    };
    let found = candidates((0..10).map(call));
    let keys: Vec<_> = found.iter().map(|it| it.key.as_str()).collect();
    let expected = ["shop.order.number", "customerRef", "invoice_no", "http.request.id", "region"];
    assert_eq!(keys, expected);
    assert_eq!((found[0].share_percent, found[0].distinct), (100.0, 10));
    assert_eq!((found[2].share_percent, found[2].distinct), (90.0, 9));
    assert_eq!(found[0].example, "0");
    assert_eq!(chosen_by_itself(&found).as_deref(), Some("shop.order.number"));
    assert_eq!(chosen_by_itself(&found[3..]), None);
}

#[test]
fn words_are_told_by_signs_and_capitals() {
    let all = |key| words(key).collect::<Vec<_>>().join(" ");
    assert_eq!(all("shop.orderNumber"), "shop order number");
    assert_eq!(all("ORDER_ID"), "order id");
    assert_eq!(all("주문.no"), "주문 no");
    let all = ["orderNo", "order", "attempt.id", "node", "db.user.id"].map(likelihood);
    assert_eq!(all, [3, 2, 1, 0, 0]);
}

#[test]
fn ids_are_in_the_order_of_numbers_when_they_are_numbers() {
    let keys = ["order".to_owned(), "name".to_owned(), "none".to_owned()];
    let all = [
        values(&[("order", "10"), ("name", "10")]),
        values(&[("order", "9"), ("name", "b")]),
        values(&[("order", "9"), ("name", "a")]),
    ];
    let found = ids(&keys, &all);
    assert_eq!(
        (found[0].smallest.as_deref(), found[0].largest.as_deref()),
        (Some("9"), Some("10"))
    );
    assert_eq!(found[0].values, ["9", "10"]);
    assert_eq!((found[1].distinct, found[1].smallest.as_deref()), (3, Some("10")));
    assert_eq!((found[2].distinct, &found[2].smallest), (0, &None));
}

#[test]
fn statements_keep_names_inside_their_literals() {
    let call = call("it's");
    let keys = ["order'no".to_owned(), "user.id".to_owned()];
    insta::assert_snapshot!(relatives_sql(&[&call], &["t'"], &Read::Keys(&keys)));
    let all = relatives_sql(&[&call], &["t"], &Read::AllAttributes);
    assert!(all.contains("attributes, ") && all.contains("user_id"), "{all}");
}
