"""Metrics, events and checks through Datadog's own DogStatsD client.

Arguments: `udp` or `unix`, address or path of the socket, `aggregated` or `direct`, seconds since
1970 for what says its time. Prints what it counted as JSON.
"""

import json
import logging
import random
import sys

from datadog.dogstatsd.base import DogStatsd

transport, address, mode, seconds = sys.argv[1:5]
failures = []


class Failures(logging.Handler):
    def emit(self, record):
        failures.append(record.getMessage())


logging.getLogger("datadog").addHandler(Failures(level=logging.WARNING))
options = {"constant_tags": ["env:e2e", "service:shop"], "container_id": "c0ffee"}
if transport == "udp":
    options["host"], port = address.rsplit(":", 1)
    options["port"] = int(port)
else:
    options["socket_path"] = address
if mode == "aggregated":
    options |= {"disable_aggregation": False, "flush_interval": 0.2}
    options |= {"max_metric_samples_per_context": 0}
else:
    options |= {"disable_buffering": False, "flush_interval": 0.2}
# The kernel's buffer of a Unix datagram socket is short: a full one is waited for.
client = DogStatsd(**options, socket_timeout=10)

for index in range(500):
    client.increment("orders.placed", tags=[f"method:{'card' if index % 5 else 'cash'}", "나라:한국"])
client.decrement("orders.placed", 7, tags=["method:cash", "나라:한국"])
for value in (3, 9, 4.5):
    client.gauge("queue.depth", value, tags=["queue:mail"])
for index in range(300):
    client.set("users.seen", f"user-{index % 41}")
for value in range(1, 1001):
    client.distribution("order.amount", value)
    client.histogram("basket.size", value % 10)
    client.timing("checkout.time", value / 4)

# The client asks this generator which of the values it sends. When it aggregates, it asks once for
# the sum, and all or nothing comes.
kept = 0
if mode == "direct":
    random.seed(7)
    state = random.getstate()
    kept = sum(random.random() <= 0.25 for _ in range(1000))
    random.setstate(state)
    for _ in range(1000):
        client.increment("pages.viewed", sample_rate=0.25)

time = int(seconds)
client.count_with_timestamp("orders.late", 12, timestamp=time)
client.gauge_with_timestamp("queue.late", 5, timestamp=time)
client.event(
    "배포 2.0",
    "line one\nline | two",
    alert_type="warning",
    aggregation_key="deploys",
    source_type_name="ci",
    priority="low",
    hostname="build-1",
    date_happened=time,
    tags=["version:2.0", "step:last"],
)
client.service_check("db.can_connect", DogStatsd.CRITICAL, message="no answer\nfor 5 s", timestamp=time)
client.service_check("cache.can_connect", DogStatsd.OK, hostname="cache-1", tags=["zone:a"])
if not client.stop():
    failures.append("the last flush failed")
print(json.dumps({"pages_kept": kept, "failures": failures}))
