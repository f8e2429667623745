//! What is read, what is refused and where, and that printing reads back.

use super::{parse, parse_filter};
use crate::ast::{Expr, Field, Test, Text, TextScope};
use hannun_model::limits::{SEARCH_BYTES_MAX, SEARCH_DEPTH_MAX, SEARCH_TERMS_MAX};
use proptest::prelude::*;

fn printed(text: &str) -> String {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
}

fn error(text: &str) -> (usize, String) {
    let error = parse(text).map(|search| search.to_string()).unwrap_err();
    let told = error.to_string();
    (error.at, told.split_once(": ").unwrap().1.to_owned())
}

#[test]
fn searches_are_printed_in_one_form() {
    for (text, expected) in [
        ("", "*"),
        ("  *  ", "*"),
        ("a b", "a b"),
        ("a AND b OR c d", "a b OR c d"),
        ("a AND (b OR c)", "a (b OR c)"),
        ("NOT (a b)", "-(a b)"),
        ("NOT -a", "a"),
        ("service:web", "service:web"),
        ("service:(a OR b)", "service:a OR service:b"),
        ("-service:(a OR -b*)", "-(service:a OR -service:b*)"),
        ("@http.status_code:>=400", "@http.status_code:>=400"),
        ("@n:[1 TO 5]", "@n:[1 TO 5]"),
        ("@n:{1 TO 5]", "@n:{1 TO 5]"),
        ("@n:[* TO 5]", "@n:<=5"),
        ("@n:{1 TO *]", "@n:>1"),
        ("@n:[* TO *]", "@n:*"),
        ("@duration:>1.5s", "@duration:>1.5s"),
        ("@v:>\"1.10\"", "@v:>\"1.10\""),
        ("\"time out\"", "\"time out\""),
        ("\"timeout\"", "timeout"),
        ("\"AND\"", "\"AND\""),
        ("and or not", "and or not"),
        ("*:payment", "*:payment"),
        ("*:(a OR \"b c\")", "*:a OR *:\"b c\""),
        ("message:timeout", "timeout"),
        ("message:(a b*)", "a b*"),
        ("CIDR(@ip,10.0.0.0/8,2001:db8::/32)", "CIDR(@ip, 10.0.0.0/8, 2001:db8::/32)"),
        ("NOT(CIDR(@ip, 10.0.0.1))", "-CIDR(@ip, 10.0.0.1/32)"),
        ("-@k:*", "-@k:*"),
        ("@k:hello\\:world", "@k:hello:world"),
        ("@my\\ key:a\\ b", "@my\\ key:\"a b\""),
        ("@k:a\\*b", "@k:\"a*b\""),
        ("@k:a\\**", "@k:a\\**"),
        ("@k:**a***", "@k:*a*"),
        ("http://a/b 12:30:45", "\"http://a/b\" \"12:30:45\""),
        ("user=alice", "user=alice"),
        ("결제 실패*", "결제 실패*"),
        ("status:>=warn", "status:>=warn"),
        ("a | limit 5", "a | limit 5"),
        ("| stats count() by service", "* | stats count() by service"),
        ("| stats by service, 300s", "* | stats count() by service, 5m"),
        (
            "a|stats count() as n, p95(@duration), p99.9(@d) by service,5m|sort -n|limit 3",
            "a | stats count() as n, p95(@duration), p99.9(@d) by service, 5m | sort -n | limit 3",
        ),
        ("message:=\"Tick 5\" -message:=\"-\"", "message:=\"Tick 5\" -message:=\"-\""),
        ("* | stats p95(@d) | sort -p95(@d)", "* | stats p95(@d) | sort -p95(@d)"),
        ("* | timechart 5m avg(@d) by service", "* | timechart 5m avg(@d) by service"),
        ("* | timechart 90s", "* | timechart 90s count()"),
        ("* | top service, @http.route", "* | top 10 service, @http.route"),
        ("* | patterns | sort pattern", "* | patterns 10 | sort pattern"),
        ("* | fields service, @a | dedup @a", "* | fields service, @a | dedup @a"),
        ("* | stats count | sort -count()", "* | stats count() | sort -count"),
        ("* | sort -@n, service", "* | sort -@n, service"),
    ] {
        assert_eq!(printed(text), expected, "{text}");
        assert_eq!(printed(expected), expected, "{text}");
    }
}

