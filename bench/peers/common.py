"""What every peer measures: processor seconds, peak memory, bytes on disk, latency."""

import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

COLD_RUNS = 3
WARM_RUNS = 15


def read_job() -> dict:
    """The job that the bench wrote."""
    with open(sys.argv[1], encoding="utf-8") as file:
        return json.load(file)


def skip(reason: str) -> None:
    """Ends the script: the report says why this peer is missing."""
    print(json.dumps({"skipped": reason}))
    sys.exit(0)


def own_cpu_seconds() -> float:
    """User and system time of this process, all threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def own_peak_bytes() -> int:
    """Most memory that this process ever had resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def disk_bytes(folder: str) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in pathlib.Path(folder).rglob("*") if path.is_file())


def drop_page_cache() -> None:
    """Makes the next read cold, with the right to."""
    subprocess.run(["sync"], check=False)
    try:
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")
    except OSError:
        pass


def timed(ask) -> tuple:
    """Milliseconds and the answer."""
    started = time.perf_counter()
    answer = ask()
    return (time.perf_counter() - started) * 1000, answer


def ask_all(questions: list, reopen) -> list:
    """Asks each question cold, on a freshly opened store, then warm. `reopen` answers `ask(sql)`."""
    answered = []
    for question in questions:
        cold = []
        for _ in range(COLD_RUNS):
            drop_page_cache()
            ask = reopen()
            cold.append(timed(lambda: ask(question["sql"]))[0])
        warm = []
        for _ in range(WARM_RUNS):
            milliseconds, answer = timed(lambda: ask(question["sql"]))
            warm.append(milliseconds)
        answered.append(
            {
                "name": question["name"],
                "cold_ms": statistics.median(cold),
                "warm_ms": statistics.median(warm),
                "answer": answer,
            }
        )
    return answered


def process_cpu_seconds(process_id: int) -> float:
    """User and system time of another process."""
    fields = pathlib.Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def process_peak_bytes(process_id: int) -> int:
    """Most memory that another process ever had resident."""
    for line in pathlib.Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
