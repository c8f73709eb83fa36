"""What was blacked out is known again in a form that was opened before.

Of a phrase only its length and a keyed digest are kept, with the revision that took it out:
enough to find it in what somebody typed, and nothing to be read.  So nothing is guessed, and
a text that was begun later is left alone, whatever it says.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import current_app

from app.db import db
from app.models import BlackOut, Entry
from app.services import drafts
from app.services.drafts import Draft
from app.text import masking

#: Fields of a draft that hold words, beside its body; in names of people "@" stands for an account.
TEXTS = ("title", "summary", "contact", "evidence")
NAMES = ("tellers", "participants", "coauthors")
#: A text with the mask over what is not to be read.
Cover = Callable[[str], str]


def remember(entry: Entry, phrase: str, *, out_of: int) -> None:
    """Keep that ``phrase`` is out of ``entry`` from the revision ``out_of`` on."""
    digest = masking.digest(phrase, _key(entry)).hex()
    db.session.add(BlackOut(entry_id=entry.id, revision=out_of, length=len(phrase), digest=digest))


def covered(entry: Entry, draft: Draft, *, since: int) -> Draft:
    """``draft``, begun from revision ``since``, with the mask over what was blacked out later.

    A keyword that holds such a phrase goes, for with a mask in it it would find nothing.
    """
    cover = cover_of(entry, since=since)
    if cover is None:
        return draft

    def cover_names(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if names is None:  # they stay as they are
            return None
        return tuple(name if name.startswith("@") else cover(name) for name in names)

    made: dict[str, Any] = {name: cover(getattr(draft, name)) for name in TEXTS}
    made["body"] = drafts.reworded(draft.body, draft.kind, draft.form, cover)
    made |= {name: cover_names(getattr(draft, name)) for name in NAMES}
    made["tags"] = tuple(tag for tag in draft.tags if cover(tag) == tag)
    if draft.consent is not None:
        made["consent"] = replace(draft.consent, taken_by=cover(draft.consent.taken_by))
    return replace(draft, **made)


def covered_line(entry: Entry, text: str, *, since: int) -> str:
    """A text beside a draft, as ``covered`` has it: a note, a text that somebody typed."""
    cover = cover_of(entry, since=since)
    return cover(text) if cover is not None else text


def cover_of(entry: Entry, *, since: int) -> Cover | None:
    """Lays the mask over what was blacked out after revision ``since``; None: nothing was."""
    later = sa.select(BlackOut.length, BlackOut.digest).where(
        BlackOut.entry_id == entry.id, BlackOut.revision > since
    )
    known: dict[int, set[bytes]] = defaultdict(set)
    for length, digest in db.session.execute(later):
        known[length].add(bytes.fromhex(digest))
    if not known:
        return None
    key = _key(entry)
    return lambda text: masking.covered(text, known, key)


def _key(entry: Entry) -> bytes:
    """Of each entry its own, so that two rows never tell that they hold the same phrase."""
    secret = hashlib.blake2b(str(current_app.config["SECRET_KEY"]).encode()).digest()
    return hashlib.blake2b(f"black-out:{entry.id}".encode(), key=secret, digest_size=32).digest()
