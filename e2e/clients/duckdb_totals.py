"""What a bill in CSV comes to by DuckDB, as JSON: rows, and the exact sums of some columns."""

import json
import sys

import duckdb

path, columns = sys.argv[1], sys.argv[2:]
sums = ", ".join(
    f"CAST(sum(CAST(nullif(nullif(\"{column}\", ''), 'NULL') AS DECIMAL(38, 12))) AS VARCHAR)"
    for column in columns
)
row = duckdb.sql(
    f"SELECT count(*), {sums} FROM read_csv('{path}', header = true, all_varchar = true)"
).fetchall()[0]
print(json.dumps({"rows": row[0], "sums": dict(zip(columns, row[1:]))}))
