"""Exporters of the official SDK for a protocol and an endpoint, shared by the clients."""

import importlib


def exporter(signal: str, protocol: str, endpoint: str, **arguments):
    """Exporter of `signal` (`trace`, `metric` or `_log`) over `grpc` or `http` (with gzip)."""
    package = f"opentelemetry.exporter.otlp.proto.{protocol}"
    module = importlib.import_module(f"{package}.{signal}_exporter")
    name = {"trace": "OTLPSpanExporter", "metric": "OTLPMetricExporter", "_log": "OTLPLogExporter"}
    arguments.setdefault("timeout", 60)
    if protocol == "grpc":
        return getattr(module, name[signal])(endpoint=endpoint, insecure=True, **arguments)
    path = {"trace": "traces", "metric": "metrics", "_log": "logs"}[signal]
    compression = importlib.import_module(package).Compression.Gzip
    return getattr(module, name[signal])(
        endpoint=f"{endpoint}/v1/{path}", compression=compression, **arguments
    )
