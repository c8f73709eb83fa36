"""Which server: speed, memory, and whether slow clients stop the others.

    python bench/server/measure.py [granian] [gunicorn] [waitress]

Each server serves ``bare.py`` with two processes.  Printed per server: memory at rest
(proportional set size of all its processes), requests per second and CPU per request over
eight kept-alive connections, then the delay of one honest reader alone and beside 200 slow
clients: a third sends its headers one letter at a time, a third its body, a third
reads a big page one piece at a time.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
PORT = 8765
WORKERS = 2
SLOW = int(os.environ.get("SLOW", "200"))
REQUEST = b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n"

COMMANDS: dict[str, list[str]] = {
    "granian": [
        *(str(BIN / "granian"), "--interface", "wsgi", "--port", str(PORT)),
        *("--workers", str(WORKERS), "--no-log", "bare:app"),
    ],
    "granian, 8 threads": [
        *(str(BIN / "granian"), "--interface", "wsgi", "--port", str(PORT)),
        *("--workers", str(WORKERS), "--blocking-threads", "8", "--no-log", "bare:app"),
    ],
    "gunicorn": [
        *(str(BIN / "gunicorn"), "--bind", f"127.0.0.1:{PORT}", "--worker-class", "gthread"),
        *("--workers", str(WORKERS), "--threads", "8", "--preload", "bare:app"),
    ],
    "waitress": [sys.executable, "forked_waitress.py", str(PORT), str(WORKERS)],
}


def main(names: list[str]) -> None:
    print(f"{os.cpu_count()} cores, {WORKERS} workers, Python {sys.version.split()[0]}")
    for name in names or COMMANDS:
        with serving(name) as pid:
            print(f"\n{name}")
            print(
                f"  memory at rest     {memory_mb(pid):7.1f} MB PSS, {len(family(pid))} processes"
            )
            rate, cpu = throughput(pid)
            print(f"  20 kB page         {rate:7.0f} requests/s, {cpu * 1e6:.0f} µs CPU each")
            alone = delays()
            print(f"  one reader alone   p50 {alone[0]:6.1f} ms   p95 {alone[1]:7.1f} ms")
            stop = threading.Event()
            crowd = threading.Thread(target=slow_clients, args=(stop,), daemon=True)
            crowd.start()
            time.sleep(3)
            beside = delays()
            stop.set()
            crowd.join()
            print(f"  beside {SLOW} slow    p50 {beside[0]:6.1f} ms   p95 {beside[1]:7.1f} ms")


@contextlib.contextmanager
def serving(name: str) -> Iterator[int]:
    """Start the server, wait until it answers, end it afterwards."""
    process = subprocess.Popen(COMMANDS[name], cwd=HERE, stderr=subprocess.DEVNULL)
    try:
        began = time.monotonic()
        while time.monotonic() - began < 20:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", PORT), 1) as c,
            ):
                c.sendall(REQUEST)
                if c.recv(100).startswith(b"HTTP/1.1 200"):
                    break
            time.sleep(0.1)
        time.sleep(1)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            print("  did not end within 10 s of SIGTERM")
            for pid in family(process.pid):
                os.kill(pid, signal.SIGKILL)


def family(pid: int) -> list[int]:
    """``pid`` and all its descendants."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return found


def memory_mb(pid: int) -> float:
    """Proportional set size of the family, in MB."""
    rollups = (Path(f"/proc/{one}/smaps_rollup").read_text() for one in family(pid))
    lines = (line for text in rollups for line in text.splitlines() if line.startswith("Pss:"))
    return sum(int(line.split()[1]) for line in lines) / 1024


def cpu_seconds(pid: int) -> float:
    """CPU used so far by the family."""
    ticks = 0
    for one in family(pid):
        columns = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(columns[11]) + int(columns[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def throughput(pid: int, *, connections: int = 8, seconds: float = 5) -> tuple[float, float]:
    """(requests per second, CPU seconds per request) over kept-alive connections."""
    size = answer_size()
    pool = selectors.DefaultSelector()
    for _ in range(connections):
        connection = socket.create_connection(("127.0.0.1", PORT))
        pool.register(connection, selectors.EVENT_READ, [0])
        connection.sendall(REQUEST)
    before, began, done = cpu_seconds(pid), time.monotonic(), 0
    while time.monotonic() - began < seconds:
        for key, _ in pool.select(1):
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            key.data[0] += len(connection.recv(1 << 20))
            if key.data[0] >= size:
                key.data[0] = 0
                done += 1
                connection.sendall(REQUEST)
    took, used = time.monotonic() - began, cpu_seconds(pid) - before
    for key in list(pool.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    return done / took, used / done


def answer_size() -> int:
    """Bytes of one answer, headers included."""
    with socket.create_connection(("127.0.0.1", PORT)) as connection:
        connection.sendall(REQUEST)
        connection.settimeout(0.5)
        size = 0
        with contextlib.suppress(TimeoutError):
            while piece := connection.recv(1 << 20):
                size += len(piece)
        return size


def delays(*, count: int = 100) -> tuple[float, float]:
    """(p50, p95) in ms of a new connection and one page, a reader every 50 ms; 10 s is given up."""
    took = []
    for _ in range(count):
        began = time.monotonic()
        try:
            with socket.create_connection(("127.0.0.1", PORT), 10) as connection:
                connection.sendall(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
                while connection.recv(1 << 20):
                    pass
            took.append(time.monotonic() - began)
        except TimeoutError:
            took.append(10.0)
            if took.count(10.0) == 5:
                break
        time.sleep(0.05)
    took.sort()
    return took[len(took) // 2] * 1e3, took[int(len(took) * 0.95)] * 1e3


def slow_clients(stop: threading.Event) -> None:
    """Hold ``SLOW`` connections busy, each with a letter or a piece per second."""
    crowd = []
    for n in range(SLOW):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", PORT))
        head = b"POST /length HTTP/1.1\r\nHost: bench\r\nContent-Length: 100000\r\n\r\n"
        connection.sendall(
            [b"GET / HTTP/1.1\r\nX-Slow: ", head, REQUEST.replace(b"/", b"/big", 1)][n % 3]
        )
        connection.setblocking(False)
        crowd.append(connection)
    while not stop.wait(1):
        for n, connection in enumerate(crowd):
            with contextlib.suppress(OSError):
                connection.recv(1000) if n % 3 == 2 else connection.send(b"a")
    for connection in crowd:
        connection.close()


if __name__ == "__main__":
    main(sys.argv[1:])
