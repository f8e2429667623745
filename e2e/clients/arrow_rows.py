"""Prints the rows of an Arrow stream in a file as JSON, or SKIPPED without pyarrow."""

import json
import sys

try:
    import pyarrow.ipc
except ImportError:
    print("SKIPPED: pyarrow is not installed")
    sys.exit(0)
print(json.dumps(pyarrow.ipc.open_stream(sys.argv[1]).read_all().to_pylist(), default=str))
