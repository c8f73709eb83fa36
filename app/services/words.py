"""The glossary, and teaching search the words of this site.

Every change of a word or name moves a counter in the database.  A process that searches
compares it with what it learned last and learns anew: no restart, on any server.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa
from flask_babel import gettext as _

from app.db import db, transaction
from app.errors import Invalid
from app.models import GlossaryWord, User
from app.policy import Permission, ensure
from app.queries import words as queries
from app.search import synonyms
from app.services import audit, counters
from app.text import thai
from app.text.sorting import sort_key
from app.vocabulary import AuditAction, GlossaryKind

LONGEST_SHORT, LONGEST_EXPANSION, LONGEST_NOTE = 80, 200, 1000
MOST_EXPANSIONS = 12

version = queries.version


@dataclass(frozen=True, slots=True)
class WordDraft:
    """What a person or a file wants a word to be; texts already cleaned."""

    short: str
    expansions: tuple[str, ...] = ()
    kind: GlossaryKind = GlossaryKind.TWO_WAY
    category: str = ""
    note: str = ""
    since: str = ""
    until: str = ""
    import_hash: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """What tells two bodies of one short form apart."""
        return "|".join(self.expansions)


def touch() -> None:
    """Words or names changed: every process that searches learns them anew."""
    counters.next_number("words")


def teach() -> None:
    """Give the segmenter and the search the words of this site as they are now."""
    glossary = synonyms.learn(queries.glossary())
    thai.set_words([*queries.search_words(), *glossary.words()])


def add(actor: User | None, draft: WordDraft) -> GlossaryWord:
    """Add a word; Invalid when it has no meaning or is in use already.

    One that was taken out of use comes back, with what the draft says of it.
    """
    with transaction() as session:
        allow(actor)
        check(draft)
        word = retired_double(draft)
        if word is None:
            refuse_double(draft, None)
            word = GlossaryWord()
            session.add(word)
        write(word, draft)
        word.is_retired = False
        session.flush()
        touch()
        record(actor, word)
        return word


def change(actor: User | None, word: GlossaryWord, draft: WordDraft) -> GlossaryWord:
    """Change a word."""
    with transaction() as session:
        allow(actor)
        check(draft)
        refuse_double(draft, word)
        write(word, draft)
        session.flush()
        touch()
        record(actor, word)
        return word


def record(actor: User | None, word: GlossaryWord) -> None:
    """Write down what a word says from now on: its history is read from these lines."""
    said = " · ".join(word.expansions)[:LONGEST_NOTE]
    audit.record(actor, AuditAction.WORD_SAVE, f"word:{word.id}", short=word.short, means=said)


def retire(actor: User | None, word: GlossaryWord, *, reason: str = "") -> None:
    """Take a word out of search and of the list; it stays known, so no import brings it back."""
    with transaction():
        allow(actor)
        word.is_retired = True
        touch()
        audit.record(actor, AuditAction.WORD_SAVE, f"word:{word.id}", reason=reason, retired=True)


def bring_back(actor: User | None, word: GlossaryWord) -> None:
    """Undo ``retire``."""
    with transaction():
        allow(actor)
        word.is_retired = False
        touch()
        audit.record(actor, AuditAction.WORD_SAVE, f"word:{word.id}", retired=False)


def write(word: GlossaryWord, draft: WordDraft) -> bool:
    """Put ``draft`` into ``word``; whether anything changed."""
    wanted = {
        "short": draft.short,
        "sort_key": sort_key(draft.short)[:500],
        "expansions": list(draft.expansions),
        "expansion_key": draft.key,
        "kind": draft.kind,
        "category": draft.category,
        "note": draft.note,
        "since": draft.since,
        "until": draft.until,
    }
    changed = {name: value for name, value in wanted.items() if getattr(word, name) != value}
    for name, value in changed.items():
        setattr(word, name, value)
    return bool(changed)


def check(draft: WordDraft) -> None:
    """What a word must have; Invalid names each fault."""
    faults: dict[str, list[str]] = {}
    if not draft.short:
        faults["short"] = [_("Write the word or short form.")]
    elif len(draft.short) > LONGEST_SHORT:
        faults["short"] = [_("At most %(number)d letters.", number=LONGEST_SHORT)]
    if not draft.expansions:
        faults["expansions"] = [_("Write what it stands for.")]
    elif len(draft.expansions) > MOST_EXPANSIONS:
        faults["expansions"] = [_("At most %(number)d lines.", number=MOST_EXPANSIONS)]
    elif max(map(len, draft.expansions)) > LONGEST_EXPANSION:
        faults["expansions"] = [_("At most %(number)d letters.", number=LONGEST_EXPANSION)]
    if len(draft.note) > LONGEST_NOTE:
        faults["note"] = [_("At most %(number)d letters.", number=LONGEST_NOTE)]
    if faults:
        raise Invalid(faults)


def refuse_double(draft: WordDraft, word: GlossaryWord | None) -> None:
    """Invalid when another row says the same."""
    query = sa.select(GlossaryWord.id).where(
        GlossaryWord.short == draft.short, GlossaryWord.expansion_key == draft.key
    )
    other = db.session.scalar(query)
    if other is not None and (word is None or other != word.id):
        raise Invalid({"short": [_("This word with this meaning is there already.")]})


def retired_double(draft: WordDraft) -> GlossaryWord | None:
    """The row out of use that says the same."""
    query = sa.select(GlossaryWord).where(
        GlossaryWord.short == draft.short,
        GlossaryWord.expansion_key == draft.key,
        GlossaryWord.is_retired.is_(True),
    )
    return db.session.scalar(query)


def allow(actor: User | None) -> None:
    if actor is not None:
        ensure(actor, Permission.WORDS_EDIT)
