"""Sends documents with the bulk helper of the official client, two of them bad; prints what it told.

Arguments: URL of the API, time in ms.
"""

import json
import sys

from elasticsearch import Elasticsearch, helpers

url, time_ms = sys.argv[1], int(sys.argv[2])
client = Elasticsearch(url, request_timeout=30, max_retries=0)
info = client.info()


def documents():
    for index in range(2000):
        yield {
            "_op_type": "create",
            "_index": "logs-shop",
            "@timestamp": time_ms + index,
            "message": f"document {index} 주문",
            "log": {"level": "error" if index % 10 == 0 else "info"},
            "service": {"name": "shop"},
            "order": {"id": index, "items": [1, 2]},
        }
    yield {"_op_type": "create", "_index": "logs-shop", "@timestamp": 1577836800000, "message": "old"}
    yield {"_op_type": "delete", "_index": "logs-shop", "_id": "1"}


stored, errors = helpers.bulk(client, documents(), chunk_size=500, raise_on_error=False)
single = client.index(index="audit", document={"@timestamp": time_ms, "message": "single"})
print(
    json.dumps(
        {
            "version": info["version"]["number"],
            "stored": stored,
            "errors": errors,
            "single": single["result"],
            "health": client.cluster.health()["status"],
        }
    )
)
