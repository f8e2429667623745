//! Queries and what is left of them.

use super::*;
use proptest::prelude::*;

fn standard(statement: &str) -> String {
    without_values(statement, Dialect::Standard).text
}

#[test]
fn values_of_every_kind_are_taken_out() {
    for (statement, expected) in [
        (
            "SELECT * FROM o WHERE id = 17 AND name = 'Kim''s'",
            "SELECT * FROM o WHERE id = ? AND name = ?",
        ),
        ("SELECT 1.5e-3, .5, 0xff, t1.c2 FROM t1", "SELECT ?, ?, ?, t1.c2 FROM t1"),
        ("SELECT a FROM b WHERE c IN (1, 2,3 , 'x')", "SELECT a FROM b WHERE c IN (?)"),
        ("INSERT INTO t VALUES (1, 'a'), (2, 'b'),(3,'c')", "INSERT INTO t VALUES (?)"),
        ("SELECT $1, $2::int, %s", "SELECT $1, $2::int, %s"),
        ("SELECT $$it's$$, $a$ $$ 5 $a$, 6", "SELECT ?, ?, ?"),
        (
            "SELECT 1 -- secret 'a\nFROM x /* 5 'b */ WHERE y=E'a\\'b' AND z=N'ü'",
            "SELECT ? FROM x WHERE y=? AND z=?",
        ),
        ("SELECT \"col 1\" FROM \"T 2\".\"u\"", "SELECT \"col 1\" FROM \"T 2\".\"u\""),
        ("SELECT tags[1] FROM [dbo].[Order 5]", "SELECT tags[?] FROM [dbo].[Order 5]"),
        ("SELECT '", "SELECT ?"),
        ("SELECT ARRAY[u, 'kim@example.com', 5]", "SELECT ARRAY[u, ?, ?]"),
        ("SELECT x[i+17], ARRAY[E'kim'], a[b]", "SELECT x[i+?], ARRAY[?], a[b]"),
        ("SELECT \"a, 'kim'", "SELECT ?"),
        ("SELECT [a, 'kim'", "SELECT [a, ?"),
        ("SELECT 주문 FROM 표 WHERE 값 = '김'", "SELECT 주문 FROM 표 WHERE 값 = ?"),
    ] {
        assert_eq!(standard(statement), expected, "{statement}");
    }
}

#[test]
fn dialects_disagree_about_backslashes_and_double_quotes() {
    let statement = r#"SELECT 'a\' AS b, 'c' FROM t WHERE d = "e""#;
    assert_eq!(
        without_values(statement, Dialect::Standard).text,
        r#"SELECT ? AS b, ? FROM t WHERE d = "e""#
    );
    assert_eq!(without_values(statement, Dialect::MySql).text, "SELECT ??");
    assert_eq!(without_values(statement, Dialect::Unknown).text, "SELECT ?");
}

#[test]
fn operation_and_table_are_told() {
    for (statement, operation, collection) in [
        ("select number from orders where x in (select y from z)", "SELECT", "orders"),
        ("INSERT INTO \"shop\".\"order lines\" VALUES (1)", "INSERT", "shop.order lines"),
        ("UPDATE stock SET n = n - 1", "UPDATE", "stock"),
        ("DELETE FROM carts", "DELETE", "carts"),
        ("WITH a AS (SELECT 1 FROM b) INSERT INTO c SELECT * FROM a", "INSERT", "c"),
        ("SELECT * FROM (SELECT 1 FROM inner_one) x", "SELECT", ""),
        ("CREATE TABLE IF NOT EXISTS notes (id int)", "CREATE", "notes"),
        ("COMMIT", "COMMIT", ""),
        ("", "", ""),
    ] {
        let query = without_values(statement, Dialect::Standard);
        assert_eq!((&*query.operation, &*query.collection), (operation, collection), "{statement}");
    }
}

#[test]
fn commands_lose_what_they_are_about() {
    let query = commands_only("GET\nincrby\nPING");
    assert_eq!((&*query.text, &*query.operation), ("GET\nINCRBY\nPING", "PIPELINE"));
    let query = commands_only("set a 김\nsecret\nGET b");
    assert_eq!((&*query.text, &*query.operation), ("SET ?", "SET"));
    assert_eq!(commands_only("get").operation, "GET");
}

#[test]
fn documents_keep_their_keys() {
    let query = keys_only(r#"{"name": "Kim \"x\"", "age": {"$gt": 17}, "in": [1, true, "a"]}"#);
    assert_eq!(query, r#"{"name":"?","age":{"$gt":"?"},"in":["?","?","?"]}"#);
}

proptest! {
    #[test]
    fn no_digit_of_a_value_is_left(number in 1000_u64.., text in "[a-z0-9 ]{0,9}") {
        let statement = format!("SELECT x FROM t WHERE a={number} AND b='{text}{number}' AND c IN ({number},{number})");
        for dialect in [Dialect::Standard, Dialect::MySql, Dialect::Unknown] {
            let query = without_values(&statement, dialect);
            prop_assert_eq!(&query.text, "SELECT x FROM t WHERE a=? AND b=? AND c IN (?)");
        }
    }

    #[test]
    fn anything_is_read(text in any::<String>()) {
        for dialect in [Dialect::Standard, Dialect::MySql, Dialect::Unknown] {
            without_values(&text, dialect);
        }
        commands_only(&text);
        keys_only(&text);
    }
}

#[test]
fn double_quotes_hold_values_where_a_database_takes_them_for_texts() {
    for (statement, expected) in [
        (
            r#"SELECT "a" FROM t WHERE b = "kim" AND "c" LIKE "k%""#,
            r#"SELECT "a" FROM t WHERE b = ? AND "c" LIKE ?"#,
        ),
        (
            r#"INSERT INTO t ("a", "b") VALUES ("kim", "lee")"#,
            r#"INSERT INTO t ("a", "b") VALUES (?)"#,
        ),
        (r#"SELECT 1 FROM t WHERE a IN ("kim","lee")"#, "SELECT ? FROM t WHERE a IN (?)"),
        (
            r#"SELECT 1 FROM a JOIN b ON "a"."x" = "b"."y""#,
            r#"SELECT ? FROM a JOIN b ON "a"."x" = "b"."y""#,
        ),
    ] {
        assert_eq!(without_values(statement, Dialect::of("sqlite")).text, expected);
        assert_eq!(without_values(statement, Dialect::of("snowflake")).text, expected);
    }
    assert_eq!(without_values("SELECT 1 # of kim\nFROM t", Dialect::MySql).text, "SELECT ? FROM t");
}
