"""Events through fluent-logger, and packed ones with acknowledgements written with its packer.

Arguments: host, port, time in s.
"""

import gzip
import json
import socket
import sys

import msgpack
from fluent import sender

host, port, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
logger = sender.FluentSender("shop", host=host, port=port, nanosecond_precision=True)
for index in range(300):
    record = {"log": f"event {index}\n", "level": "warn", "nested": {"n": index}}
    if not logger.emit_with_time("web", sender.EventTime(seconds + index / 1000), record):
        sys.exit(str(logger.last_error))
logger.close()
sender_of_seconds = sender.FluentSender("plain", host=host, port=port)
if not sender_of_seconds.emit_with_time(None, seconds, {"message": "in seconds"}):
    sys.exit(str(sender_of_seconds.last_error))
sender_of_seconds.close()

# What Fluentd and Fluent Bit send with `require_ack_response`: packed, also compressed.
entries = b"".join(
    msgpack.packb([seconds, {"message": f"packed {index}", "kubernetes": {"pod_name": "p-1"}}])
    for index in range(500)
)
unpacker = msgpack.Unpacker()
acknowledged = []
with socket.create_connection((host, port), timeout=30) as connection:
    for chunk, packed, options in [
        ("one", entries, {}),
        ("two", gzip.compress(entries), {"compressed": "gzip"}),
        ("one", entries, {}),
    ]:
        connection.sendall(msgpack.packb(["packed", packed, {"chunk": chunk, **options}]))
        while True:
            unpacker.feed(connection.recv(4096))
            answers = list(unpacker)
            if answers:
                acknowledged += [answer["ack"] for answer in answers]
                break
print(json.dumps({"acknowledged": acknowledged}))
