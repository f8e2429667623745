//! Rows with attributes as an intake would store them, asked in SQL and in memory.

#![allow(dead_code, reason = "each test binary uses a part")]

use crate::support::Fixture;
use hannun_model::batch::{Batch, BatchBuilder};
use hannun_model::column::ColumnType;
use hannun_model::semconv::{item_attributes, resource_attributes};
use hannun_model::table::{Table, logs, spans};
use hannun_model::typed_json;
use hannun_model::value::{self, Value};
use hannun_query::search::{Source, condition};
use hannun_search::Filter;
use hannun_search::record::BatchRows;

/// Milliseconds since 1970 of the first row.
pub const EPOCH_MS: i64 = 1_700_000_000_000;

/// One row: columns by name, attributes and resource as typed JSON.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub columns: Vec<(&'static str, Value)>,
    pub attributes: Vec<(String, Value)>,
    pub resource: Vec<(String, Value)>,
}

/// The entries of a JSON object.
pub fn entries(json: &str) -> Vec<(String, Value)> {
    match typed_json::read(json).unwrap() {
        Value::Map(entries) => entries,
        other => panic!("{other:?} is no object"),
    }
}

pub fn batch(source: Source, rows: &[Row]) -> BatchBuilder {
    let table = source.table();
    let mut builder = BatchBuilder::new(table);
    for (index, row) in rows.iter().enumerate() {
        builder.start_row();
        let time_ns = (EPOCH_MS + index as i64) * 1_000_000;
        builder.set_int(table.time_column(), time_ns);
        builder.set_text(table.column_index("span_id").unwrap(), &row.id);
        for (name, value) in &row.columns {
            let column = table.column_index(name).unwrap();
            assert!(set_column(&mut builder, table, column, value), "{name}");
        }
        add_attributes(&mut builder, table, &row.attributes);
        add_resource(&mut builder, table, &row.resource);
    }
    builder
}

/// Whether the value has the type of the column.
fn set_column(builder: &mut BatchBuilder, table: Table, column: usize, value: &Value) -> bool {
    match (table.columns()[column].column_type, value) {
        (ColumnType::Text, Value::Text(text)) => builder.set_text(column, text),
        (ColumnType::Int, Value::Int(int)) => builder.set_int(column, *int),
        _ => return false,
    }
    true
}

fn add_attributes(builder: &mut BatchBuilder, table: Table, attributes: &[(String, Value)]) {
    let map = table.column_index("attributes").unwrap();
    for (key, value) in attributes {
        let mut typed = String::new();
        if let Some(hot) = item_attributes(table).get(key)
            && !builder.is_set(hot.column)
            && set_column(builder, table, hot.column, value)
        {
            if hot.canonical {
                continue;
            }
            typed.push(value::IN_COLUMN);
        } else {
            value.write_typed(&mut typed);
        }
        builder.add_attribute(map, key, |out| out.push_str(&typed));
    }
}

fn add_resource(builder: &mut BatchBuilder, table: Table, resource: &[(String, Value)]) {
    let mut rest = Vec::new();
    for (key, value) in resource {
        let hot = resource_attributes(table).get(key);
        if !hot.is_some_and(|hot| set_column(builder, table, hot.column, value)) {
            rest.push((key.clone(), value.clone()));
        }
    }
    if !rest.is_empty() {
        let mut json = String::new();
        typed_json::write(&mut json, &Value::Map(rest));
        builder.set_text(table.column_index("resource_attributes").unwrap(), &json);
    }
}

/// The ids of the rows that the evaluator lets through, in order.
pub fn matched(filter: &Filter, batch: &Batch) -> Vec<String> {
    let rows = BatchRows::new(batch.table(), batch.records());
    let column = batch.table().column_index("span_id").unwrap();
    let id = |index: usize| {
        use hannun_search::record::{ColumnValue, Record};
        match rows.row(index).column(column) {
            Some(ColumnValue::Text(id)) => id.to_owned(),
            _ => panic!("every row has an id"),
        }
    };
    (0..batch.rows()).filter(|index| filter.matches(&rows.row(*index))).map(id).collect()
}

