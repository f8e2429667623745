"""Exports spans and logs for a few seconds against a server that is killed and restarted meanwhile.

Only the exporter's own retry stands between an item and its loss. Prints `sending`, then the counts
as JSON. Arguments: protocol (`grpc` or `http`), endpoint.
"""

import json
import logging
import sys
import time

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import LogRecordExportResult, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult

from connection import exporter

logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
protocol, endpoint = sys.argv[1:3]
resource = Resource.create({"service.name": "retry-py"})
span_exporter = exporter("trace", protocol, endpoint, timeout=120)
log_exporter = exporter("_log", protocol, endpoint, timeout=120)

finished = []


class Collect:
    """Keeps finished spans, so that the client decides when a batch is exported."""

    def on_start(self, span, parent_context=None):
        pass

    def _on_ending(self, span):
        pass

    def on_end(self, span):
        finished.append(span)

    def shutdown(self):
        pass

    def force_flush(self, timeout_millis=0):
        return True


tracer_provider = TracerProvider(resource=resource)
tracer_provider.add_span_processor(Collect())
tracer = tracer_provider.get_tracer("retry")

records = []


class CollectLogs:
    """The exporter of a simple processor that only keeps the records."""

    def export(self, batch):
        records.extend(batch)
        return LogRecordExportResult.SUCCESS

    def shutdown(self):
        pass

    def force_flush(self, timeout_millis=0):
        return True


logger_provider = LoggerProvider(resource=resource)
logger_provider.add_log_record_processor(SimpleLogRecordProcessor(CollectLogs()))
logger = logger_provider.get_logger("retry")

print("sending", flush=True)
spans = logs = failed = 0
deadline = time.monotonic() + 8
while time.monotonic() < deadline:
    for _ in range(50):
        tracer.start_span(f"span-{spans}").end()
        spans += 1
        logger.emit(timestamp=time.time_ns(), body=f"log-{logs}")
        logs += 1
    failed += span_exporter.export(tuple(finished)) is not SpanExportResult.SUCCESS
    failed += log_exporter.export(tuple(records)) is not LogRecordExportResult.SUCCESS
    finished.clear()
    records.clear()
print(json.dumps({"spans": spans, "logs": logs, "failed_exports": failed}), flush=True)
