"""Records with every instrument of the SDK and exports once.

Arguments: protocol (`grpc` or `http`), endpoint.
"""

import json
import sys

from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

from connection import exporter

protocol, endpoint = sys.argv[1:3]
reader = PeriodicExportingMetricReader(
    exporter("metric", protocol, endpoint), export_interval_millis=3_600_000
)
provider = MeterProvider(
    resource=Resource.create({"service.name": "metrics-py"}),
    metric_readers=[reader],
    views=[
        View(
            instrument_type=Histogram,
            instrument_name="payload",
            aggregation=ExponentialBucketHistogramAggregation(),
        )
    ],
)
meter = provider.get_meter("e2e.metrics", "2.0")

requests = meter.create_counter("requests", unit="1", description="요청 수")
requests.add(9007199254740993, {"route": "/a"})
requests.add(2, {"route": "/나"})
meter.create_up_down_counter("queue", unit="{item}").add(-5, {"name": "mail"})
latency = meter.create_histogram(
    "latency", unit="ms", explicit_bucket_boundaries_advisory=[10.0, 100.0, 1000.0]
)
for value in [5.0, 50.0, 50.5, 5000.0]:
    latency.record(value, {"route": "/a"})
payload = meter.create_histogram("payload", unit="By")
for value in [0, 1.0, 2.0, 4.0, 1000.0]:
    payload.record(value)
meter.create_observable_gauge(
    "temperature", callbacks=[lambda _: [Observation(21.5, {"room": "서버실"})]], unit="Cel"
)
meter.create_observable_counter("ticks", callbacks=[lambda _: [Observation(7)]])

provider.force_flush(60_000)
# Shutdown exports once more, so points come twice; both carry the same values.
provider.shutdown()
print(json.dumps({"done": True}))
