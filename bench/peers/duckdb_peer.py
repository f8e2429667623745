"""DuckDB on the same rows and questions. Argument: the job file of the bench."""

import json
import os
import time

import common

try:
    import duckdb
except ImportError:
    common.skip("the Python package duckdb is not installed")

MAPS = {"attributes": "MAP(VARCHAR, VARCHAR)", "resource_attributes": "MAP(VARCHAR, VARCHAR)"}
COLUMNS = {
    "spans": {
        "trace_id": "VARCHAR",
        "span_id": "VARCHAR",
        "parent_span_id": "VARCHAR",
        "service_name": "VARCHAR",
        "name": "VARCHAR",
        "kind": "INTEGER",
        "time_ns": "BIGINT",
        "duration": "BIGINT",
        "status_code": "INTEGER",
        "status_message": "VARCHAR",
        "events": "VARCHAR",
        "links": "VARCHAR",
        **MAPS,
    },
    "logs": {
        "time_ns": "BIGINT",
        "service_name": "VARCHAR",
        "severity_number": "INTEGER",
        "severity_text": "VARCHAR",
        "body": "VARCHAR",
        "trace_id": "VARCHAR",
        "span_id": "VARCHAR",
        **MAPS,
    },
    "metric_points": {
        "metric_name": "VARCHAR",
        "service_name": "VARCHAR",
        "time_ns": "BIGINT",
        "value": "DOUBLE",
        "count": "BIGINT",
        "sum": "DOUBLE",
        "bucket_counts": "BIGINT[]",
        "explicit_bounds": "DOUBLE[]",
        **MAPS,
    },
}

job = common.read_job()
folder = job["folder"]
os.makedirs(folder)
# One file a table, so that its size on disk is known.
tables = []
for entry in job["tables"]:
    table = entry["table"]
    path = os.path.join(folder, f"{table}.duckdb")
    started, cpu = time.perf_counter(), common.own_cpu_seconds()
    connection = duckdb.connect(path)
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS[table].items())
    connection.execute(
        f"CREATE TABLE {table} AS SELECT * FROM read_json('{entry['rows_file']}', "
        f"format = 'newline_delimited', columns = {{{columns}}})"
    )
    connection.execute("CHECKPOINT")
    rows = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    assert rows == entry["rows"], (table, rows, entry["rows"])
    connection.close()
    tables.append(
        {
            "table": table,
            "rows": rows,
            "raw_bytes": entry["raw_bytes"],
            "seconds": time.perf_counter() - started,
            "cpu_seconds": common.own_cpu_seconds() - cpu,
            "peak_bytes": common.own_peak_bytes(),
            "disk_bytes": common.disk_bytes(path) if os.path.isdir(path) else os.path.getsize(path),
        }
    )

current = None


def reopen():
    """Opens every table's file anew; answers a function that asks."""
    global current
    if current is not None:
        current.close()
    current = duckdb.connect()
    for entry in job["tables"]:
        table = entry["table"]
        current.execute(f"ATTACH '{folder}/{table}.duckdb' AS {table}_file (READ_ONLY)")
        current.execute(f"CREATE VIEW {table} AS SELECT * FROM {table}_file.{table}")
    connection = current
    return lambda sql: [list(row) for row in connection.execute(sql).fetchall()]


questions = common.ask_all(job["questions"], reopen)
print(
    json.dumps(
        {"version": duckdb.__version__, "tables": tables, "questions": questions}, default=int
    )
)
