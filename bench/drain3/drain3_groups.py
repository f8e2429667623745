"""Drain3 with its default configuration, for the benchmark of log patterns.

Reads one JSON array of messages from each file named on the command line. Writes one line of JSON a
file: the cluster of each message as it arrived, and the lines a second over as many
passes as the first argument says. One miner for each file, nothing configured.
"""

import json
import logging
import sys
import time

from drain3 import TemplateMiner
from drain3.template_miner_config import TemplateMinerConfig


def group(messages, passes):
    miner = TemplateMiner(config=TemplateMinerConfig())
    start = time.perf_counter()
    clusters = [miner.add_log_message(message)["cluster_id"] for message in messages]
    for _ in range(passes - 1):
        for message in messages:
            miner.add_log_message(message)
    seconds = time.perf_counter() - start
    return {"clusters": clusters, "lines_per_second": passes * len(messages) / seconds}


def main():
    logging.disable(logging.CRITICAL)
    passes = int(sys.argv[1])
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            print(json.dumps(group(json.load(file), passes)))


if __name__ == "__main__":
    main()
