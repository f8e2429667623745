"""A Flask application under `ddtrace-run` that asks itself, and ends.

Of 200 requests for an order every tenth takes 50 ms and every twentieth fails; each of 20 requests
for a basket asks for an order of its own. Nothing in it knows of telemetry.
Environment: PORT is where it listens. Prints nothing but what the tracer logs.
"""

import http.client
import os
import threading
import time

import requests
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

PORT = int(os.environ["PORT"])
application = Flask(__name__)


@application.get("/orders/<int:number>")
def order(number):
    time.sleep(0.05 if number % 10 == 0 else 0.001)
    if number % 20 == 0:
        return "out of stock", 500
    return {"number": number}


@application.get("/baskets/<int:number>")
def basket(number):
    return requests.get(f"http://127.0.0.1:{PORT}/orders/1", timeout=30).json()


class Silent(WSGIRequestHandler):
    def log(self, *_):
        pass


def ask(path):
    # Its calls are not traced.
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    connection.request("GET", path)
    connection.getresponse().read()
    connection.close()


server = make_server("127.0.0.1", PORT, application, threaded=True, request_handler=Silent)
serving = threading.Thread(target=server.serve_forever)
serving.start()
for number in range(1, 201):
    ask(f"/orders/{number}")
for number in range(1, 21):
    ask(f"/baskets/{number}")
time.sleep(float(os.environ.get("LINGER", "0")))
server.shutdown()
serving.join()
