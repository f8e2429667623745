"""A small shop as a Flask application, with PostgreSQL and Redis behind it.

Nothing in it knows of telemetry: `ddtrace-run` adds that from outside.
Environment: PORT is where it listens, POSTGRES_PORT and REDIS_PORT where its stores do.
"""

import os
import threading

import psycopg2
import redis
from flask import Flask, abort
from werkzeug.serving import WSGIRequestHandler, make_server

application = Flask(__name__)
# The tracer alone writes to the standard error stream.
application.logger.disabled = True
cache = redis.Redis(host="127.0.0.1", port=int(os.environ["REDIS_PORT"]), decode_responses=True)
lock = threading.Lock()


def connect():
    return psycopg2.connect(
        host="127.0.0.1", port=int(os.environ["POSTGRES_PORT"]), user="postgres", dbname="postgres"
    )


with connect() as connection, connection.cursor() as cursor:
    cursor.execute("CREATE TABLE orders (number bigint PRIMARY KEY, dish text NOT NULL)")
    cursor.execute("INSERT INTO orders SELECT n, 'kimbap' FROM generate_series(1, 20) n")
database = connect()
database.autocommit = True


@application.get("/health")
def health():
    return "ok"


@application.get("/orders/<int:number>")
def read(number):
    if (dish := cache.get(f"order:{number}")) is not None:
        return {"number": number, "dish": dish}
    with lock, database.cursor() as cursor:
        cursor.execute(f"SELECT dish FROM orders WHERE number = {number} AND dish <> 'secret'")
        row = cursor.fetchone()
    if row is None:
        abort(404)
    cache.set(f"order:{number}", row[0])
    return {"number": number, "dish": row[0]}


@application.get("/broken")
def broken():
    raise ValueError("the oven is cold")


class Silent(WSGIRequestHandler):
    def log(self, *_):
        pass


make_server(
    "127.0.0.1", int(os.environ["PORT"]), application, threaded=True, request_handler=Silent
).serve_forever()
