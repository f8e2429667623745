"""Logs through a handler of Loki's push API.

Arguments: URL of the push route.
"""

import logging
import sys

import logging_loki

# A handler that fails prints to standard error and goes on; here it must be seen.
logging.raiseExceptions = True
logging_loki.emitter.LokiEmitter.level_tag = "level"
handler = logging_loki.LokiHandler(url=sys.argv[1], tags={"app": "결제", "env": "prod"}, version="1")
failures = []
handler.handleError = lambda record: failures.append(record)
logger = logging.getLogger("shop.pay")
logger.setLevel(logging.DEBUG)
logger.addHandler(handler)
logger.error("card declined: 한도 초과", extra={"tags": {"region": "kr"}})
logger.warning("slow")
for index in range(20):
    logger.debug('{"msg": "inner %d", "order": {"id": %d}}', index, index)
if failures:
    sys.exit(f"{len(failures)} records were not taken")
