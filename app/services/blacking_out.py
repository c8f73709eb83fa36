"""Blacking out a phrase: an identity number, a telephone number, a name told in error.

It goes from the text, all its revisions and every other row that hangs on the entry.  The
log says that it was done, by whom and why, and not what it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.db import Base, db, transaction
from app.errors import Invalid
from app.models import Audit, Change, Comment, Entry, FormerTitle, Redirect, User
from app.policy import Permission, ensure
from app.services import audit, changes, entries, jobs, rendering
from app.text.cleaning import clean_line
from app.text.slugs import slugify
from app.vocabulary import AuditAction, EntryKind, JobKind

MASK = "█████"  # of one length, which tells nothing
LEAST_LETTERS = 4
#: Tables whose rows are no text of anybody.
LEFT_OUT = frozenset({Change.__tablename__, Audit.__tablename__})


def black_out(actor: User, entry: Entry, *, phrase: str, reason: str) -> int:
    """Put a mask over ``phrase`` wherever it stands; returns in how many rows it stood.

    Letters count as they are typed, small and large alike.
    """
    phrase, reason = clean_line(phrase), clean_line(reason)[:500]
    faults: dict[str, list[str]] = {}
    if len(phrase) < LEAST_LETTERS:
        faults["phrase"] = [_("At least four letters, or too much of the text would go.")]
    if not reason:
        faults["reason"] = [_("Say why; the reason goes into the log.")]
    elif phrase and phrase in reason:
        faults["reason"] = [_("The phrase itself must not stand in the reason.")]
    if faults:
        raise Invalid(faults)
    ensure(actor, Permission.ENTRY_BLACK_OUT, entry)
    body = masked(entry.body, phrase)
    page = rendering.render(body, is_lesson=entries.is_in_form(entry))
    said = {
        row.id: rendering.render(masked(row.body, phrase), is_lesson=False)
        for row in db.session.scalars(sa.select(Comment).where(Comment.entry_id == entry.id))
        if phrase in row.body
    }
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_BLACK_OUT, fresh)
        count = _mask_entry(fresh, phrase)
        count += _mask_rows_of(fresh, phrase)
        if not count:
            raise Invalid({"phrase": [_("This stands nowhere in the text or its history.")]})
        fresh = entries.lock(fresh)
        if fresh.body == body:
            entries.apply_rendering(fresh, page)
            entries.relink(fresh, page)
        else:  # somebody saved meanwhile; what is shown until then was masked as it stood
            jobs.enqueue(JobKind.RERENDER, f"rerender:{fresh.id}", {"entry": fresh.id})
        for comment in db.session.scalars(sa.select(Comment).where(Comment.id.in_(list(said)))):
            comment.html, comment.plain = said[comment.id].html, said[comment.id].plain
        audit.record(actor, AuditAction.BLACK_OUT, f"entry:{fresh.id}", reason=reason, rows=count)
        changes.append(fresh)
        entries.ask_to_relink(fresh)
    return count


def masked(value: Any, phrase: str) -> Any:
    """``value``, a text or what JSON holds, with the mask over every ``phrase``."""
    if isinstance(value, str):
        return value.replace(phrase, MASK)
    if isinstance(value, Mapping):
        return {name: masked(one, phrase) for name, one in value.items()}
    if isinstance(value, list):
        return [masked(one, phrase) for one in value]
    return value


def _mask_entry(entry: Entry, phrase: str) -> int:
    """The entry's own columns, and the addresses that were made of its title."""
    was_title = entry.title
    count = _mask(Entry.__table__, Entry.__table__.c.id == entry.id, phrase)
    db.session.refresh(entry)
    if entry.title != was_title:
        entry.slug, entry.folded = slugify(entry.title), rendering.fold(entry.title)
        db.session.execute(sa.delete(Redirect).where(Redirect.entry_id == entry.id))
        db.session.execute(sa.delete(FormerTitle).where(FormerTitle.entry_id == entry.id))
        if entry.kind is EntryKind.PAGE:
            entry.page_slug = entries.free_page_slug(entry.slug, entry.number, entry)
    db.session.flush()
    return count


def _mask_rows_of(entry: Entry, phrase: str) -> int:
    count = 0
    for table in Base.metadata.sorted_tables:
        if table.name in LEFT_OUT or table is Entry.__table__:
            continue
        for column in table.columns:
            if any(key.column.table is Entry.__table__ for key in column.foreign_keys):
                count += _mask(table, column == entry.id, phrase)
    db.session.expire_all()
    return count


def _mask(table: sa.FromClause, where: sa.ColumnElement[bool], phrase: str) -> int:
    """Mask every text and JSON column of the rows; returns how many rows held the phrase."""
    columns = [one for one in table.columns if isinstance(one.type, (sa.String, sa.JSON))]
    keys = list(table.primary_key)
    columns = [one for one in columns if not isinstance(one.type, sa.Enum) and not one.foreign_keys]
    if not columns or not keys:
        return 0
    count = 0
    for row in db.session.execute(sa.select(*keys, *columns).where(where)).mappings().all():
        changed = {
            one.name: new for one in columns if (new := masked(row[one], phrase)) != row[one]
        }
        if changed:
            count += 1
            same = sa.and_(*(key == row[key] for key in keys))
            db.session.execute(sa.update(table).where(same).values(changed))  # type: ignore[arg-type]
    return count
