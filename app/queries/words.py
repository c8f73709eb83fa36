"""Reading the glossary, and the words that search learns from this site."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import db
from app.errors import NotFound
from app.models import Community, CommunityName, GlossaryWord, Program, ProgramName
from app.queries.naming import OLD_CODE, names_version
from app.queries.taxonomy import LEVELS_TH
from app.vocabulary import Confirmation

#: Moves with every word and name.
version = names_version


def glossary(*, with_retired: bool = False) -> list[GlossaryWord]:
    """The words in Thai order."""
    query = sa.select(GlossaryWord).order_by(GlossaryWord.sort_key, GlossaryWord.id)
    if not with_retired:
        query = query.where(GlossaryWord.is_retired.is_(False))
    return list(db.session.scalars(query))


def get_word(word_id: int) -> GlossaryWord:
    """A word by id; NotFound when missing."""
    word = db.session.get(GlossaryWord, word_id)
    if word is None:
        raise NotFound(f"no word {word_id}")
    return word


def others_of(word: GlossaryWord) -> list[GlossaryWord]:
    """Further rows of the same short form, with or without its dots, in use or not."""
    bare = sa.func.replace(GlossaryWord.short, ".", "")
    query = (
        sa.select(GlossaryWord)
        .where(bare == word.short.replace(".", ""), GlossaryWord.id != word.id)
        .order_by(GlossaryWord.is_retired, GlossaryWord.id)
    )
    return list(db.session.scalars(query))


def synonym_rows() -> list[tuple[str, tuple[str, ...], str, str, str]]:
    """(short, expansions, kind, category, note) of the words in force, for search."""
    query = (
        sa.select(
            GlossaryWord.short,
            GlossaryWord.expansions,
            GlossaryWord.kind,
            GlossaryWord.category,
            GlossaryWord.note,
        )
        .where(GlossaryWord.is_retired.is_(False))
        .order_by(GlossaryWord.id)
    )
    return [
        (row.short, tuple(row.expansions), row.kind.value, row.category, row.note)
        for row in db.session.execute(query)
    ]


def search_words() -> list[str]:
    """Names of places, groups and programs and the words of the glossary, for the segmenter."""
    words: set[str] = set()
    communities = sa.select(Community.name, Community.kind).where(
        Community.confirmation != Confirmation.REFUSED
    )
    for name, kind in db.session.execute(communities):
        words |= {name, f"{LEVELS_TH.get(kind, ('',))[0]}{name}"}
    names = (
        sa.select(CommunityName.name).where(CommunityName.status != OLD_CODE),
        sa.select(Program.name).where(Program.confirmation != Confirmation.REFUSED),
        sa.select(ProgramName.name),
    )
    for query in names:
        words |= set(db.session.scalars(query))
    for short, expansions, _kind, _category, _note in synonym_rows():
        words |= {short, *expansions}
    return sorted(word for word in words if word)