#[test]
fn words_phrases_and_values_are_told_apart() {
    let expr = |text: &str| parse(text).unwrap().filter.expr().clone();
    let message = |text: Text| Expr::Text { scope: TextScope::Message, text };
    assert_eq!(expr("timeout"), message(Text::Exact("timeout".into())));
    assert_eq!(expr("time*"), message(Text::Pattern("time*".into())));
    assert_eq!(expr("\"time*\""), message(Text::Exact("time*".into())));
    assert_eq!(expr("\"a \\\"b\\\" C:\\dir\""), message(Text::Exact("a \"b\" C:\\dir".into())));
    let is = |field: Field, text: &str| Expr::Field { field, test: Test::Is(text.into()) };
    assert_eq!(expr("service:web"), is(Field::Named("service".into()), "web"));
    assert_eq!(expr("@url:http://x/?a"), {
        let test = Test::Like("http://x/?a".into());
        Expr::Field { field: Field::Attribute("url".into()), test }
    });
    assert_eq!(expr("message:=\"a  \\\"b\\\"\""), is(Field::Named("message".into()), "a  \"b\""));
    assert_eq!(expr("message:=a"), message(Text::Exact("=a".into())));
    assert_eq!(expr("@n:-5"), is(Field::Attribute("n".into()), "-5"));
}

#[test]
fn errors_name_the_column_and_what_was_expected() {
    for (text, at, message) in [
        ("service:", 8, "a value must follow service: without a space"),
        ("service: web", 8, "a value must follow service: without a space"),
        ("a AND", 5, "the search ends here; expected a term"),
        ("a AND OR b", 6, "an operator stands here; in quotes it is a text; expected a term"),
        ("OR a", 0, "an operator stands here"),
        ("(a OR b", 7, "the parenthesis of column 1 is not closed; expected \")\""),
        ("a)", 1, "no parenthesis is open here"),
        ("()", 1, "nothing stands before this parenthesis; expected a term or \"(\""),
        ("결제 \"a b", 7, "the quote of column 4 is not closed; expected '\"'"),
        ("@user", 5, "nothing is asked of @user; expected \":\" and a value or \":*\""),
        ("@ x", 1, "no attribute is named behind the @"),
        ("@n:[1 5]", 6, "a range has two ends; expected TO"),
        ("@n:[1 TO 5", 10, "the range of column 4 is not closed; expected \"]\" or \"}\""),
        ("@n:[5 TO 1]", 3, "the first end of the range is above the second"),
        ("@n:[1 TO b]", 3, "the ends of a range are both numbers of one unit, or both texts"),
        ("@n:[1s TO 5MB]", 3, "the ends of a range are both numbers of one unit"),
        ("@n:>", 4, "an end of the range is missing; expected a number, a text or \"*\""),
        ("@n:>a*", 4, "an end of a range has no wildcards"),
        ("status:wrong", 7, "\"wrong\" is no status; expected trace, debug, info, warn, error"),
        ("status:>=wrong", 7, "\"wrong\" is no status"),
        ("CIDR(@ip)", 8, "CIDR takes a field and networks; expected \",\""),
        ("CIDR(@ip, 10.0.0.0/40)", 10, "\"10.0.0.0/40\" is not a network such as 10.0.0.0/8"),
        ("CIDR(, 10.0.0.0/8)", 5, "no field is named here"),
        ("a && b", 2, "&& is no operator here; expected AND"),
        ("a || b", 3, "a stage is missing"),
        ("!a", 0, "! is no operator here; in quotes it is a text; expected - or NOT"),
        ("a - b", 3, "nothing follows the minus"),
        ("@f:g(x)", 4, "a parenthesis is no part of a value unless in quotes"),
        ("\"\"", 0, "the quotes are empty; expected a phrase"),
        ("message:>5", 8, "a message is searched for words, not compared"),
        ("a |", 3, "a stage is missing; expected stats, timechart, top, patterns"),
        ("a | stat count()", 4, "there is no stage \"stat\""),
        ("a | stats total()", 10, "there is no aggregate \"total\"; expected count"),
        ("a | stats p95()", 15, "p95 takes a field; expected p95(@duration)"),
        ("a | stats count( by x", 20, "the parenthesis of count is not closed"),
        ("a | stats count() by 5x", 21, "\"5x\" is no length of time"),
        ("a | stats count() by 5m, 1h", 25, "there is one length of time already"),
        ("a | stats count(), count()", 26, "two columns are called count"),
        ("a | timechart count()", 14, "timechart takes the length of a step"),
        ("a | stats count() | sort -n", 26, "there is no column \"n\" in the answer"),
        ("a | stats count() | top service", 20, "top takes rows, not the answer of a stage"),
        ("a | limit", 9, "limit takes a number of rows"),
        ("a | limit 0", 10, "\"0\" is no number of rows"),
        ("a | limit 5 5", 12, "the stage ends here"),
        ("a | fields", 10, "no field is named here; expected a field such as service"),
    ] {
        let (found_at, found) = error(text);
        assert_eq!(found_at, at, "{text}: {found}");
        assert!(found.starts_with(message), "{text}: {found}");
    }
    assert_eq!(parse_filter("a \"|\" | limit 5").unwrap_err().at, 6);
    assert!(parse_filter("a \"|\"").is_ok());
}

