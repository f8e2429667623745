"""Sends logs, some inside a span, with bodies of several types; prints the ids of the span.

Arguments: protocol (`grpc` or `http`), endpoint, time in ns.
"""

import json
import sys

from opentelemetry import trace
from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from connection import exporter

protocol, endpoint = sys.argv[1:3]
START_NS = int(sys.argv[3])
resource = Resource.create({"service.name": "주문-worker", "deployment.environment.name": "prod"})
provider = LoggerProvider(resource=resource)
provider.add_log_record_processor(BatchLogRecordProcessor(exporter("_log", protocol, endpoint)))
logger = provider.get_logger("e2e.logs", "1.0")
tracer = TracerProvider().get_tracer("e2e.logs")


def emit(offset_ns, body, severity=SeverityNumber.INFO, **more):
    logger.emit(
        timestamp=START_NS + offset_ns,
        observed_timestamp=START_NS + offset_ns + 500,
        severity_number=severity,
        severity_text=severity.name,
        body=body,
        **more,
    )


with tracer.start_as_current_span("work") as span:
    context = span.get_span_context()
    emit(1, "결제가 실패했습니다: 한도 초과", SeverityNumber.ERROR, attributes={"order.id": 42, "user.id": "u-1"})
emit(2, "plain line", event_name="app.started", attributes={"ratio": 0.25, "ok": False})
emit(3, {"key": "값", "count": 9007199254740993})
emit(4, 17)
emit(5, ["a", 1])
for index in range(700):
    emit(1_000 + index, f"bulk {index}", SeverityNumber.DEBUG)

assert provider.force_flush(60_000)
provider.shutdown()
print(json.dumps({"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}", "bulk": 700}))
