"""Public pages are answered from memory while what they show has not changed.

A page without a session is the same for everyone, so its bytes are kept under its
address and a stamp that the database gives with one small query: the version of an entry,
or the newest sequence of the change log for pages that show many.  Nothing is ever
cleared by message: a page whose stamp has moved is simply asked for under another key.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, g, make_response, request
from flask.typing import ResponseReturnValue

from app.clock import today
from app.queries.entries import last_change
from app.services import settings

#: Pages kept per process; a page is about 20 kB.
MOST_PAGES = 512
#: … and their bytes: anybody can ask for a sitemap under many addresses.
MOST_BYTES = 24_000_000
#: Seconds a page with lists may lag behind changes that touch no entry (a new place).
LIST_LAG_S = 3.0
#: Cookies that make an answer private.
SESSION_COOKIES = ("session", "remember_token")

View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True, slots=True)
class KeptPage:
    """One answer as it was sent, compression included."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


class PageStore:
    """The most recently used pages of this process."""

    def __init__(self, most: int = MOST_PAGES, most_bytes: int = MOST_BYTES) -> None:
        self._pages: OrderedDict[Hashable, KeptPage] = OrderedDict()
        self._most, self._most_bytes, self._bytes = most, most_bytes, 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> KeptPage | None:
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: Hashable, page: KeptPage) -> None:
        """Keep ``page``; one that would take half of the room is not kept."""
        if 2 * len(page.body) > self._most_bytes:
            return
        with self._lock:
            if (before := self._pages.pop(key, None)) is not None:
                self._bytes -= len(before.body)
            self._pages[key] = page
            self._bytes += len(page.body)
            while len(self._pages) > self._most or self._bytes > self._most_bytes:
                _key, oldest = self._pages.popitem(last=False)
                self._bytes -= len(oldest.body)


def has_session() -> bool:
    """Whether the visitor carries a session, so that the answer is theirs alone."""
    return any(name in request.cookies for name in SESSION_COOKIES)


def of_the_site(**_: Any) -> Hashable:
    """The stamp of a page that shows many entries."""
    return last_change(), int(time.monotonic() / LIST_LAG_S), today()


def public_page(
    stamp: Callable[..., Hashable] = of_the_site,
    *,
    on_read: Callable[[Hashable], None] | None = None,
) -> Callable[[View], View]:
    """Mark a GET view as the same for all who have no session.

    :param stamp: called with the view's arguments; a value that differs when the page does.
        None means: do not keep this page (missing, moved).
    :param on_read: told the stamp whenever the page is read without a session.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if has_session() or request.method not in ("GET", "HEAD"):
                return view(*args, **kwargs)
            mark = stamp(**kwargs)
            if mark is None:
                return view(*args, **kwargs)
            key = (
                request.path,
                request.query_string,
                request.headers.get("Accept-Encoding", "")[:80],
                settings.stamp(),
                mark,
            )
            kept = store().get(key)
            if kept is not None:
                if on_read is not None:
                    on_read(mark)
                return from_memory(kept)
            g.page_key = key
            response = make_response(view(*args, **kwargs))
            if response.status_code == 200 and on_read is not None:
                on_read(mark)
            return response

        return answer

    return decorate


def store() -> PageStore:
    found: PageStore = current_app.extensions["page_store"]
    return found


def from_memory(kept: KeptPage) -> Response:
    response = Response(kept.body)
    response.headers.clear()
    response.headers.extend(kept.headers)
    g.from_memory = True
    response.make_conditional(request)
    return response


def init_app(app: Flask) -> None:
    app.extensions["page_store"] = PageStore()

    @app.after_request
    def keep(response: Response) -> Response:
        """Give public pages their ETag and remember them; mark the rest private."""
        if getattr(g, "from_memory", False) or request.endpoint == "static":
            return response
        key = getattr(g, "page_key", None)
        if key is None or response.status_code != 200 or "Set-Cookie" in response.headers:
            if "Cache-Control" not in response.headers:
                private = has_session() or request.method not in ("GET", "HEAD")
                response.headers["Cache-Control"] = "private, no-store" if private else "no-cache"
            return response
        response.headers["Cache-Control"] = "public, no-cache"
        response.vary.update(("Cookie", "Accept-Encoding"))
        body = response.get_data()
        response.set_etag(hashlib.sha256(body).hexdigest()[:24])
        store().put(key, KeptPage(body, tuple(response.headers.items())))
        response.make_conditional(request)
        return response
