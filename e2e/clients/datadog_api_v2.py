"""Metrics, distribution points and logs with the API client of Datadog, in each of its codings.

Arguments: host and port of the API, seconds since 1970.
"""

import json
import sys

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v1.api.authentication_api import AuthenticationApi
from datadog_api_client.v1.api.events_api import EventsApi
from datadog_api_client.v1.api.metrics_api import MetricsApi as MetricsApiV1
from datadog_api_client.v1.api.service_checks_api import ServiceChecksApi
from datadog_api_client.v1.model.distribution_point import DistributionPoint
from datadog_api_client.v1.model.distribution_points_content_encoding import (
    DistributionPointsContentEncoding,
)
from datadog_api_client.v1.model.distribution_points_payload import DistributionPointsPayload
from datadog_api_client.v1.model.distribution_points_series import DistributionPointsSeries
from datadog_api_client.v1.model.event_create_request import EventCreateRequest
from datadog_api_client.v1.model.service_check import ServiceCheck
from datadog_api_client.v1.model.service_check_status import ServiceCheckStatus
from datadog_api_client.v1.model.service_checks import ServiceChecks
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.api.metrics_api import MetricsApi
from datadog_api_client.v2.model.content_encoding import ContentEncoding
from datadog_api_client.v2.model.http_log import HTTPLog
from datadog_api_client.v2.model.http_log_item import HTTPLogItem
from datadog_api_client.v2.model.metric_content_encoding import MetricContentEncoding
from datadog_api_client.v2.model.metric_intake_type import MetricIntakeType
from datadog_api_client.v2.model.metric_payload import MetricPayload
from datadog_api_client.v2.model.metric_point import MetricPoint
from datadog_api_client.v2.model.metric_resource import MetricResource
from datadog_api_client.v2.model.metric_series import MetricSeries

address, seconds = sys.argv[1], int(sys.argv[2])
configuration = Configuration()
configuration.api_key["apiKeyAuth"] = "a-key-of-datadog"
# The server with a name of its own, for every operation.
configuration.server_index = 1
configuration.server_variables.update({"name": address, "protocol": "http"})
for operation in ["submit_log"]:
    configuration.server_operation_index["v2." + operation] = 1
    configuration.server_operation_index[operation] = 1
    for name in ["v2." + operation, operation]:
        configuration.server_operation_variables[name] = {"name": address, "protocol": "http"}

TYPES = {
    "gauge": MetricIntakeType.GAUGE,
    "count": MetricIntakeType.COUNT,
    "rate": MetricIntakeType.RATE,
    "unspecified": MetricIntakeType.UNSPECIFIED,
}


def metrics(kind, at):
    return MetricPayload(
        series=[
            MetricSeries(
                metric="api." + kind,
                type=TYPES[kind],
                interval=20,
                unit="order",
                points=[MetricPoint(timestamp=at, value=1.25), MetricPoint(timestamp=at + 20, value=2.5)],
                resources=[
                    MetricResource(type="host", name="web-1"),
                    MetricResource(type="queue", name="orders"),
                ],
                tags=["env:prod", "version:7"],
            )
        ]
    )


def log(number):
    return HTTPLogItem(
        message=json.dumps({"msg": f"order {number} 주문", "level": "warn", "order": {"id": number}}),
        ddsource="python",
        ddtags="env:prod,version:7,team:a",
        hostname="web-1",
        service="shop",
        timestamp=str(seconds * 1000 + number),
        **{"dd.trace_id": "6551e0a7000000000fedcba987654321", "dd.span_id": "1311768467463790320"},
    )


told = {}
with ApiClient(configuration) as client:
    told["valid"] = AuthenticationApi(client).validate().to_dict()
    submit = MetricsApi(client).submit_metrics
    codings = {
        "gauge": {},
        "count": {"content_encoding": MetricContentEncoding.GZIP},
        "rate": {"content_encoding": MetricContentEncoding.DEFLATE},
        "unspecified": {"content_encoding": MetricContentEncoding.ZSTD1},
    }
    for kind, coding in codings.items():
        told[kind] = submit(body=metrics(kind, seconds), **coding).to_dict()
    # The same once more, as when an answer was lost.
    told["again"] = submit(body=metrics("gauge", seconds)).to_dict()

    points = DistributionPointsPayload(
        series=[
            DistributionPointsSeries(
                metric="api.size",
                host="web-1",
                tags=["env:prod"],
                points=[DistributionPoint([float(seconds), [1.0, 2.0, 4.5]])],
            )
        ]
    )
    told["distribution"] = (
        MetricsApiV1(client)
        .submit_distribution_points(
            body=points, content_encoding=DistributionPointsContentEncoding.DEFLATE
        )
        .to_dict()
    )
    logs = LogsApi(client)
    for coding in [ContentEncoding.GZIP, ContentEncoding.DEFLATE, ContentEncoding.IDENTITY]:
        first = {"gzip": 0, "deflate": 10, "identity": 20}[coding.value]
        body = HTTPLog([log(first + number) for number in range(10)])
        told["logs"] = logs.submit_log(body=body, content_encoding=coding, ddtags="shared:yes")
    told["check"] = (
        ServiceChecksApi(client)
        .submit_service_check(
            body=ServiceChecks(
                [
                    ServiceCheck(
                        check="api.up",
                        host_name="web-1",
                        status=ServiceCheckStatus.WARNING,
                        tags=["env:prod"],
                        timestamp=seconds,
                        message="slow",
                    )
                ]
            )
        )
        .to_dict()
    )
    event = EventCreateRequest(title="flag", text="on", date_happened=seconds, tags=["env:prod"])
    told["event"] = EventsApi(client).create_event(body=event).to_dict()
print(json.dumps(told))
