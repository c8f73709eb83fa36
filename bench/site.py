"""The speed and size of a whole site, as its visitors and its machine meet it.

    .venv/bin/python bench/site.py [--entries 10000] [--files 1000] [--seconds 5]

In a folder of its own that is removed afterwards: fills a site with made-up entries, starts
it with two workers as bin/serve does, and prints start, memory, reading (beside a bare Flask
page of the same size under the same server, in turns), searching, browsing, saving and the
time until a saved text is found; then imports a folder of Markdown files of 3 to 5 kB.
Nothing here is a test: figures stand in bench/README.md with the machine they came from.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2
PREPARE = (
    "from app import create_app; from app.services import setup; setup.prepare(create_app(), print)"
)
QUERIES = (
    "ปุ๋ยหมัก", "บัญชีครัวเรือน", "กลุ่มออมทรัพย์", "ปี 2550", "๒๕๔๙", "แผนชุมชน ปัญหา", "งบ", "กศน.", "3 ตำบล",
    "ธนาคารต้นไม้ บางจาก", "เยาวชนกับคลอง", "น้ำท่วม", "คนหนุ่มสาว", "วันพระ", "สวัสดิการวันละบาท", "ตลาดนัด",
)  # fmt: skip
BROWSING = (
    "/lessons",
    "/search",
    "/search?year=2550",
    "/search?program=km-kaejon&sort=newest",
    "/posts?page=7",
)


def main() -> None:
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("--entries", type=int, default=10_000)
    asked.add_argument("--files", type=int, default=1_000)
    asked.add_argument("--seconds", type=float, default=5)
    options = asked.parse_args()
    print(f"{os.cpu_count()} cores, {WORKERS} workers, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory() as folder:
        measure_import(Path(folder) / "import", options.files)
        measure_site(Path(folder) / "site", options.entries, options.seconds)


# --- import ----------------------------------------------------------------------------


def measure_import(data: Path, count: int) -> None:
    library = data / "library" / "posts"
    library.mkdir(parents=True)
    chance = random.Random(1)
    for n in range(count):
        (library / f"{800_000 + n}.md").write_text(markdown_file(chance, 800_000 + n), "utf-8")
    size = statistics.mean(file.stat().st_size for file in library.iterdir())
    prepare = environment(data, CONTENT_DIR="")
    run(
        [
            "-c",
            PREPARE,
        ],
        prepare,
    )
    started = time.perf_counter()
    run(["-m", "app", "content", "import", str(library.parent)], prepare)
    took = time.perf_counter() - started
    print(
        f"import, rendered and indexed  {count} files of {size / 1000:.1f} kB: {took:.1f} s, "
        f"{count / took:.0f}/s"
    )


def markdown_file(chance: random.Random, number: int) -> str:
    sys.path.insert(0, str(ROOT))
    from app.services.demo import TOPICS, story

    topic = chance.choice(TOPICS)
    year = chance.randint(2548, 2555)
    body = story(chance, topic, letters=chance.randint(1000, 1500)).replace(
        "\n\n", f"\n\n## เรื่อง{topic}\n\n", 2
    )
    return (
        f"---\nnumber: {number}\nkind: post\ntitle: {topic} เรื่องที่ {number}\nyears: [{year}]\n"
        f"communities: [tambon-bang-chak]\nprograms: [own-work]\ntags: [{topic}]\n---\n"
        f"{body}\n\n- **ข้อแรก**\n- ข้อสอง\n"
    )


# --- the running site ------------------------------------------------------------------


def measure_site(data: Path, count: int, seconds: float) -> None:
    env = environment(data)
    run(
        [
            "-c",
            PREPARE,
        ],
        env,
    )
    run(["-m", "app", "demo", "load", "--entries", str(count)], env)
    account = ["users", "create", "bench", "--right", "writer", "--community", "tambon-bang-chak"]
    account += ["--display-name", "Bench", "--password-stdin"]
    run(["-m", "app", *account], env, said="a-long-enough-password\n")
    token = (
        run(["-m", "app", "users", "token", "bench", "--scope", "write"], env)
        .strip()
        .splitlines()[-1]
    )
    started = time.perf_counter()
    with serving([sys.executable, "-m", "app.serving"], env, int(env["PORT"])) as (pid, port):
        print(f"start to first answer, {count} entries  {time.perf_counter() - started:.2f} s")
        time.sleep(6)
        print(
            f"memory of all processes at rest  {memory_mb(pid):.0f} MB PSS, "
            f"{len(family(pid))} processes"
        )
        page = "/posts/900016"
        size = len(fetch(port, page)[1])
        reading_beside_bare(pid, port, page, size, seconds)
        print(
            told(
                "search page, words",
                [timed(port, f"/search?q={quote(q)}&_={n}") for n in range(12) for q in QUERIES],
            )
        )
        print(
            told(
                "search page, browsing",
                [
                    timed(port, f"{path}{'&' if '?' in path else '?'}_={n}")
                    for n in range(20)
                    for path in BROWSING
                ],
            )
        )
        measure_saving(port, token)
        print(f"memory of all processes after work  {memory_mb(pid):.0f} MB PSS")


def reading_beside_bare(pid: int, port: int, page: str, size: int, seconds: float) -> None:
    """Requests per second and CPU per request, three turns each, ratios of the medians."""
    bare_env = {**os.environ, "PAGE_BYTES": str(size)}
    bare_port = free_port()
    command = [
        sys.executable,
        str(ROOT / "bench/server/forked_waitress.py"),
        str(bare_port),
        str(WORKERS),
    ]
    with serving(command, bare_env, bare_port, cwd=ROOT / "bench/server") as (bare_pid, _port):
        ours, bare = [], []
        for _turn in range(3):
            bare.append(load(bare_pid, bare_port, "/", seconds))
            ours.append(load(pid, port, page, seconds))
    rate, cpu, p95 = (statistics.median(turn[n] for turn in ours) for n in range(3))
    bare_rate, bare_cpu, bare_p95 = (statistics.median(turn[n] for turn in bare) for n in range(3))
    print(
        f"reading a post  {rate:.0f} requests/s, {cpu * 1e6:.0f} µs CPU, "
        f"p95 {p95 * 1e3:.1f} ms ({size / 1000:.0f} kB sent)"
    )
    print(
        f"bare Flask page {bare_rate:.0f} requests/s, {bare_cpu * 1e6:.0f} µs CPU, "
        f"p95 {bare_p95 * 1e3:.1f} ms"
    )
    print(
        f"  ratio: rate {rate / bare_rate:.2f}, CPU {cpu / bare_cpu:.1f} times, "
        f"p95 {p95 / bare_p95:.1f} times"
    )


def measure_saving(port: int, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    saves, founds = [], []
    for n in range(40):
        word = f"คำหายาก{n}กขค{random.Random(n).randint(1000, 9999)}"
        body = json.dumps(
            {"kind": "post", "title": f"ทดลองบันทึก {word}",
             "body": f"ข้อความของ {word}\n\n" * 20, "status": "published",
             "communities": ["tambon-bang-chak"], "years": [2550]}
        )  # fmt: skip
        started = time.perf_counter()
        status, _body = fetch(port, "/api/v1/entries", "POST", body, headers)
        saves.append(time.perf_counter() - started)
        if status != 201:
            raise SystemExit(f"saving answered {status}: {_body[:300]!r}")
        saved = time.perf_counter()
        while json.loads(fetch(port, f"/api/v1/search?q={quote(word)}")[1])["total"] == 0:
            time.sleep(0.02)
            if time.perf_counter() - saved > 10:
                break
        founds.append(time.perf_counter() - saved)
    print(told("saving an entry", saves))
    print(told("until it is found", founds))


# --- tools -----------------------------------------------------------------------------


def environment(data: Path, **more: str) -> dict[str, str]:
    data.mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "FLASK_APP": "wsgi.py",
        "DATA_DIR": str(data),
        "PORT": str(free_port()),
        "WEB_WORKERS": str(WORKERS),
        "RATE_LIMITS": "off",
        **more,
    }


def run(arguments: list[str], env: dict[str, str], said: str = "") -> str:
    done = subprocess.run(
        [sys.executable, *arguments], env=env, cwd=ROOT, input=said, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{arguments} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def serving(
    command: list[str], env: dict[str, str], port: int, cwd: Path = ROOT
) -> Iterator[tuple[int, int]]:
    process = subprocess.Popen(
        command, env=env, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        yield process.pid, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def wait_for(port: int) -> None:
    for _ in range(3000):
        try:
            if fetch(port, "/")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.01)
    raise SystemExit("the server did not answer in 30 s")


def fetch(
    port: int,
    path: str,
    method: str = "GET",
    body: str | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body.encode() if body else None, headers or {})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, data


def timed(port: int, path: str) -> float:
    started = time.perf_counter()
    status, _body = fetch(port, path)
    if status != 200:
        raise SystemExit(f"{path} answered {status}")
    return time.perf_counter() - started


def load(pid: int, port: int, path: str, seconds: float) -> tuple[float, float, float]:
    """(requests per second, CPU seconds a request, p95 in seconds) of eight kept-alive readers."""
    delays: list[list[float]] = [[] for _ in range(8)]
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    end = time.perf_counter() + seconds
    before, started = cpu_seconds(pid), time.perf_counter()
    readers = [
        threading.Thread(target=read_until, args=(port, request, end, took)) for took in delays
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    took = sorted(delay for each in delays for delay in each)
    elapsed = time.perf_counter() - started
    return len(took) / elapsed, (cpu_seconds(pid) - before) / len(took), took[int(len(took) * 0.95)]


def read_until(port: int, request: bytes, end: float, took: list[float]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as link:
        stream = link.makefile("rb")
        while (started := time.perf_counter()) < end:
            link.sendall(request)
            length = 0
            while (line := stream.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            stream.read(length)
            took.append(time.perf_counter() - started)


def family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in family(int(child)))]


def memory_mb(pid: int) -> float:
    """Proportional set size of all processes."""
    rows = [Path(f"/proc/{member}/smaps_rollup").read_text() for member in family(pid)]
    return sum(int(row.split("Pss:")[1].split()[0]) for row in rows) / 1024


def cpu_seconds(pid: int) -> float:
    total = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def told(name: str, took: list[float]) -> str:
    ordered = sorted(took)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    p50 = statistics.median(ordered)
    return f"{name}  p50 {p50 * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms, {len(ordered)} times"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
