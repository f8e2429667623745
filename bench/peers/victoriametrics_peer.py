"""VictoriaMetrics and Prometheus on the same OTLP metrics requests, when they are on PATH.

They answer no SQL, so only what they cost is compared. Argument: the job file of the bench.
"""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
import urllib.error
import urllib.request

import common


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def requests_of(path: str):
    """The bodies of the bench's request file."""
    with open(path, "rb") as file:
        while header := file.read(8):
            _, length = struct.unpack("<II", header)
            yield file.read(length)


def wait_ready(url: str) -> None:
    """Waits for the first good answer."""
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=1).read()
            return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    raise RuntimeError(f"nothing answers at {url}")


def measure(name: str, command: list, url: str, ready: str, folder: str, entry: dict) -> dict:
    """Starts a program, posts every request, stops it; what that cost."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_ready(ready)
        cpu = common.process_cpu_seconds(process.pid)
        started = time.perf_counter()
        for body in requests_of(entry["requests_file"]):
            request = urllib.request.Request(
                url, body, {"content-type": "application/x-protobuf"}, method="POST"
            )
            urllib.request.urlopen(request, timeout=60).read()
        seconds = time.perf_counter() - started
        # Both keep the newest rows in memory for some seconds before they are written and merged.
        time.sleep(15)
        cpu = common.process_cpu_seconds(process.pid) - cpu
        peak = common.process_peak_bytes(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    return {
        "table": f"{entry['table']} in {name}",
        "rows": entry["rows"],
        "raw_bytes": entry["raw_bytes"],
        "seconds": seconds,
        "cpu_seconds": cpu,
        "peak_bytes": peak,
        "disk_bytes": common.disk_bytes(folder),
    }


def version_of(program: str) -> str:
    """First line of its version."""
    output = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return (output.stdout + output.stderr).strip().splitlines()[0]


job = common.read_job()
entry = next(entry for entry in job["tables"] if entry["table"] == "metric_points")
tables, versions = [], []

if program := shutil.which("victoria-metrics"):
    folder, port = os.path.join(job["folder"], "victoria"), free_port()
    os.makedirs(folder)
    base = f"http://127.0.0.1:{port}"
    command = [program, f"-storageDataPath={folder}", f"-httpListenAddr=127.0.0.1:{port}"]
    url = f"{base}/opentelemetry/v1/metrics"
    tables.append(measure("victoria-metrics", command, url, f"{base}/health", folder, entry))
    versions.append(version_of(program))
if program := shutil.which("prometheus"):
    folder, port = os.path.join(job["folder"], "prometheus"), free_port()
    os.makedirs(folder)
    config = os.path.join(job["folder"], "prometheus.yml")
    with open(config, "w", encoding="utf-8") as file:
        file.write("storage:\n  tsdb:\n    out_of_order_time_window: 24h\n")
    base = f"http://127.0.0.1:{port}"
    command = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-otlp-receiver",
    ]
    url = f"{base}/api/v1/otlp/v1/metrics"
    tables.append(measure("prometheus", command, url, f"{base}/-/ready", folder, entry))
    versions.append(version_of(program))
if not tables:
    common.skip("neither victoria-metrics nor prometheus is on PATH")
print(json.dumps({"version": ", ".join(versions), "tables": tables}))