#[test]
fn texts_past_the_limits_are_refused_at_once() {
    let long = "a ".repeat(50_000);
    assert_eq!(parse(&long).unwrap_err().at, SEARCH_BYTES_MAX);
    let hangul = "결".repeat(50_000);
    assert_eq!(parse(&hangul).unwrap_err().at, SEARCH_BYTES_MAX / 3);
    for (open, close) in [("(", ")"), ("-(", ")"), ("NOT (", ")"), ("x:(", ")"), ("*:(", ")")] {
        let count = SEARCH_BYTES_MAX / 8;
        let deep = format!("{}a{}", open.repeat(count), close.repeat(count));
        let error = parse(&deep).unwrap_err();
        let first = SEARCH_DEPTH_MAX * open.len();
        assert!(error.at <= first + open.len() && error.at > 0, "{open}: {error}");
    }
    let deep = "(".repeat(10_000) + "a";
    assert!(parse(&deep).is_err());
    let many = "a ".repeat(SEARCH_TERMS_MAX + 1);
    assert!(parse(&many).unwrap_err().to_string().contains("at most 500 terms"));
    assert_eq!(printed(&("NOT ".repeat(2000) + "a")), "a");
    assert_eq!(printed(&("-".repeat(8001) + "a")), "-a");
}

fn any_search() -> impl Strategy<Value = String> {
    let word = "[a-z결제0-9*?\\\\\"()|:@ _./-]{1,10}";
    let value = prop_oneof![
        "[a-z*?]{1,5}",
        "\"[a-z*? |\\)]{0,5}\"",
        "[<>]=?-?[0-9]{1,3}(\\.5)?(ms|s|MB|KiB)?",
        "[\\[{][0-4] TO ([5-9]|\\*)[\\]}]",
        "\\((a OR -b\\*|\"x y\" c)\\)",
    ];
    let term = prop_oneof![
        word,
        "[a-z]{1,6}",
        "\"[a-z *:|]{1,8}\"",
        ("(service|@a\\.b|tag|\\*|message)", value)
            .prop_map(|(key, value)| format!("{key}:{value}")),
        Just("CIDR(@ip, 10.0.0.0/8)".to_owned()),
    ];
    let filter = term.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (inner.clone(), "( AND | OR | )", inner.clone())
                .prop_map(|(left, between, right)| format!("{left}{between}{right}")),
            inner.clone().prop_map(|inner| format!("({inner})")),
            inner.clone().prop_map(|inner| format!("-{inner}")),
            inner.prop_map(|inner| format!("NOT {inner}")),
        ]
    });
    let stages = prop_oneof![
        Just(""),
        Just(" | stats count(), p99(@a.b) as slow by service, 5m | sort -slow | limit 3"),
        Just(" | fields @a\\ b, service | dedup @a\\ b | sort service"),
        Just(" | timechart 1h sum(@size) by @k"),
        Just(" | top 3 service"),
    ];
    (filter, stages).prop_map(|(filter, stages)| format!("{filter}{stages}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_printed_reads_back_as_the_same_search(text in any_search()) {
        if let Ok(search) = parse(&text) {
            let printed = search.to_string();
            let again = parse(&printed);
            prop_assert!(again.is_ok(), "{text:?} → {printed:?}: {again:?}");
            prop_assert_eq!(again.unwrap(), search, "{} → {}", text, printed);
        }
    }

    #[test]
    fn any_text_is_read_or_refused_inside_itself(text in ".{0,60}") {
        if let Err(error) = parse(&text) {
            prop_assert!(error.at <= text.chars().count());
        }
    }
}
