"""Markdown to HTML, in a warm child process with limits; see markdown_rules for the dialect.

Python-Markdown takes quadratic time on some texts (5,000 times "[" needs 6 s), and no text
may hold up a page.  So a text is rendered once, at save, by a child that gives up after
0.7 s of CPU; the text is then shown as it was typed, with ``ok`` False.

The child is started at the first text, serves this process only, and ends by itself after a
minute without work.  Threads take turns.  A forked process starts a child of its own.
"""

from __future__ import annotations

import atexit
import contextlib
import html
import json
import logging
import os
import re
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from app.text import references

#: Raised whenever the same text would be rendered differently; entries follow by a job.
RENDERER_VERSION: Final = 1

MOST_LETTERS: Final = 500_000
MOST_QUOTE_LEVELS: Final = 30
START_LIMIT_S: Final = 20.0  # imports on a busy machine
WALL_LIMIT_S: Final = 2.0  # of one text; the child gives up after 0.7 s of CPU by itself
BUSY_LIMIT_S: Final = 10.0  # as long as the child has not had its share of CPU

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the text; ``level`` 2 to 6, ``id`` as in the HTML."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text made ready for reading.

    :ivar html: sanitised; of a text that could not be rendered, the escaped text.
    :ivar links: targets of its wiki links, normalised, each once.
    :ivar mentions: user names after @, each once.
    :ivar plain: what a reader sees, for search and excerpts; blocks on lines of their own.
    :ivar ok: False when the text is shown as it was typed.
    """

    html: str
    headings: list[Heading] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    plain: str = ""
    ok: bool = True


def render(source: str, *, links: Mapping[str, str] = MappingProxyType({})) -> Rendered:
    """Render Markdown.  No text makes it raise.

    :param links: address of each wiki target that has a page, by its normalised title
        (``references.WikiLink.target``); a target without one becomes a "redlink" to the
        place where the page can be written.
    """
    source = source.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")
    answer = None if is_too_much(source) else _renderer.ask(source, links)
    targets = list(dict.fromkeys(link.target for link in references.wiki_links(source)))
    mentions = references.mentions(source)
    if answer is None or "failed" in answer:
        log.warning("a text of %d letters is shown as it is: %s", len(source), answer)
        return Rendered(as_typed(source), [], targets, mentions, source.strip(), ok=False)
    headings = [Heading(*heading) for heading in answer["headings"]]
    return Rendered(answer["html"], headings, targets, mentions, answer["plain"])


def as_typed(source: str) -> str:
    """``source`` as HTML that shows every letter of it, paragraph by paragraph."""
    paragraphs = re.split(r"\n[ \t]*\n", source.strip("\n"))
    shown = "</p>\n<p>".join(html.escape(text).replace("\n", "<br>\n") for text in paragraphs)
    return f'<div class="unrendered"><p>{shown}</p></div>'


def is_too_much(source: str) -> bool:
    """Whether a text is longer or nested deeper than anybody writes."""
    return len(source) > MOST_LETTERS or _TOO_DEEP.search(source) is not None


_TOO_DEEP = re.compile(
    rf"^(?:[ \t]*>){{{MOST_QUOTE_LEVELS}}}|\[{{100}}|(?:!\[){{50}}", re.MULTILINE
)


# -- the child -------------------------------------------------------------------------------


class ChildGone(Exception):
    """The child ended or did not answer in time; ``late`` tells which."""

    def __init__(self, *, late: bool) -> None:
        super().__init__("late" if late else "ended")
        self.late = late


class Renderer:
    """Asks a child process, one text at a time, and starts it when there is none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._child: subprocess.Popen[bytes] | None = None

    def ask(self, source: str, links: Mapping[str, str]) -> dict[str, Any] | None:
        """The child's answer; None when it gave none, twice at most."""
        body = json.dumps({"source": source, "links": dict(links)}, ensure_ascii=False)
        request = body.encode("utf-8", "replace")
        with self._lock:
            for _attempt in range(2):  # it may have ended from idleness just now
                try:
                    return self._exchange(self._running(), request)
                except ChildGone as error:
                    self._end()
                    if error.late:
                        return None
                except OSError:
                    self._end()
        return None

    def close(self) -> None:
        """End the child, if there is one; the next text starts another."""
        with self._lock:
            self._end()

    def child_id(self) -> int | None:
        """Process id of the running child."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():  # forked: the child belongs to the process above
            self._child, self._owner = None, os.getpid()
        if self._child is None or self._child.poll() is not None:
            self._end()
            self._child = _start()
        return self._child

    def _exchange(self, child: subprocess.Popen[bytes], request: bytes) -> dict[str, Any]:
        assert child.stdin is not None
        child.stdin.write(struct.pack(">I", len(request)) + request)
        child.stdin.flush()
        return _read_message(child, WALL_LIMIT_S, BUSY_LIMIT_S)

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None or self._owner != os.getpid():
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                # What was still to be written has no reader any more.
                with contextlib.suppress(OSError):
                    pipe.close()


def _start() -> subprocess.Popen[bytes]:
    # By its path and with -P: as a module it would import the whole site, and beside this
    # file "import markdown" would find this file.
    script = Path(__file__).with_name("markdown_child.py")
    child = subprocess.Popen(
        [sys.executable, "-P", str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=-1,
    )
    try:
        _read_message(child, START_LIMIT_S, START_LIMIT_S)
    except BaseException:
        child.kill()
        child.wait()
        raise
    return child


def _read_message(child: subprocess.Popen[bytes], soft: float, hard: float) -> dict[str, Any]:
    """One message of the child.

    :param soft: seconds after which it is late if it has had its CPU time.
    :param hard: seconds after which it is late in any case.
    :raises ChildGone: late, or ended.
    """
    began = time.monotonic()
    (length,) = struct.unpack(">I", _read(child, 4, began, soft, hard))
    message: dict[str, Any] = json.loads(_read(child, length, began, soft, hard))
    return message


def _read(
    child: subprocess.Popen[bytes], length: int, began: float, soft: float, hard: float
) -> bytes:
    assert child.stdout is not None
    pipe = child.stdout.fileno()
    waiter = select.poll()
    waiter.register(pipe, select.POLLIN)
    pieces: list[bytes] = []
    busy_at = _cpu_seconds(child.pid)
    while length:
        if not waiter.poll(250):
            waited = time.monotonic() - began
            starved = busy_at is not None and (_cpu_seconds(child.pid) or 0) - busy_at < 1.0
            if waited > hard or (waited > soft and not starved):
                raise ChildGone(late=True)
            continue
        piece = os.read(pipe, length)
        if not piece:
            raise ChildGone(late=False)
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def _cpu_seconds(pid: int) -> float | None:
    """CPU time a process has had; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


_renderer = Renderer()


def close() -> None:
    """End the child process; the next text starts another."""
    _renderer.close()


def _after_fork() -> None:
    """A forked process has a lock that another thread may have held."""
    global _renderer
    _renderer = Renderer()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(close)
