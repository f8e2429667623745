"""ClickHouse's engine (chdb) on the same rows and questions. Argument: the job file of the bench.

Tables are as its users would lay out telemetry: sorted by identity and time, low-cardinality
columns as such, a bloom filter for trace ids and a text index for log bodies.
"""

import json
import time

import common

try:
    import chdb
    from chdb.session import Session
except ImportError:
    common.skip("the Python package chdb is not installed")

LOW = "LowCardinality(String)"
MAPS = {f"attributes": f"Map({LOW}, String)", "resource_attributes": f"Map({LOW}, {LOW})"}
TIME = "Int64 CODEC(DoubleDelta, ZSTD(1))"
TEXT = "String CODEC(ZSTD(1))"
TABLES = {
    "spans": (
        {
            "trace_id": TEXT,
            "span_id": TEXT,
            "parent_span_id": TEXT,
            "service_name": LOW,
            "name": LOW,
            "kind": "Int8",
            "time_ns": TIME,
            "duration": "Int64 CODEC(ZSTD(1))",
            "status_code": "Int8",
            "status_message": TEXT,
            "events": TEXT,
            "links": TEXT,
            **MAPS,
        },
        ["INDEX trace_id_index trace_id TYPE bloom_filter(0.01) GRANULARITY 1"],
        "service_name, name, time_ns",
    ),
    "logs": (
        {
            "time_ns": TIME,
            "service_name": LOW,
            "severity_number": "Int8",
            "severity_text": LOW,
            "body": TEXT,
            "trace_id": TEXT,
            "span_id": TEXT,
            **MAPS,
        },
        [
            "INDEX trace_id_index trace_id TYPE bloom_filter(0.01) GRANULARITY 1",
            "INDEX body_index body TYPE text(tokenizer = 'splitByNonAlpha')",
        ],
        "service_name, time_ns",
    ),
    "metric_points": (
        {
            "metric_name": LOW,
            "service_name": LOW,
            "time_ns": TIME,
            "value": "Nullable(Float64) CODEC(ZSTD(1))",
            "count": "Nullable(UInt64) CODEC(ZSTD(1))",
            "sum": "Nullable(Float64) CODEC(ZSTD(1))",
            "bucket_counts": "Array(UInt64) CODEC(ZSTD(1))",
            "explicit_bounds": "Array(Float64) CODEC(ZSTD(1))",
            **MAPS,
        },
        [],
        "metric_name, service_name, toString(attributes), time_ns",
    ),
}

job = common.read_job()
folder = job["folder"]
session = Session(folder)
tables = []
for entry in job["tables"]:
    table = entry["table"]
    columns, indexes, order = TABLES[table]
    parts = [f"`{name}` {kind}" for name, kind in columns.items()] + indexes
    before_bytes = common.disk_bytes(folder)
    started, cpu = time.perf_counter(), common.own_cpu_seconds()
    session.query(
        f"CREATE TABLE {table} ({', '.join(parts)}) ENGINE = MergeTree ORDER BY ({order})"
    )
    names = ", ".join(f"`{name}`" for name in columns)
    session.query(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM "
        f"file('{entry['rows_file']}', JSONEachRow, "
        f"'{', '.join(f'`{name}` ' + kind.split(' CODEC')[0] for name, kind in columns.items())}')"
    )
    session.query(f"OPTIMIZE TABLE {table} FINAL")
    seconds, cpu = time.perf_counter() - started, common.own_cpu_seconds() - cpu
    counted = session.query(
        "SELECT sum(rows), sum(bytes_on_disk) FROM system.parts "
        f"WHERE active AND table = '{table}' FORMAT JSONCompactEachRow"
    )
    rows, on_disk = [int(value) for value in json.loads(str(counted))]
    assert rows == entry["rows"], (table, rows, entry["rows"])
    tables.append(
        {
            "table": table,
            "rows": rows,
            "raw_bytes": entry["raw_bytes"],
            "seconds": seconds,
            "cpu_seconds": cpu,
            "peak_bytes": common.own_peak_bytes(),
            "disk_bytes": on_disk,
        }
    )


def ask(sql: str) -> list:
    """Rows of plain values; 64-bit integers as numbers."""
    settings = "SETTINGS output_format_json_quote_64bit_integers = 0"
    text = str(session.query(f"{sql} {settings} FORMAT JSONCompactEachRow"))
    return [json.loads(line) for line in text.splitlines() if line]


def reopen():
    """Opens the store anew; answers a function that asks."""
    global session
    session.close()
    session = Session(folder)
    return ask


questions = common.ask_all(job["questions"], reopen)
print(json.dumps({"version": chdb.__version__, "tables": tables, "questions": questions}))
