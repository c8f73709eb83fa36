"""Where words are kept that hang on an entry, and a phrase masked wherever it is one of them.

Every table is asked that refers to the entry, so that a new one is not forgotten; what the
machine reads there, and what it makes anew from other columns, is no word.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

import sqlalchemy as sa

from app.db import Base, db
from app.models import (
    Audit,
    Autosave,
    Comment,
    Entry,
    EntryUpload,
    Proposal,
    Report,
    Revision,
    Upload,
    VoiceNote,
)
from app.services import autosaves, drafts
from app.text.masking import masked
from app.vocabulary import EntryKind, LessonForm

#: Tables whose rows are no text of anybody; links are made anew from the text, and
#: what leads to an entry goes as a whole.
LEFT_OUT = frozenset({"change", "black_out", "link", "redirect", "former_title"})
#: Columns that are made anew from the words of others: a phrase in their markup is no word.
MADE_ANEW = frozenset(
    {"html", "plain", "headings", "slug", "page_slug", "folded", "sort_key", "honorific"}
)
#: Tables whose bodies are in the form of their kind, with labels and marks of rows.
IN_FORM = (Entry.__table__, Revision.__table__, Proposal.__table__)
#: Columns, names in JSON and fields of forms that the machine reads: a phrase like "full" or
#: "2550" is no word there, and a mask over it would make what is kept unreadable.
MACHINES = frozenset(
    {"form", "digest", "token", "import_hash", "source_id", "visitor", "due", "told_due", "sums"}
    | {"kind", "license", "communities", "programs", "years", "happened", "drawn", "date"}
    | {"present", "groups", "state", "base", "theirs", "action", "press", "book", "missing"}
    | {"mime", "sha256", "fault"}
    | {"id", "rows", "uploads", "closes", "grows", "grows_from", "consent_kind", "closes_asked"}
)
#: The same of the log, whose deeds tell in these words what they changed.
MACHINES_OF_LOG = MACHINES | {"target", "was", "now", "to", "by", "step", "author"}

Rows = tuple[sa.FromClause, sa.ColumnElement[bool]]


def row_of(entry: Entry) -> Rows:
    return Entry.__table__, Entry.__table__.c.id == entry.id


def rows_beside(entry: Entry) -> Iterator[Rows]:
    """Each table with rows that hang on the entry, and which of its rows do."""
    for table in Base.metadata.sorted_tables:
        if table.name in LEFT_OUT or table is Entry.__table__:
            continue
        for column in table.columns:
            if any(key.column.table is Entry.__table__ for key in column.foreign_keys):
                yield table, column == entry.id
    # What anybody typed in its forms, or in that of a recording, and did not save.
    notes = db.session.scalars(sa.select(VoiceNote).where(VoiceNote.entry_id == entry.id)).unique()
    of_notes = Autosave.form.in_([autosaves.form_of(note) for note in notes])
    yield Autosave.__table__, sa.or_(autosaves.is_of(entry.number), of_notes)
    yield Upload.__table__, Upload.id.in_(uploads_of(entry))
    yield Audit.__table__, Audit.target.in_(_names_in_log(entry))


def uploads_of(entry: Entry) -> sa.CompoundSelect[int]:
    """Photos, files and recordings that the entry uses or used: names, words, text for search."""
    used = sa.select(EntryUpload.upload_id).where(EntryUpload.entry_id == entry.id)
    spoken = sa.select(VoiceNote.upload_id).where(VoiceNote.entry_id == entry.id)
    return used.union(spoken)


def _names_in_log(entry: Entry) -> list[str]:
    """How the log names the entry, what people said under and about it, and what it uses."""
    said = sa.select(Comment.id).where(Comment.entry_id == entry.id)
    about = sa.select(Report.id).where(Report.entry_id == entry.id)
    return [
        f"entry:{entry.id}",
        *(f"comment:{number}" for number in db.session.scalars(said)),
        *(f"report:{number}" for number in db.session.scalars(about)),
        *(f"upload:{number}" for number in db.session.scalars(uploads_of(entry))),
    ]


def mask(entry: Entry, table: sa.FromClause, where: sa.ColumnElement[bool], phrase: str) -> int:
    """Mask every text and JSON column of the rows; returns how many rows held the phrase."""
    rows = 0
    for same, changed in holding(entry, table, where, phrase):
        rows += 1
        db.session.execute(sa.update(table).where(same).values(changed))  # type: ignore[arg-type]
    return rows


def holding(
    entry: Entry, table: sa.FromClause, where: sa.ColumnElement[bool], phrase: str
) -> Iterator[tuple[sa.ColumnElement[bool], dict[str, Any]]]:
    """Each row that holds the phrase: how to find it, and its columns with the mask."""
    columns, keys = _columns_with_words(table), list(table.primary_key)
    if not columns or not keys:
        return
    for row in db.session.execute(sa.select(*keys, *columns).where(where)).mappings().all():
        hidden = {one.name: _hidden_in(entry, table, row, one.name, phrase) for one in columns}
        changed = {name: new for name, new in hidden.items() if new != row[name]}
        if changed:
            yield sa.and_(*(key == row[key] for key in keys)), changed


def _columns_with_words(table: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    not_read = _machines_of(table) | MADE_ANEW
    return [
        one
        for one in table.columns
        if isinstance(one.type, (sa.String, sa.JSON))
        and not (isinstance(one.type, sa.Enum) or one.foreign_keys or one.name in not_read)
    ]


def _machines_of(table: sa.FromClause) -> Set[str]:
    return MACHINES_OF_LOG if table is Audit.__table__ else MACHINES


def _hidden_in(
    entry: Entry, table: sa.FromClause, row: sa.RowMapping, column: str, phrase: str
) -> Any:
    """A column of ``row`` with the mask; a body in a form keeps what makes it one."""
    if column != "body" or table not in IN_FORM:
        return _hidden(row[column], phrase, _machines_of(table))
    kind, form = entry.kind, entry.form
    if table is Revision.__table__:  # it was of another kind or form, perhaps
        header = row["header"] or {}
        kind = EntryKind(header.get("kind") or kind)
        form = LessonForm(header["form"]) if header.get("form") else form
    return hidden_body(row[column], kind, form, phrase)


def hidden_body(body: str, kind: EntryKind, form: LessonForm | None, phrase: str) -> str:
    """A body with the mask over the phrase in its words."""
    return drafts.reworded(body, kind, form, lambda text: masked(text, phrase))


def _hidden(value: Any, phrase: str, machines: Set[str]) -> Any:
    """``value``, text or JSON, with the mask over the phrase wherever it is a word.

    A pair of a name and a text is a field of a form, as an unsaved text keeps them.
    """

    def named(name: str, one: Any) -> Any:
        """What stands under a name; that of a row's field begins with its number."""
        return one if name.rpartition("-")[2] in machines else _hidden(one, phrase, machines)

    match value:
        case dict():
            return {name: named(name, one) for name, one in value.items()}
        case [[str(), str()], *_]:
            return [[name, named(name, text)] for name, text in value]
        case list():
            return [_hidden(one, phrase, machines) for one in value]
        case str():
            return masked(value, phrase)
        case _:
            return value
