"""DuckDB on the same bill: loading its files, and questions over Hannun's own Parquet lines.

Argument: a job file with "csv_files", "line_files", "questions" and "folder".
"""

import json
import os
import time

import common

try:
    import duckdb
except ImportError:
    common.skip("the Python package duckdb is not installed")

job = common.read_job()
os.makedirs(job["folder"], exist_ok=True)
path = os.path.join(job["folder"], "bill.duckdb")
started, cpu = time.perf_counter(), common.own_cpu_seconds()
connection = duckdb.connect(path)
files = ", ".join(f"'{name}'" for name in job["csv_files"])
connection.execute(
    f"CREATE TABLE bill AS SELECT * FROM read_csv([{files}], header = true, union_by_name = true,"
    # Quotes are so rare that it does not find them by itself.
    " delim = ',', quote = '\"', escape = '\"')"
)
connection.execute("CHECKPOINT")
rows = connection.execute("SELECT count(*) FROM bill").fetchone()[0]
connection.close()
loaded = {
    "rows": rows,
    "seconds": time.perf_counter() - started,
    "cpu_seconds": common.own_cpu_seconds() - cpu,
    "peak_bytes": common.own_peak_bytes(),
    "disk_bytes": os.path.getsize(path),
}

lines = ", ".join(f"'{name}'" for name in job["line_files"])
current = None


def reopen():
    """A connection that has nothing in memory."""
    global current
    if current is not None:
        current.close()
    current = duckdb.connect()
    # Days of bills are days in UTC.
    current.execute("SET TimeZone = 'UTC'")
    # It has no functions of time in nanoseconds.
    current.execute(
        "CREATE VIEW cost AS SELECT * REPLACE (charge_period_start::TIMESTAMP_NS::TIMESTAMP"
        " AS charge_period_start)"
        f" FROM read_parquet([{lines}], union_by_name = true)"
    )
    connection = current
    return lambda sql: [list(row) for row in connection.execute(sql).fetchall()]


questions = common.ask_all(job["questions"], reopen)
print(
    json.dumps(
        {"version": duckdb.__version__, "loaded": loaded, "questions": questions}, default=str
    )
)
