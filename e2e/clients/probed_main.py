"""Starts probed_shop.py. Argument: the port."""

import logging
import sys

import probed_shop

# What is left on standard error is of the tracer.
logging.getLogger("werkzeug").setLevel(logging.ERROR)
probed_shop.app.run(port=int(sys.argv[1]))
