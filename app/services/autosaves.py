"""Text that somebody has typed and not saved yet, kept beside the copy on their own device.

A kept text is no version and stands in no list.  Only who typed it ever sees it; a save of
the form removes it, and so does time.  A device sends it again with every change, so what was
blacked out since it was begun is masked each time (``covering``).
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
from app.models import Autosave, Entry, User, VoiceNote
from app.policy import Permission, ensure
from app.services import covering
from app.text.cleaning import clean_text

#: Days after which a text that nobody came back for goes.
KEPT_DAYS = 30
#: Forms of one person; the text kept longest ago gives way.
MOST_FORMS = 40
#: Bytes and fields of one form; the largest that an entry takes has room.
MOST_BYTES, MOST_FIELDS = 1_000_000, 700
#: A form is named by what is written in it, a kind or the number of an entry, and by its token,
#: so that several lie side by side.
FORM = re.compile(r"([a-z][a-z-]{0,39}|[1-9]\d{0,8})(:[\w-]{1,60})?", re.ASCII)
LONGEST_FORM = 101
FIELD = re.compile(r"[a-z][a-z0-9_-]{0,59}", re.ASCII)
#: The form that every member has.
NOTE_FORM = "note"
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
    note: VoiceNote | None = None,
    base: int = 0,
) -> Autosave:
    """Keep what stands in a form; the text kept before gives way.

    :param form: ``form_named("quick", token)`` for a new one, with the number of ``entry`` in
        place of the kind for a stored one, or ``form_of(note)``.
    :param base: the revision of ``entry`` that the writer began from.
    :raises Invalid: names that no form has; TooLarge: more than a form can hold.
    :raises UncleanText: a character that no text may hold.
    """
    cleaned = cleaned_fields(fields)
    if not _is_form_of(form, entry, note):
        raise Invalid({"form": [_("There is no such form.")]})
    with transaction() as session:
        _ensure_may_type(actor, form, entry, note)
        about = note.entry if note is not None else entry
        if about is not None:
            cleaned = covering.covered_fields(about, cleaned, since=_begun(about, base))
        kept_at = now()
        row = {
            "user_id": actor.id,
            "form": form,
            "fields": cleaned,
            "base": base,
            "kept_at": kept_at,
        }
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


def _begun(entry: Entry, base: int) -> int:
    """The revision from which black-outs count; the first, where nobody knows what was begun."""
    return base if 0 < base <= entry.revision_number else 0


def form_named(what: str | int, token: str) -> str:
    """The name of the form in which a kind of text ("quick"), or the entry of a number, is written.

    It ends with the token of the form.
    """
    return f"{what}:{token}"


def what_of(form: str) -> str:
    """What is written in the form of this name: a kind, or the number of an entry."""
    return form.partition(":")[0]


def is_of(number: int) -> sa.ColumnElement[bool]:
    """Whether a text was typed in a form of the entry with this number."""
    return sa.or_(Autosave.form == str(number), Autosave.form.startswith(f"{number}:"))


def form_of(note: VoiceNote) -> str:
    """The name of the form in which a recording is typed."""
    return f"typing-{note.id}"


def _is_form_of(form: str, entry: Entry | None, note: VoiceNote | None) -> bool:
    if note is not None:
        return form == form_of(note)
    is_its_own = entry is None or what_of(form) == str(entry.number)
    return is_its_own and FORM.fullmatch(form) is not None


def _ensure_may_type(actor: User, form: str, entry: Entry | None, note: VoiceNote | None) -> None:
    if note is not None:
        ensure(actor, Permission.VOICE_TYPE, note)
        return
    is_note = what_of(form) == NOTE_FORM
    to_begin = Permission.NOTE_CREATE if is_note else Permission.ENTRY_CREATE
    ensure(actor, Permission.ENTRY_EDIT if entry else to_begin, entry)


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


def begun(actor: User, what: str) -> list[Autosave]:
    """What ``actor`` has not saved of one kind, or in the entry of a number; newest first."""
    return [one for one in all_of(actor) if what_of(one.form) == what]


def all_of(actor: User) -> list[Autosave]:
    """Every text that ``actor`` has not saved, newest first."""
    found = db.session.scalars(
        sa.select(Autosave)
        .where(Autosave.user_id == actor.id)
        .order_by(Autosave.kept_at.desc(), Autosave.id.desc())
        .execution_options(populate_existing=True)
    )
    return list(found)


def remove(actor: User, form: str) -> None:
    """Throw away the text of a form, or forget it because it is saved."""
    with transaction() as session:
        session.execute(
            sa.delete(Autosave).where(Autosave.user_id == actor.id, Autosave.form == form)
        )


def forget(about: Entry | VoiceNote) -> None:
    """Throw away what anybody typed in a form of ``about``; in the transaction that ends it."""
    is_its = (
        Autosave.form == form_of(about) if isinstance(about, VoiceNote) else is_of(about.number)
    )
    db.session.execute(sa.delete(Autosave).where(is_its))


def sweep() -> None:
    """Remove what nobody came back for."""
    with transaction() as session:
        session.execute(
            sa.delete(Autosave).where(Autosave.kept_at < now() - timedelta(days=KEPT_DAYS))
        )
