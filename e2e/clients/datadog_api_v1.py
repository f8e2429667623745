"""Metrics, distributions, an event and a service check with the `datadog` package.

Arguments: address of the API, seconds since 1970.
"""

import json
import logging
import sys

logging.basicConfig(level=logging.WARNING)
from datadog import api, initialize

address, seconds = sys.argv[1], int(sys.argv[2])
initialize(api_key="a-key-of-datadog", api_host=address, host_name="web-1", mute=False)

told = {}
tags = ["env:prod", "service:shop", "region:kr", "status:paid", "team:a", "team:b"]
told["gauge"] = api.Metric.send(
    metric="shop.queue", points=[(seconds, 3.5), (seconds + 1, 4)], tags=tags, host="web-2"
)
told["list"] = api.Metric.send(
    [
        {"metric": "shop.orders", "type": "count", "interval": 10, "points": (seconds, 7)},
        {"metric": "shop.hits", "type": "rate", "interval": 10, "points": [(seconds, 0.5)]},
    ],
    compress_payload=True,
)
# The same once more, as when an answer was lost.
for _ in range(2):
    told["again"] = api.Metric.send(metric="shop.again", type="count", points=[(seconds, 5)])
told["distribution"] = api.Distribution.send(
    distributions=[
        {"metric": "shop.latency", "points": [(seconds, [1.0, 2.0, 100.0])], "tags": tags},
        {"metric": "shop.latency", "points": [(seconds + 1, [8.0] * 1000)]},
    ],
    compress_payload=True,
)
told["event"] = api.Event.create(
    title="Deployed 주문",
    text="version 2\nis out",
    alert_type="warning",
    date_happened=seconds,
    aggregation_key="deploy",
    source_type_name="ci",
    tags=["env:prod", "service:shop"],
)
told["check"] = api.ServiceCheck.check(
    check="shop.db",
    host_name="web-1",
    status=api.constants.CheckStatus.CRITICAL,
    timestamp=seconds,
    message="connection refused",
    tags=["env:prod"],
)
try:
    api.Metric.send(metric="shop.old", points=[(1_000_000_000, 1)])
except Exception as error:
    told["old"] = str(error)
print(json.dumps(told))
