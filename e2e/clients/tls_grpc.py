"""Sends three spans over gRPC with TLS. Arguments: endpoint, certificate file."""

import sys

import grpc
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

endpoint, certificate = sys.argv[1:3]
with open(certificate, "rb") as file:
    credentials = grpc.ssl_channel_credentials(file.read())
provider = TracerProvider()
provider.add_span_processor(
    BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, credentials=credentials, timeout=30))
)
tracer = provider.get_tracer("tls")
for index in range(3):
    tracer.start_span(f"tls-{index}").end()
assert provider.force_flush(30_000)
provider.shutdown()