/// The ids of the rows that the SQL of the filter lets through, in order.
pub async fn selected(fixture: &Fixture, filter: &Filter, source: Source) -> Vec<String> {
    let sql = format!(
        "SELECT span_id FROM {} WHERE {} ORDER BY span_id",
        source.name(),
        condition(filter, source)
    );
    let rows = fixture.json(&sql).await;
    rows.as_array().unwrap().iter().map(|row| row["span_id"].as_str().unwrap().to_owned()).collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn log(id: &str, severity: i64, body: &str, resource: &str, attributes: &str) -> Row {
    let mut columns = Vec::new();
    if severity > 0 {
        columns.push((logs::COLUMNS[logs::SEVERITY_NUMBER].name, Value::Int(severity)));
    }
    if !body.is_empty() {
        columns.push((logs::COLUMNS[logs::BODY].name, text(body)));
    }
    let (attributes, resource) = (entries(attributes), entries(resource));
    Row { id: id.to_owned(), columns, attributes, resource }
}

const WEB: &str = r#"{"service.name":"web","deployment.environment.name":"prod","host.name":"web-1","service.version":"1.2.0","team":"shop"}"#;
const ORDER: &str = r#"{"service.name":"order","deployment.environment":"prod","host.name":"order-1","service.version":"1.10.0","owner":{"team":"core","oncall":["ann","bob"]}}"#;
const PAY: &str =
    r#"{"service.name":"pay","deployment.environment.name":"dev","host.name":"pay-1"}"#;

fn requests() -> Vec<Row> {
    vec![
        log(
            "r01",
            9,
            "GET /checkout 200",
            WEB,
            r#"{"http.response.status_code":200,"http.route":"/checkout","user":"kim","n":5,"duration_ms":120}"#,
        ),
        log(
            "r02",
            17,
            "payment failed: timeout after 30s",
            WEB,
            r#"{"http.status_code":504,"http.route":"/checkout","user":"lee","n":400,"duration_ms":30000,"wait":"30s"}"#,
        ),
        log(
            "r03",
            13,
            "Timeout waiting for order_5032",
            WEB,
            r#"{"n":"400","user":"Kim","size":10000000}"#,
        ),
        log(
            "r04",
            9,
            "order_5032 created",
            ORDER,
            r#"{"n":400.0,"order":{"id":"O-1","lines":[{"sku":"A"},{"sku":"B"}]}}"#,
        ),
        log(
            "r05",
            21,
            "connection refused by 10.1.2.3:5432",
            ORDER,
            r#"{"client.address":"10.1.2.3","peer":{"ip":"10.1.2.3:5432"}}"#,
        ),
        log("r06", 5, "debug: cache miss", ORDER, r#"{"cache":true,"n":-3}"#),
        log("r07", 17, "결제 실패: 카드 한도 초과", PAY, r#"{"user":"김민수","amount":12500.5}"#),
        log("r08", 18, "신용카드결제가 timeout이 발생", PAY, "{}"),
        log("r09", 9, "支払い完了 東京都", PAY, r#"{"tags":["red","blue",3]}"#),
        log("r10", 0, "plain line without service", "{}", "{}"),
    ]
}

fn special_values() -> Vec<Row> {
    vec![
        log("r11", 1, "", WEB, r#"{"http.response.status_code":"not a number","n":"many"}"#),
        log(
            "r12",
            0,
            "10.0.0.7 - - GET /api/v1/users?id=5 HTTP/1.1",
            r#"{"service.name":"nginx","k8s.namespace.name":"shop","k8s.pod.name":"web-7f","container.name":"nginx","container.image.name":"nginx:1.25","k8s.cluster.name":"seoul"}"#,
            r#"{"client.address":"2001:db8::1","url.path":"/api/v1/users"}"#,
        ),
        log(
            "r13",
            9,
            r#"{"event":"login","user":"kim"}"#,
            PAY,
            r#"{"ip":["192.168.0.9","10.9.9.9"]}"#,
        ),
        log(
            "r14",
            9,
            "special characters",
            WEB,
            r#"{"path":"C:\\dir\\file","msg":"say \"hi\"","colon":"hello:world","star":"a*b","space":"hello world","multi":"a\nfoo","list":["a\nfoo","x\"y"]}"#,
        ),
        log(
            "r15",
            9,
            "empty things",
            WEB,
            r#"{"empty":"","nothing":null,"zero":0,"big":9007199254740993}"#,
        ),
        log(
            "r16",
            9,
            "tags of the record",
            r#"{"service.name":"Web"}"#,
            r#"{"team":"search","ddsource":"nginx","version":"9"}"#,
        ),
        log("r17", 9, "ids", WEB, "{}"),
        log(
            "r18",
            9,
            "units one",
            PAY,
            r#"{"elapsed_ms":1500,"took":"1.5s","bytes":"10MB","size":9999999,"duration":1500000000}"#,
        ),
        log(
            "r19",
            9,
            "units two",
            PAY,
            r#"{"elapsed_ms":1501,"took":"1499ms","bytes":"9MiB","size":10000001,"duration":1500000001}"#,
        ),
        log("r20", 9, "NOT AND OR", r#"{"service.name":"and"}"#, "{}"),
    ]
}

fn structures() -> Vec<Row> {
    vec![
        log(
            "r21",
            17,
            "unhandled",
            ORDER,
            r#"{"exception.type":"java.lang.IllegalStateException","exception.message":"boom happened"}"#,
        ),
        log("r22", 9, "a user came", PAY, r#"{"user.id":"u-1","session.id":"s-1"}"#),
        log(
            "r23",
            9,
            "another user came",
            PAY,
            r#"{"enduser.id":"u-2","float":0.25,"neg":-1.5,"exp":1e21}"#,
        ),
        log(
            "r24",
            9,
            "arrays",
            WEB,
            r#"{"matrix":[[1,2],[3]],"objs":[{"k":"v1"},{"k":"v2","deep":{"x":1}}]}"#,
        ),
        log("r25", 9, "paths", WEB, r#"{"a":{"b.c":"dotted","d":{"e":"deep"}},"a.b":"flat"}"#),
        log("r26", 9, "100% done_now", WEB, r#"{"pct":"100%","under":"a_b","axb":"axb"}"#),
        log(
            "r27",
            9,
            "see https://example.com/a?b=c",
            WEB,
            r#"{"url.full":"https://example.com/a?b=c"}"#,
        ),
        log("r28", 9, "user kim@example.com logged in at 12:30:45", WEB, "{}"),
        log("r29", 9, "ÜBERFALL in Köln", WEB, r#"{"city":"Köln"}"#),
        log(
            "r30",
            22,
            "panic: stack overflow",
            r#"{"service.name":"kernel"}"#,
            r#"{"http.response.status_code":500}"#,
        ),
    ]
}

/// Thirty log records that the table of searches is about.
pub fn log_rows() -> Vec<Row> {
    let mut rows = [requests(), special_values(), structures()].concat();
    rows[16].columns.push(("trace_id", text("abcdef0123456789abcdef0123456789")));
    rows[16].columns.push(("pattern_id", text("00ff00ff00ff00ff")));
    rows[16].columns.push(("severity_text", text("Notice")));
    rows
}

fn span(id: &str, name: &str, duration: i64, code: &str, service: &str, attributes: &str) -> Row {
    let mut columns = vec![
        (spans::COLUMNS[spans::NAME].name, text(name)),
        (spans::COLUMNS[spans::DURATION].name, Value::Int(duration)),
        (spans::COLUMNS[spans::KIND].name, text(if id < "s06" { "server" } else { "client" })),
        (spans::COLUMNS[spans::TRACE_ID].name, text(&format!("t{}", id.len()))),
    ];
    if !code.is_empty() {
        columns.push((spans::COLUMNS[spans::STATUS_CODE].name, text(code)));
    }
    let resource = vec![("service.name".to_owned(), text(service))];
    Row { id: id.to_owned(), columns, attributes: entries(attributes), resource }
}

fn server_spans() -> Vec<Row> {
    vec![
        span(
            "s01",
            "GET /checkout",
            1_500_000_000,
            "",
            "web",
            r#"{"http.route":"/checkout","http.response.status_code":200}"#,
        ),
        span(
            "s02",
            "GET /checkout",
            1_500_000_001,
            "error",
            "web",
            r#"{"http.route":"/checkout","http.response.status_code":503}"#,
        ),
        span(
            "s03",
            "POST /orders",
            2_000_000,
            "ok",
            "order",
            r#"{"http.response.status_code":201}"#,
        ),
        span("s04", "POST /orders", 900_000, "error", "order", r#"{"error.type":"timeout"}"#),
        span("s05", "결제 승인", 40_000_000, "", "pay", r#"{"amount":12500}"#),
    ]
}

fn client_spans() -> Vec<Row> {
    vec![
        span(
            "s06",
            "SELECT orders",
            3_000_000,
            "",
            "order",
            r#"{"db.system":"postgresql","db.query.text":"SELECT * FROM orders WHERE id = 5"}"#,
        ),
        span(
            "s07",
            "redis GET",
            120_000,
            "",
            "web",
            r#"{"db.system.name":"redis","server.port":6379}"#,
        ),
        span(
            "s08",
            "publish",
            0,
            "",
            "order",
            r#"{"messaging.system":"kafka","server.port":9092}"#,
        ),
        span(
            "s09",
            "charge",
            70_000_000,
            "error",
            "pay",
            r#"{"server.address":"10.0.0.9","attempt":3}"#,
        ),
        span(
            "s10",
            "charge",
            -5,
            "",
            "pay",
            r#"{"server.address":"bank.example","duration":"long"}"#,
        ),
    ]
}

/// Ten spans that the table of searches is about.
pub fn span_rows() -> Vec<Row> {
    let mut rows = [server_spans(), client_spans()].concat();
    rows[1].columns.push(("status_message", text("upstream timed out")));
    rows
}
