"""The running site: its processes start, stop and survive together."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Seconds that a start or an end may take on a slow machine.
PATIENCE = 60


class Site:
    """One ``bin/serve`` without its set-up, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        self.lines: list[str] = []

    def start(self) -> None:
        settings = {"DATA_DIR": str(self.folder), "CONTENT_DIR": "", "PORT": str(self.port)}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "app.serving"],
            env=os.environ | settings | {"WEB_WORKERS": "2", "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("serving:"):
                return
        raise AssertionError("".join(self.lines))

    def children(self) -> list[int]:
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in found.split()]

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/healthz", timeout=10
            ) as page:
                return bool(page.status == 200)
        except OSError:
            return False

    def stop(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture
def site(folder) -> Iterator[Site]:
    site = Site(folder)
    site.start()
    yield site
    if site.process.poll() is None:
        os.killpg(site.process.pid, signal.SIGKILL)
        site.process.wait(PATIENCE)


def eventually(holds) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.1)
    return False


def has_ended(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_site_tells_its_steps_and_stops_with_all_its_processes(site, number):
    children = site.children()
    assert len(children) == 3  # two that answer, one for jobs and indexing
    assert site.answers()
    said = "".join(site.lines)
    assert f"http://127.0.0.1:{site.port}" in said
    assert re.search(r"administrator: .*http://127\.0\.0\.1:\d+/join/\S+", said)

    status = site.stop(number)

    assert status == 0
    assert all(map(has_ended, children))
    assert not site.answers()


def test_thai_letters_in_an_address_need_no_escaping(site):
    with socket.create_connection(("127.0.0.1", site.port), 10) as line:
        line.sendall("GET /search?q=ครู HTTP/1.0\r\nHost: example.org\r\n\r\n".encode())
        answer = line.makefile("rb").read().decode()

    assert answer.startswith("HTTP/1.0 200")
    assert 'value="ครู"' in answer


def test_a_process_that_died_is_started_again(site):
    before = site.children()

    os.kill(before[-1], signal.SIGKILL)

    assert eventually(lambda: len(site.children()) == 3 and site.children() != before)
    assert site.answers()


def test_nothing_is_left_when_the_parent_is_killed(site):
    children = site.children()

    site.stop(signal.SIGKILL)

    assert eventually(lambda: all(map(has_ended, children)))
    assert not site.answers()
