"""kill -9 while eight people write: nothing acknowledged is lost or doubled.

    .venv/bin/python bench/faults/kill_writers.py [--rounds 3] [--seconds 3]

Each round: the site runs with two workers, eight writers send posts and comments through the
API, every process of the site is killed at once, the site is started again.  Then every post
and comment whose answer had arrived must be there exactly once, the site must have been ready
within 5 s, and all posts must be found by searching within 30 s.  Exit status 1 when not.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
WRITERS = 8
READY_S, FOUND_S = 5.0, 30.0


def main() -> int:
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--seconds", type=float, default=3)
    options = asked.parse_args()
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.prepare()
        site.start()
        for n in range(options.rounds):
            faults += one_round(site, n, options.seconds)
        site.kill()
    for fault in faults:
        print(f"FAULT: {fault}")
    print(f"{options.rounds} rounds, {len(faults)} faults")
    return 1 if faults else 0


def one_round(site: Site, n: int, seconds: float) -> list[str]:
    """Write, kill, start again, look; what was wrong."""
    posts: dict[str, int] = {}
    comments: dict[str, int] = {}
    stop = threading.Event()
    writers = [
        threading.Thread(target=write, args=(site, f"{n}-{w}", stop, posts, comments))
        for w in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    time.sleep(seconds * random.Random(n).uniform(0.6, 1.0))
    site.kill()
    stop.set()
    for writer in writers:
        writer.join()
    started = time.monotonic()
    site.start()
    ready = time.monotonic() - started
    print(
        f"round {n}: {len(posts)} posts and {len(comments)} comments acknowledged, "
        f"ready in {ready:.1f} s"
    )
    faults = [] if ready <= READY_S else [f"ready after {ready:.1f} s"]
    faults += lost_posts(site, posts)
    faults += lost_comments(site, comments)
    return faults + not_found(site, posts)


def write(
    site: Site, name: str, stop: threading.Event, posts: dict[str, int], comments: dict[str, int]
) -> None:
    """Send posts and comments until the site is gone; note those that were acknowledged."""
    i = 0
    while not stop.is_set():
        i += 1
        title = f"ข้อความทดลอง ท{name.replace('-', 'ท')}ท{i}"
        try:
            post = {"kind": "post", "title": title, "body": "ข้อความ", "status": "published"}
            number = site.send("POST", "/api/v1/entries", post)["number"]
            posts[title] = number
            said = f"ความเห็นของ {name} ที่ {i}"
            site.send("POST", f"/api/v1/entries/{number}/comments", {"body": said})
            comments[said] = number
        except (OSError, http.client.HTTPException, ValueError):
            return


def lost_posts(site: Site, posts: dict[str, int]) -> list[str]:
    faults = []
    for title, number in posts.items():
        try:
            found = site.send("GET", f"/api/v1/entries/{number}")
        except ValueError as error:
            faults.append(f"post {number} is lost: {error}")
            continue
        if found["title"] != title:
            faults.append(f"post {number} is another: {found['title']}")
    return faults


def lost_comments(site: Site, comments: dict[str, int]) -> list[str]:
    faults = []
    for said, number in comments.items():
        rows = site.send("GET", f"/api/v1/entries/{number}/comments")["comments"]
        count = sum(row["body"] == said for row in rows)
        if count != 1:
            faults.append(f"comment “{said}” stands {count} times")
    return faults


def not_found(site: Site, posts: dict[str, int]) -> list[str]:
    """Posts that searching does not find within FOUND_S."""
    end = time.monotonic() + FOUND_S
    missing = dict(posts)
    while missing and time.monotonic() < end:
        for title, number in list(missing.items()):
            word = title.split()[-1]
            hits = site.send("GET", f"/api/v1/search?q={quote(word)}")["hits"]
            if any(hit["number"] == number for hit in hits):
                del missing[title]
        time.sleep(0.1)
    return [f"post {number} is not found" for number in missing.values()]


class Site:
    """A site of its own, its processes and a key to write with."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "FLASK_APP": "wsgi.py",
            "DATA_DIR": str(folder),
            "CONTENT_DIR": "",
            "PORT": str(self.port),
            "WEB_WORKERS": "2",
            "RATE_LIMITS": "off",
        }
        self.token = ""
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        self.flask(
            "users", "create", "tester", "--right", "writer", "--community", "tambon-bang-chak",
            "--display-name", "ทดลอง", "--password-stdin", said="a-long-enough-password\n",
        )  # fmt: skip
        self.token = (
            self.flask("users", "token", "tester", "--scope", "write").strip().splitlines()[-1]
        )

    def flask(self, *words: str, said: str = "") -> str:
        if not (Path(self.env["DATA_DIR"]) / "instance" / "app.db").exists():
            self.start()
            self.kill()
        done = subprocess.run(
            [sys.executable, "-m", "app", *words],
            env=self.env,
            cwd=ROOT,
            input=said,
            text=True,
            capture_output=True,
        )
        if done.returncode:
            raise SystemExit(f"flask {words} failed: {done.stderr[-1500:]}")
        return done.stdout

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.serving"], env=self.env, cwd=ROOT, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(6000):
            try:
                if self.answer("GET", "/readyz")[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)
        raise SystemExit("the site did not start")

    def kill(self) -> None:
        """kill -9 for every process of the site at once."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One request of the API; ValueError for an answer that is no success."""
        status, data = self.answer(method, path, body)
        if status not in (200, 201):
            raise ValueError(f"{status} {data[:200]!r}")
        answer: dict[str, Any] = json.loads(data)
        return answer

    def answer(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> tuple[int, bytes]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        link.request(method, path, json.dumps(body).encode() if body else None, headers)
        answer = link.getresponse()
        data = answer.read()
        link.close()
        return answer.status, data


if __name__ == "__main__":
    sys.exit(main())
