"""Logs with the standard library inside spans of the OpenTelemetry SDK; prints the ids.

Arguments: endpoint of OTLP over HTTP.
"""

import json
import logging
import sys

from opentelemetry._logs import set_logger_provider
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from connection import exporter

endpoint = sys.argv[1]
resource = Resource.create({"service.name": "checkout"})
logs = LoggerProvider(resource=resource)
logs.add_log_record_processor(BatchLogRecordProcessor(exporter("_log", "http", endpoint)))
set_logger_provider(logs)
traces = TracerProvider(resource=resource)
traces.add_span_processor(BatchSpanProcessor(exporter("trace", "http", endpoint)))
logger = logging.getLogger("checkout")
logger.setLevel(logging.INFO)
logger.addHandler(LoggingHandler(logger_provider=logs))
tracer = traces.get_tracer("e2e")
sent = []
for index in range(3):
    with tracer.start_as_current_span(f"order {index}") as span:
        context = span.get_span_context()
        logger.info("order %d taken", index, extra={"order.id": index})
        if index == 1:
            try:
                raise ValueError("no stock")
            except ValueError:
                logger.exception("order failed")
        sent.append({"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"})
assert traces.force_flush(30_000) and logs.force_flush(30_000)
traces.shutdown()
logs.shutdown()
print(json.dumps(sent))
