"""A short timing of the index in use, with what this site itself is about."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from app.db import db, end_read
from app.errors import SearchUnavailable
from app.models import Entry, Tag
from app.search.engine import IndexUnusable
from app.search.query import SearchQuery
from app.services import indexing
from app.services.indexing import IndexHandle
from app.text import thai
from app.vocabulary import Status

#: Titles and tags from which queries are made.
TITLES, TAGS = 150, 50
PUBLIC = frozenset({"public"})


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of many calls."""

    name: str
    count: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Timing:
    """What a timing says."""

    engine: str
    documents: int
    bytes_on_disk: int
    times: tuple[Times, ...]
    memory_mb: float | None  # of this process, shared pages by share; None where unknown


def measure() -> Timing:
    """Ask the index in use about words of titles and tags, each question new to it.

    :raises SearchUnavailable: if there is no index.
    """
    held = indexing.handle()
    try:
        held.warm()
        return _timing(held, questions())
    except IndexUnusable as cause:
        raise SearchUnavailable(str(cause)) from cause


def _timing(held: IndexHandle, asked: Sequence[SearchQuery]) -> Timing:
    engine = held.engine()
    rows = (
        _timed("search", asked, lambda one: engine.search(one, audience=PUBLIC)),
        _timed("the same again", asked, lambda one: engine.search(one, audience=PUBLIC)),
        _timed("suggestions", asked, lambda one: engine.suggest(one.text[:3])),
    )
    return Timing(held.name, engine.count(), held.files.size(), rows, _memory_mb())


def questions() -> list[SearchQuery]:
    """Queries of one to three words out of titles, spread over the site, and tags."""
    numbers = db.session.scalars(
        sa.select(Entry.id).where(Entry.status == Status.PUBLISHED).order_by(Entry.id)
    ).all()
    chosen = numbers[:: max(1, len(numbers) // TITLES)][:TITLES]
    titles = db.session.scalars(sa.select(Entry.title).where(Entry.id.in_(chosen))).all()
    tags = db.session.scalars(sa.select(Tag.name).order_by(Tag.id).limit(TAGS)).all()
    end_read()
    texts = list(tags)
    for at, title in enumerate(titles):
        words = [token.text for token in thai.segment(thai.fold(title)) if len(token.text) > 1]
        first = at % max(1, len(words))
        texts.append("".join(words[first : first + 1 + at % 3]))
    return [SearchQuery(text=text) for text in dict.fromkeys(texts) if text]


def _timed(name: str, asked: Sequence[SearchQuery], ask: Callable[[SearchQuery], object]) -> Times:
    took = []
    for one in asked:
        started = time.perf_counter()
        ask(one)
        took.append((time.perf_counter() - started) * 1000)
    return Times(name, len(took), *middle_and_slow(took))


def middle_and_slow(took: Sequence[float]) -> tuple[float, float]:
    """(p50, p95) of ``took``; zeros for none."""
    if not took:
        return 0.0, 0.0
    if len(took) == 1:
        return took[0], took[0]
    return statistics.median(took), statistics.quantiles(took, n=20, method="inclusive")[18]


def _memory_mb() -> float | None:
    try:
        lines = Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), None)
