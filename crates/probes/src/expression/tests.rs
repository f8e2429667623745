use super::*;
use proptest::prelude::*;
use serde_json::json;

fn compiled(text: &str) -> serde_json::Value {
    Expression::parse(text).unwrap().to_json()
}

fn fault(text: &str) -> (usize, String) {
    let error = Expression::parse(text).unwrap_err();
    (error.position, error.message)
}

#[test]
fn conditions_compile_to_what_clients_evaluate() {
    assert_eq!(
        compiled("user.id == 7 and not isEmpty(items) or @duration >= 1.5"),
        json!({"or": [
            {"and": [
                {"eq": [{"getmember": [{"ref": "user"}, "id"]}, 7]},
                {"not": {"isEmpty": {"ref": "items"}}},
            ]},
            {"ge": [{"ref": "@duration"}, 1.5]},
        ]})
    );
    assert_eq!(
        compiled("any(order['items'], @it.price > -3) && matches(name, \"^a\\\\d\")"),
        json!({"and": [
            {"any": [
                {"index": [{"ref": "order"}, "items"]},
                {"gt": [{"getmember": [{"ref": "@it"}, "price"]}, -3]},
            ]},
            {"matches": [{"ref": "name"}, "^a\\d"]},
        ]})
    );
    assert_eq!(
        compiled("len(filter(prices, @value != null)) < substring(code, 0, 2)[0]"),
        json!({"lt": [
            {"len": {"filter": [{"ref": "prices"}, {"ne": [{"ref": "@value"}, null]}]}},
            {"index": [{"substring": [{"ref": "code"}, 0, 2]}, 0]},
        ]})
    );
    assert_eq!(
        compiled("instanceof(e, 'ValueError')"),
        json!({"instanceof": [{"ref": "e"}, "ValueError"]})
    );
    assert_eq!(
        compiled("isDefined(a.b)"),
        json!({"isDefined": {"getmember": [{"ref": "a"}, "b"]}})
    );
}

#[test]
fn and_binds_tighter_than_or_and_comparisons_tighter_than_both() {
    assert_eq!(compiled("a || b && c == d"), compiled("a || (b && (c == d))"));
    assert_ne!(compiled("a || b && c"), compiled("(a || b) && c"));
    assert_eq!(compiled("!a == b"), json!({"eq": [{"not": {"ref": "a"}}, {"ref": "b"}]}));
}

#[test]
fn a_fault_is_told_with_its_place() {
    assert_eq!(fault("user.id = 7"), (8, "write `==` to compare".to_owned()));
    assert_eq!(fault("주문 == \"열"), (6, "the text has no closing \"".to_owned()));
    assert_eq!(fault("a == b == c").0, 7);
    assert_eq!(fault("a b").0, 2);
    assert_eq!(fault("len(a"), (5, "expected `,` here".to_owned()));
    assert_eq!(fault("a &&"), (4, "something is missing at the end".to_owned()));
    assert_eq!(fault("(a"), (2, "expected `)` here".to_owned()));
    assert_eq!(fault("len(a, b)"), (0, "len takes 1 arguments, not 2".to_owned()));
    assert_eq!(fault("").0, 0);
    assert_eq!(fault("a + 1"), (2, "there is no arithmetic, leave out `+`".to_owned()));
    assert_eq!(fault("matches(a, '\\d')"), (12, "write a backslash as `\\\\`".to_owned()));
    assert_eq!(fault("99999999999999999999"), (0, "the number is too large".to_owned()));
    let (position, message) = fault("name.startsWith('a')");
    assert_eq!(position, 5);
    assert!(message.starts_with("methods cannot be called; functions are written len, "));
    let (position, message) = fault("a && size(b)");
    assert_eq!(position, 5);
    assert!(message.starts_with("unknown function `size`, use one of len, "), "{message}");
}

