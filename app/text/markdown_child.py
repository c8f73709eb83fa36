"""The process that renders Markdown: one text in, one answer out, until nobody asks.

Started by ``app/text/markdown.py`` as a plain script.  Each message is four bytes of length
and so many bytes of JSON.  A text that needs more than CPU_LIMIT_S is given up from within,
so that the process stays warm; if it cannot be (a long call inside an extension module),
the parent ends the process.

It imports the rooms of app/text without app itself, which would bring the whole site.
"""

from __future__ import annotations

import json
import os
import select
import signal
import struct
import sys
import types
from pathlib import Path
from typing import Any, BinaryIO

CPU_LIMIT_S = 0.7
IDLE_S = 60.0
MEMORY_LIMIT = 1 << 30  # bytes of address space


class TookTooLong(BaseException):
    """Not an Exception, so that no library's wide catch keeps it."""


def main() -> None:
    _light_app()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    signal.signal(signal.SIGPROF, _stop)
    _limit_memory()
    from app.text import markdown_rules

    markdown_rules.convert("# ก\n\n- [x] [[ข]] **ค**", {})  # what is built once is built now
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    _send(answers, {"ready": True})
    while _somebody_asks(requests):
        request = _receive(requests)
        if request is None:
            return
        _send(answers, _answer(markdown_rules, request))


def _light_app() -> None:
    """Make ``app`` a package without its start-up code."""
    light = types.ModuleType("app")
    light.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules["app"] = light


def _stop(_signal: int, _frame: object) -> None:
    raise TookTooLong


def _limit_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    except (ImportError, OSError, ValueError):  # not every system has the limit
        pass


def _answer(rules: Any, request: dict[str, Any]) -> dict[str, Any]:
    """What was rendered, or {"failed": why}; the timer counts CPU time of this process."""
    try:
        # It rings again until it is turned off: a callback may swallow the first ring.
        signal.setitimer(signal.ITIMER_PROF, CPU_LIMIT_S, 0.05)
        try:
            made: dict[str, Any] = rules.convert(request["source"], request["links"])
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except TookTooLong:
        rules.forget()
        return {"failed": "time"}
    except (RecursionError, MemoryError) as error:
        rules.forget()
        return {"failed": type(error).__name__}
    except Exception as error:  # boundary: a text that trips a library is shown as it is
        rules.forget()
        return {"failed": f"{type(error).__name__}: {error}"[:200]}
    return made


def _somebody_asks(requests: BinaryIO) -> bool:
    ready, _, _ = select.select([requests], [], [], IDLE_S)
    return bool(ready)


def _receive(requests: BinaryIO) -> dict[str, Any] | None:
    head = requests.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    body = requests.read(length)
    return json.loads(body) if len(body) == length else None


def _send(answers: BinaryIO, answer: dict[str, Any]) -> None:
    body = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")
    answers.write(struct.pack(">I", len(body)) + body)
    answers.flush()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:  # the parent is gone
        os._exit(0)
