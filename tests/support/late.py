"""``app.serving``, with every page answered late and in two parts.

A journey that looks at the page it left, or at one of which only the first bytes have come,
passes on a quick machine and fails on a busy one.  Answered late, it fails everywhere:

    LATE=300 bin/test tests/journeys

milliseconds, once before an answer and once in the middle of it; files under /static come
at once.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Flask

from app import serving

#: Milliseconds; 0 when the journeys run as usual.
LATE_MS = int(os.environ.get("LATE") or 0)
#: Bytes of an answer before the pause: the head of a page, none of its main part.
FIRST_PART = 20

answer_at_once = Flask.__call__


def answer_late(app: Flask, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    if environ.get("PATH_INFO", "").startswith("/static/"):
        return answer_at_once(app, environ, start)
    time.sleep(LATE_MS / 1000)
    return in_two_parts(answer_at_once(app, environ, start))


def in_two_parts(answer: Iterable[bytes]) -> Iterator[bytes]:
    try:
        for at, part in enumerate(answer):
            if at == 0:
                yield part[:FIRST_PART]
                time.sleep(LATE_MS / 1000)
                part = part[FIRST_PART:]
            yield part
    finally:
        getattr(answer, "close", lambda: None)()


if __name__ == "__main__":
    Flask.__call__ = answer_late  # type: ignore[method-assign]
    sys.exit(serving.main(sys.argv[1:]))