#[test]
fn variables_of_the_client_are_checked() {
    assert_eq!(fault("@it > 1").1, "@it has a meaning only within any, all and filter");
    assert_eq!(fault("any(@it, true)").0, 4);
    assert_eq!(fault("any(a, @it) && @it").0, 15);
    assert!(fault("@result").1.starts_with("unknown `@result`, use one of @return,"));
}

#[test]
fn an_expression_has_a_limit_of_depth_and_length() {
    let deep = format!("{}a{}", "(".repeat(200), ")".repeat(200));
    assert!(fault(&deep).1.starts_with("nested more than"));
    assert!(fault(&format!("{}a", "!".repeat(200))).1.starts_with("nested more than"));
    assert!(fault(&["a"; 200].join(" && ")).1.starts_with("nested more than"));
    assert!(fault(&"a".repeat(3000)).1.starts_with("longer than"));
}

#[test]
fn every_name_that_is_read_is_seen() {
    let expression = Expression::parse("a.b['c'] == d && any(e[f], @it.g)").unwrap();
    let mut names = Vec::new();
    expression.visit_names(&mut |name| names.push(name));
    assert_eq!(names, ["a", "b", "c", "d", "e", "f", "@it", "g"]);
}

fn name() -> impl Strategy<Value = String> {
    "[a-z_$][a-zA-Z0-9_$]{0,6}".prop_filter("a word of the language", |name| {
        !["and", "or", "not", "true", "false", "null"].contains(&name.as_str())
    })
}

fn expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        Just(Expression::Null),
        any::<bool>().prop_map(Expression::Bool),
        // The smallest integer has no positive one that it could be written with.
        (-i64::MAX..=i64::MAX).prop_map(Expression::Int),
        (-1e300..1e300_f64).prop_map(Expression::Float),
        ".{0,8}".prop_map(Expression::Text),
        name().prop_map(Expression::Variable),
        Just(Expression::Variable("@return".to_owned())),
    ];
    leaf.prop_recursive(5, 24, 3, |inner| {
        let two = || (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        prop_oneof![
            (inner.clone(), name()).prop_map(|(it, name)| Expression::Member(Box::new(it), name)),
            two().prop_map(|(base, index)| Expression::Index(base, index)),
            inner.clone().prop_map(|it| Expression::Not(Box::new(it))),
            (0..6_usize, two()).prop_map(|(at, (left, right))| Expression::Compare(
                Comparison::ALL[at].0,
                left,
                right
            )),
            two().prop_map(|(left, right)| Expression::And(left, right)),
            two().prop_map(|(left, right)| Expression::Or(left, right)),
            inner.clone().prop_map(|it| Expression::Call(Function::Len, vec![it])),
            (inner.clone(), inner.clone()).prop_map(|(list, item)| Expression::Call(
                Function::Any,
                vec![
                    list,
                    Expression::And(
                        Box::new(Expression::Variable("@it".to_owned())),
                        Box::new(item)
                    )
                ]
            )),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_what_it_was(expression in expression()) {
        let text = expression.to_string();
        // Past the limits nothing is read.
        match Expression::parse(&text) {
            Ok(read) => prop_assert_eq!(read, expression, "{}", text),
            Err(error) => prop_assert!(
                error.message.contains("more than") || error.message.contains("longer than"),
                "{}: {}", text, error
            ),
        }
    }

    #[test]
    fn no_text_upsets_the_parser(text in ".{0,60}") {
        let _ = Expression::parse(&text);
    }

    #[test]
    fn no_mix_of_tokens_upsets_the_parser(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "a", "1", "1.", "1e", "1e+", ".", "(", ")", "[", "]", "-", "!", "&&", "==", "@it",
                "len(", "any(", ",", "'", "\"", "not", "null", "@", "$",
            ]),
            0..14,
        ),
    ) {
        let _ = Expression::parse(&words.concat());
        let _ = Expression::parse(&words.join(" "));
    }
}
