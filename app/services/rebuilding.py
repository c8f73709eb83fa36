"""When the search index is built anew, and by whom.

The process that writes the index carries out what people want of it (search/wishes.py): a
rebuild, another engine, a look at damage that a search has met.  A command does it itself
where no site runs, and otherwise leaves its wish and waits.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable

from app.errors import SearchUnavailable
from app.search.engine import IndexUnusable
from app.search.registry import offered, open_engine
from app.search.wishes import Progress
from app.services import indexing

log = logging.getLogger(__name__)

#: Seconds between two tellings of how far a build is.
TELL_S = 0.5
#: Bytes that a build must leave free.
LEAST_FREE = 200 * 1024 * 1024
#: Seconds in which a generation that was found whole is not looked at again.
TRUST_S = 600.0

Told = Callable[[int, int], None]


class Stopped(Exception):
    """The process ends; the build is given up and done by the next one."""


def engines() -> list[str]:
    """The engines that a site may use."""
    return offered()


def in_use() -> str:
    """The engine that made the index in use; "" while there is none."""
    try:
        return indexing.handle().files.engine()
    except IndexUnusable:
        return ""


def is_as_wanted() -> bool:
    """Whether the wanted engine is in use and no rebuild is wanted."""
    held = indexing.handle()
    return in_use() == held.wanted() and not held.wishes.rebuild()


def entries() -> int:
    """Entries that a build has to take in."""
    return indexing.extent()[1]


def progress() -> Progress | None:
    """How far the build is that goes on, or why the last one failed."""
    return indexing.handle().wishes.progress()


def choose(engine: str) -> None:
    """This folder is to be of ``engine``; the process that writes brings it about."""
    wishes = indexing.handle().wishes
    wishes.tell(None)  # an old failure is no news about this wish
    wishes.choose(engine)


def ask() -> None:
    """The index is to be built anew; the process that writes brings it about."""
    wishes = indexing.handle().wishes
    wishes.tell(None)
    wishes.ask_rebuild()


def why() -> str:
    """Why the index in use is to be built anew; "" when it is as it is wanted.

    :raises SearchUnavailable: if there is no good index at all.
    """
    held = indexing.handle()
    held.engine()
    if held.wanted() != held.name:
        return f"{held.wanted()} is wanted instead of {held.name}"
    return "somebody asked for it" if held.wishes.rebuild() else ""


def carry_out(told: Told | None = None, *, stop: threading.Event | None = None) -> int:
    """Build what is wanted, tell how far it is, and swap; returns the number of documents.

    :param stop: set when the process ends; the build is then given up (Stopped).
    """
    held = indexing.handle()
    wishes = held.wishes
    name, word = held.wanted(), wishes.rebuild()
    told_at = time.monotonic()
    wishes.tell(Progress(name, 0, entries()))

    def note(done: int, total: int) -> None:
        nonlocal told_at
        if stop is not None and stop.is_set():
            raise Stopped
        if time.monotonic() - told_at > TELL_S:
            wishes.tell(Progress(name, done, total))
            told_at = time.monotonic()
        if told is not None:
            told(done, total)

    try:
        count = indexing.rebuild(note, engine=name)
    except Stopped:
        wishes.tell(None)
        raise
    except Exception as cause:
        wishes.tell(Progress(name, failed=f"{type(cause).__name__}: {cause}"[:300]))
        raise
    wishes.fulfilled(word)
    wishes.looked()
    wishes.tell(None)
    return count


def has_room() -> bool:
    """Whether another index fits on the disk, with room left for what people save."""
    files = indexing.handle().files
    try:
        return shutil.disk_usage(files.path).free > 2 * files.size() + LEAST_FREE
    except OSError:
        return False


def tidy() -> None:
    """Remove what killed processes left in the folder; at the start of one that writes."""
    held = indexing.handle()
    held.wishes.tell(None)
    held.files.sweep()


def verify() -> None:
    """Read the whole index once, and open it as a new process would.

    :raises IndexUnusable: if it is not what was written, or cannot be opened.
    """
    held = indexing.handle()
    has_sums = held.files.verify() > 0
    try:
        fresh = open_engine(held.files.engine(), held.folder)
    except (ValueError, ImportError) as cause:
        raise IndexUnusable(str(cause)) from cause
    if not has_sums:  # what can be read through is good
        fresh.versions()
        fresh.vocabulary()
    fresh.close()


def look(told: Told | None = None, *, stop: threading.Event | None = None) -> bool:
    """Read the whole index; build it anew when it is damaged.  Whether it was good."""
    held = indexing.handle()
    try:
        verify()
    except (IndexUnusable, SearchUnavailable) as cause:
        log.warning("the index is built anew: %s", cause)
        carry_out(told, stop=stop)
        return False
    held.wishes.looked()
    return True


class Doubts:
    """Which generations were found whole, so that one odd query costs one look."""

    def __init__(self) -> None:
        self._whole: dict[str, float] = {}

    def is_due(self) -> bool:
        """Whether a search met damage that was not looked into yet."""
        wishes = indexing.handle().wishes
        generation = wishes.doubt()
        if not generation:
            return False
        if time.monotonic() - self._whole.get(generation, -TRUST_S) < TRUST_S:
            wishes.looked()
            return False
        self._whole = {generation: time.monotonic()}
        return True
