"""Sends spans with everything a span can have; prints what it sent as JSON.

Arguments: protocol (`grpc` or `http`), endpoint.
"""

import json
import sys

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from connection import exporter

protocol, endpoint = sys.argv[1:3]
resource = Resource.create(
    {
        "service.name": "결제-api",
        "service.version": "1.2.3",
        "deployment.environment": "staging",
        "host.name": "node-7",
        "team": "payments",
    }
)
provider = TracerProvider(resource=resource)
provider.add_span_processor(BatchSpanProcessor(exporter("trace", protocol, endpoint)))
tracer = provider.get_tracer("e2e.traces", "0.9")

START_NS = int(sys.argv[3])
root = tracer.start_span(
    "POST /checkout",
    kind=SpanKind.SERVER,
    start_time=START_NS,
    attributes={
        "http.request.method": "POST",
        "http.status_code": 502,
        "text": "안녕하세요",
        "int": 9007199254740993,
        "int_min": -9223372036854775808,
        "double": 0.1,
        "double_whole": 3.0,
        "bool": True,
        "texts": ["a", "나"],
        "ints": [1, 2],
        "doubles": [1.5, 2.5],
        "bools": [True, False],
        "empty_text": "",
    },
)
root.add_event("retry", {"attempt": 2, "reason": "시간 초과"}, timestamp=START_NS + 1_000)
try:
    raise ValueError("card declined")
except ValueError as error:
    root.record_exception(error, timestamp=START_NS + 2_000)
root.set_status(Status(StatusCode.ERROR, "upstream failed"))

other = tracer.start_span("enqueue", kind=SpanKind.PRODUCER, start_time=START_NS)
other.set_status(Status(StatusCode.OK))
other.end(START_NS + 7)

child = tracer.start_span(
    "SELECT orders",
    context=trace.set_span_in_context(root),
    kind=SpanKind.CLIENT,
    start_time=START_NS + 10,
    links=[Link(other.get_span_context(), {"why": "batch"})],
    attributes={"db.system": "postgresql", "db.statement": "SELECT 1"},
)
child.end(START_NS + 1_010)
root.end(START_NS + 1_234_567)

bulk = 600
for index in range(bulk):
    span = tracer.start_span(f"bulk-{index}", start_time=START_NS + index)
    span.end(START_NS + index + 5)

assert provider.force_flush(60_000)
provider.shutdown()
ids = {
    name: {
        "trace_id": f"{span.get_span_context().trace_id:032x}",
        "span_id": f"{span.get_span_context().span_id:016x}",
    }
    for name, span in {"root": root, "child": child, "other": other}.items()
}
print(json.dumps({**ids, "bulk": bulk}))
