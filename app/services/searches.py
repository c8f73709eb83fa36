"""What readers ask of search: counted without them, and given words by facilitators.

A search is noted in memory and written every few seconds, like a visit (reading.py).  Kept
are the words, how often and on which days they were asked and what they found; never who
asked.  That one visitor repeats a search within the hour is known to this process only.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, insert, transaction
from app.errors import Invalid
from app.models import GlossaryWord, Search, User
from app.policy import Permission, ensure
from app.queries import searches as queries
from app.search import typed
from app.services import words
from app.services.words import WordDraft
from app.text import thai
from app.text.years import BANGKOK, to_be
from app.vocabulary import GlossaryKind

#: Days after which a search that nobody asks any more is forgotten.
KEPT_DAYS = 400
#: Rows of the log; above it the least asked go first.
MOST_KEPT = 20_000
#: Rows that lost their right to be kept, forgotten in one turn.
MOST_SWEPT = 500
#: Letters of a search that is kept; longer ones were pasted.
LONGEST = 100
#: Searches waiting in memory, and visitors remembered, at the most.
MOST_WAITING, MOST_VISITORS, MOST_TOTALS = 5_000, 50_000, 5_000
REPEAT_S = 3600.0
#: Often asked searches are read anew after so many seconds; so many are held.
OFTEN_S, MOST_OFTEN = 60, 2_000

#: Telephone and identity numbers, however they are parted; e-mail addresses and user names.
_NUMBER = re.compile(r"\d(?:[ .()/+-]{0,2}\d){6,}")
_ADDRESS = re.compile(r"\S@|@\S|https?:|www\.")
#: What looks for holes rather than for words: fields (password:x), escapes (%FF), control
#: characters, markup, names of files and hosts, paths.
_PROBE = re.compile(
    r"[a-z_]:\S|%[0-9a-f]{2}|[\x00-\x08\x0e-\x1f\x7f]|<[a-z!/?]|\$\{|\.\./|(?:^|\s)/[a-z.]"
    r"|\.(?:com|net|org|info|io|th|php|html?|aspx?|jsp?|env|git|cgi)\b",
    re.IGNORECASE,
)
#: Letters in a row without which there is no word.
_LETTERS = re.compile(f"[{thai.THAI}]{{2}}|(?:(?![{thai.THAI}])[^\\W\\d_]){{2}}")


@dataclass(slots=True)
class _Asked:
    """What waits in memory for one folded text."""

    text: str
    times: int = 0
    times_found: int = 0
    total: int = 0


_waiting: dict[str, _Asked] = {}
_visitors: OrderedDict[tuple[str, str], float] = OrderedDict()  # (visitor, folded) -> seconds
_totals: OrderedDict[str, int] = OrderedDict()  # folded -> public entries found here last
_lock = threading.Lock()


def found(text: str, total: int | None) -> None:
    """A page of results for ``text`` was made; ``total`` public entries were found.

    Nothing is counted yet: the page may be shown to many from memory (``asked``).

    :param total: None where a correction was shown in its place: the reader was served, and
        no word is wanted.
    """
    folded = kept_form(text)
    if folded is None:
        return
    with _lock:
        if total is None:
            _totals.pop(folded, None)
            return
        _totals[folded] = total
        _totals.move_to_end(folded)
        while len(_totals) > MOST_TOTALS:
            _totals.popitem(last=False)


def asked(text: str, visitor: str) -> None:
    """A visitor (reading.visitor_hash) saw the results for ``text``."""
    folded = kept_form(text)
    if folded is None:
        return
    moment = time.monotonic()
    with _lock:
        if folded not in _totals or _repeats(visitor, folded, moment):
            return
        if folded not in _waiting and len(_waiting) >= MOST_WAITING:
            return
        row = _waiting.setdefault(folded, _Asked(" ".join(text.split())))
        row.total = _totals[folded]
        row.times += 1
        row.times_found += bool(row.total)


def _repeats(visitor: str, folded: str, moment: float) -> bool:
    """Whether that visitor asked the same within the hour; remembers it from now on."""
    while _visitors and (
        len(_visitors) > MOST_VISITORS or next(iter(_visitors.values())) < moment - REPEAT_S
    ):
        _visitors.popitem(last=False)
    if (visitor, folded) in _visitors:
        return True
    _visitors[(visitor, folded)] = moment
    return False


def kept_form(text: str) -> str | None:
    """The text as it is compared; None for what is not kept.

    Not kept: nothing to look for, filters, long texts, numbers and lone letters, and whatever
    looks like a telephone or identity number, an e-mail address, a user name or a probe.
    """
    if len(text) > 4 * LONGEST:
        return None
    parts = typed.read(text)
    folded = thai.fold(text).strip()
    if not folded or parts.choices or not parts.has_words or len(folded) > LONGEST:
        return None
    if _ADDRESS.search(text) or _PROBE.search(text):
        return None
    if any(_is_private(run[0]) for run in _NUMBER.finditer(folded)):
        return None
    return folded if _LETTERS.search(folded) or _is_year(folded) else None


def _is_private(number: str) -> bool:
    """Whether a long number may be somebody's; several years in a row are not."""
    return not all(_is_year(part) for part in re.split(r"\D+", number))


