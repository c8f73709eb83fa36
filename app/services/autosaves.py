"""Text that somebody has typed and not saved yet, kept beside the copy on their own device.

A kept text is no version and stands in no list.  Only who typed it ever sees it; a save of
the form removes it, and so does time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, insert, transaction
from app.errors import Invalid
from app.models import Autosave, Entry, User
from app.policy import Permission, ensure
from app.text.cleaning import clean_text

#: Days after which a text that nobody came back for goes.
KEPT_DAYS = 30
#: Forms of one person; the text kept longest ago gives way.
MOST_FORMS = 20
#: Bytes and fields of one form; the largest that an entry takes has room.
MOST_BYTES, MOST_FIELDS = 1_000_000, 700
FORM = re.compile(r"[a-z][a-z-]{0,39}|[1-9]\d{0,8}", re.ASCII)
FIELD = re.compile(r"[a-z][a-z0-9_-]{0,59}", re.ASCII)
#: Names that are no text of the writer.
LEFT_OUT = frozenset({"csrf_token", "kept_form", "password", "action", "row_action"})


class TooLarge(Invalid):
    """More than one form can hold."""

    status = 413
    code = "too_large"


def keep(
    actor: User,
    form: str,
    fields: Sequence[tuple[str, str]],
    *,
    entry: Entry | None = None,
    base: int = 0,
) -> Autosave:
    """Keep what stands in a form; the text kept before gives way.

    :param form: "quick" for a new one, or the number of ``entry``.
    :param base: the revision of ``entry`` that the writer began from.
    :raises Invalid: names that no form has; TooLarge: more than a form can hold.
    :raises UncleanText: a character that no text may hold.
    """
    cleaned = cleaned_fields(fields)
    if FORM.fullmatch(form) is None or (entry is not None and form != str(entry.number)):
        raise Invalid({"form": [_("There is no such form.")]})
    present = now()
    row = {"user_id": actor.id, "form": form, "fields": cleaned, "base": base, "kept_at": present}
    with transaction() as session:
        ensure(actor, Permission.ENTRY_EDIT if entry else Permission.ENTRY_CREATE, entry)
        kept = insert(Autosave).values(row)
        session.execute(
            kept.on_conflict_do_update(
                index_elements=[Autosave.user_id, Autosave.form],
                set_={name: kept.excluded[name] for name in ("fields", "base", "kept_at")},
            )
        )
        newest = (
            sa.select(Autosave.id)
            .where(Autosave.user_id == actor.id)
            .order_by(Autosave.kept_at.desc(), Autosave.id.desc())
            .limit(MOST_FORMS)
        )
        session.execute(
            sa.delete(Autosave).where(
                Autosave.user_id == actor.id, Autosave.id.not_in(newest.scalar_subquery())
            )
        )
    found = of(actor, form)
    assert found is not None
    return found


def cleaned_fields(fields: Sequence[tuple[str, str]]) -> list[list[str]]:
    """``fields`` cleaned as a save would, without what is no text of the writer."""
    if len(fields) > MOST_FIELDS:
        raise TooLarge({"fields": [_("More was sent at once than this site takes.")]})
    if not all(FIELD.fullmatch(name) for name, _value in fields):
        raise Invalid({"fields": [_("There is no such form.")]})
    kept = [[name, clean_text(value)] for name, value in fields if name not in LEFT_OUT]
    if sum(len(value.encode()) for _name, value in kept) > MOST_BYTES:
        raise TooLarge({"fields": [_("More was sent at once than this site takes.")]})
    return kept


def of(actor: User, form: str) -> Autosave | None:
    """The text that ``actor`` left in a form; never anybody else's."""
    return db.session.scalar(
        sa.select(Autosave)
        .where(Autosave.user_id == actor.id, Autosave.form == form)
        .execution_options(populate_existing=True)
    )


def waiting(actor: User, form: str, entry: Entry | None = None) -> Autosave | None:
    """The same, unless ``actor`` has saved the entry since in some other way.

    What somebody else saved since does not hide it: both texts are needed then.
    """
    found = of(actor, form)
    if found is None or entry is None or entry.edited_by_id != actor.id:
        return found
    return found if found.kept_at > entry.edited_at else None


def remove(actor: User, form: str) -> None:
    """Throw away the text of a form, or forget it because it is saved."""
    with transaction() as session:
        session.execute(
            sa.delete(Autosave).where(Autosave.user_id == actor.id, Autosave.form == form)
        )


def sweep() -> None:
    """Remove what nobody came back for."""
    with transaction() as session:
        session.execute(
            sa.delete(Autosave).where(Autosave.kept_at < now() - timedelta(days=KEPT_DAYS))
        )