def _is_year(text: str) -> bool:
    try:
        to_be(text)
    except ValueError:
        return False
    return True


# --- writing -----------------------------------------------------------------------------


def flush() -> int:
    """Write what is waiting; returns how many searches were counted."""
    with _lock:
        batch = dict(_waiting)
        _waiting.clear()
    if not batch:
        return 0
    try:
        with transaction() as session:
            today = now().astimezone(BANGKOK).date()
            for folded, row in batch.items():
                session.execute(_counted(folded, row, today))
    except BaseException:
        with _lock:  # kept for the next time, beside what came meanwhile
            for folded, row in batch.items():
                since = _waiting.setdefault(folded, _Asked(row.text, total=row.total))
                since.times += row.times
                since.times_found += row.times_found
        raise
    return sum(row.times for row in batch.values())


def _counted(folded: str, row: _Asked, today: date) -> sa.Executable:
    """The statement that adds ``row`` to the log, whoever writes the same text meanwhile."""
    new = insert(Search).values(
        folded=folded,
        text=row.text,
        times=row.times,
        times_found=row.times_found,
        last_total=row.total,
        first_day=today,
        last_day=today,
        is_dismissed=False,
    )
    return new.on_conflict_do_update(
        index_elements=[Search.folded],
        set_={
            "times": Search.times + row.times,
            "times_found": Search.times_found + row.times_found,
            "last_total": row.total,
            "last_day": today,
        },
    )


def sweep() -> None:
    """Forget what nobody asks any more, the least asked beyond ``MOST_KEPT`` rows, and what
    would not be kept today: rules for that grow with what is tried."""
    oldest = now().astimezone(BANGKOK).date() - timedelta(days=KEPT_DAYS)
    beyond = (
        sa.select(Search.id)
        .order_by(Search.times.desc(), Search.last_day.desc(), Search.id.desc())
        .offset(MOST_KEPT)
    )
    with transaction() as session:
        rows = session.execute(sa.select(Search.id, Search.text).where(Search.last_total == 0))
        odd = [row.id for row in rows if kept_form(row.text) is None][:MOST_SWEPT]
        for condition in (Search.last_day < oldest, Search.id.in_(beyond), Search.id.in_(odd)):
            session.execute(
                sa.delete(Search).where(condition).execution_options(synchronize_session=False)
            )


def forget() -> None:
    """Drop what is in memory; for tests that share a process."""
    with _lock:
        _waiting.clear()
        _visitors.clear()
        _totals.clear()
    _often.cache_clear()


# --- what others asked -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Often:
    """A search that many asked, ready to be compared."""

    text: str
    folded: str
    words: frozenset[str]


def often() -> tuple[Often, ...]:
    """Searches that may be offered to others, the most asked first; a minute old at most."""
    return _often(str(db.engine.url), int(time.monotonic() / OFTEN_S))


@lru_cache(maxsize=4)
def _often(site: str, minute: int) -> tuple[Often, ...]:
    return tuple(
        Often(text, folded, frozenset(thai.cut(folded)))
        for text in queries.often_asked(limit=MOST_OFTEN)
        if (folded := thai.fold(text).strip())
    )


def often_beginning(text: str, *, limit: int) -> list[str]:
    """Often asked searches that begin with ``text``."""
    folded = thai.fold(text).strip()
    return [row.text for row in often() if row.folded.startswith(folded)][:limit]


def often_sharing(text: str, *, limit: int) -> list[str]:
    """Often asked searches that share a word with ``text`` and are not the same."""
    folded = thai.fold(text).strip()
    own = {word for word in thai.cut(folded) if len(word) > 2}
    near = [row for row in often() if row.folded != folded and own & row.words]
    near.sort(key=lambda row: -len(own & row.words))
    return [row.text for row in near[:limit]]


# --- facilitators ------------------------------------------------------------------------


def make_word(actor: User, search: Search, meaning: str) -> GlossaryWord:
    """Let what was typed stand for ``meaning`` from now on; the search leaves the list.

    :raises Invalid: when there is no meaning, or the word is in the glossary already.
    """
    with transaction() as session:
        ensure(actor, Permission.WORDS_EDIT)
        if thai.fold(meaning).strip() in ("", search.folded):
            raise Invalid({"expansions": [_("Write what it stands for.")]})
        draft = WordDraft(
            short=search.text,
            expansions=(meaning.strip(),),
            kind=GlossaryKind.ONE_WAY,
            category="variant",
        )
        word = words.add(actor, draft)
        session.delete(search)
        return word


def dismiss(actor: User, search: Search) -> None:
    """No word is wanted for this search."""
    with transaction():
        ensure(actor, Permission.WORDS_EDIT)
        search.is_dismissed = True
