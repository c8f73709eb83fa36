"""Blacking out a phrase: an identity number, a telephone number, a name told in error.

It goes from the text, all its revisions, every other row that hangs on the entry, and what
was typed in its forms and kept.  The log says that it was done, by whom and why, and not
what it was; reasons and names of earlier deeds are masked there too, for many read the log
and it is kept for ever.  Who did what to what, and when, it still tells.

What the phrase is known by stays (``covering``), with the number of the revision that took
it out: a form that was opened before does not bring it back, neither when it is saved nor
when its text is proposed.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Busy, Invalid
from app.models import (
    Autosave,
    Comment,
    Entry,
    EntryUpload,
    FormerTitle,
    Redirect,
    Revision,
    Tag,
    Upload,
    User,
)
from app.policy import Permission, ensure
from app.services import (
    audit,
    changes,
    covering,
    drafts,
    entries,
    history,
    linking,
    rendering,
    stored_words,
    taxonomy,
    throttles,
)
from app.services.drafts import Origin
from app.text.cleaning import clean_line, is_blank
from app.text.masking import LEAST_LETTERS, masked
from app.text.people import split_honorific
from app.text.slugs import slugify
from app.text.sorting import sort_key
from app.vocabulary import AuditAction

#: Kept with the revision and read in Thai, whoever reads.
NOTE = "ปิดข้อความบางส่วน"
#: How often somebody may look where a phrase stands, in an hour, or black one out.
MOST_TRIES = 60


@dataclass(frozen=True, slots=True)
class Places:
    """Where a phrase stands: in how many rows, and how many of them are old or new versions."""

    rows: int
    revisions: int


def count(actor: User, entry: Entry, *, phrase: str, reason: str) -> Places:
    """What ``black_out`` would do; nothing is changed.

    What others typed and did not save is masked too and not counted: a number would tell
    what stands there, phrase by phrase.
    """
    phrase, _reason = _checked(phrase, reason)
    ensure(actor, Permission.ENTRY_BLACK_OUT, entry)
    _brake(actor)
    rows, revisions = len(list(stored_words.holding(entry, *stored_words.row_of(entry), phrase))), 0
    rows += len(_tags_holding(entry, phrase)) + len(_addresses_holding(entry, phrase))
    for table, where in stored_words.rows_beside(entry):
        if table is Autosave.__table__:
            continue
        held = len(list(stored_words.holding(entry, table, where, phrase)))
        rows += held
        revisions += held if table is Revision.__table__ else 0
    if not rows:
        raise _found_nowhere()
    return Places(rows, revisions)


def _brake(actor: User) -> None:
    """Trying one phrase after the other tells what stands where nobody may look."""
    throttles.hit("black-out", str(actor.id), limit=MOST_TRIES, window_s=3600)


def _found_nowhere() -> Invalid:
    return Invalid({"phrase": [_("This stands nowhere in the text or its history.")]})


def _checked(phrase: str, reason: str) -> tuple[str, str]:
    phrase, reason = clean_line(phrase), audit.clean_reason(reason)
    faults: dict[str, list[str]] = {}
    if len(phrase) < LEAST_LETTERS:
        faults["phrase"] = [_("At least four letters, or too much of the text would go.")]
    if is_blank(reason):
        faults["reason"] = [_("Say why; the reason goes into the log.")]
    elif phrase and phrase in reason:
        faults["reason"] = [_("The phrase itself must not stand in the reason.")]
    if faults:
        raise Invalid(faults)
    return phrase, reason


def black_out(actor: User, entry: Entry, *, phrase: str, reason: str) -> int:
    """Put a mask over ``phrase`` wherever it stands; returns in how many rows it stood.

    Letters count as they are typed, small and large alike.
    """
    phrase, reason = _checked(phrase, reason)
    ensure(actor, Permission.ENTRY_BLACK_OUT, entry)
    _brake(actor)
    for _try in range(entries.MOST_TRIES):
        texts = _texts_of(entry, phrase)
        pages = _rendered(entry, texts)
        with transaction():
            fresh = entries.lock(entry)
            ensure(actor, Permission.ENTRY_BLACK_OUT, fresh)
            if _texts_of(fresh, phrase) != texts:
                continue  # saved or said meanwhile: no page is shown that was not made anew
            rows = _mask_all(actor, fresh, phrase, pages)
            target = f"entry:{fresh.id}"
            audit.record(actor, AuditAction.BLACK_OUT, target, reason=reason, rows=rows)
        return rows
    raise Busy()


#: What is rendered, by the number of a comment; None is the entry itself.
Texts = dict[int | None, str]
Pages = dict[int | None, rendering.Page]


def _texts_of(entry: Entry, phrase: str) -> Texts:
    """The body, and what was said under it with the phrase, as they are going to be."""
    said = sa.select(Comment.id, Comment.body).where(Comment.entry_id == entry.id)
    texts: Texts = {None: stored_words.hidden_body(entry.body, entry.kind, entry.form, phrase)}
    texts |= {
        number: masked(body, phrase) for number, body in db.session.execute(said) if phrase in body
    }
    return texts


def _rendered(entry: Entry, texts: Texts) -> Pages:
    is_lesson = drafts.is_in_form(entry)
    return {
        number: rendering.render(text, is_lesson=is_lesson and number is None)
        for number, text in texts.items()
    }


def _mask_all(actor: User, entry: Entry, phrase: str, pages: Pages) -> int:
    """Mask the entry and all that hangs on it, in the transaction; returns how many rows."""
    was, page = history.snapshot(entry), pages[None]
    rows = _mask_entry(entry, phrase) + _mask_beside(entry, phrase)
    if not rows:
        raise _found_nowhere()
    fresh = entries.lock(entry)
    entries.apply_rendering(fresh, page)
    linking.relink(fresh, page)
    for comment in db.session.scalars(sa.select(Comment).where(Comment.id.in_(pages.keys()))):
        comment.html, comment.plain = pages[comment.id].html, pages[comment.id].plain
    _sort_anew(fresh)
    if history.snapshot(fresh) != was:
        fresh.edited_at, fresh.edited_by_id = now(), actor.id
        history.add_revision(actor, fresh, Origin(note=NOTE))
        covering.remember(fresh, phrase, out_of=fresh.revision_number)
    else:  # it stood beside the text; a form of this very revision may hold it
        covering.remember(fresh, phrase, out_of=fresh.revision_number + 1)
    changes.append(fresh)
    linking.ask_to_relink(fresh)
    linking.render_again_if_stale(fresh, page)
    return rows


def _sort_anew(entry: Entry) -> None:
    """Keys by which titles and names are sorted are made of their letters."""
    entry.sort_key = sort_key(entry.title)[:500]
    for person in entry.people:
        person.honorific, bare = split_honorific(person.name)
        person.sort_key = sort_key(bare)


def _mask_entry(entry: Entry, phrase: str) -> int:
    """The entry's own columns, and the addresses that were made of its title."""
    was_title, addresses = entry.title, _addresses_holding(entry, phrase)
    rows = stored_words.mask(entry, *stored_words.row_of(entry), phrase) + len(addresses)
    db.session.refresh(entry)
    if gone := _tags_holding(entry, phrase):  # a keyword with a mask in it would find nothing
        rows += len(gone)
        entry.tags = [tag for tag in entry.tags if tag not in gone]
        taxonomy.forget_unused(gone)
    for address in addresses:
        if not isinstance(address, Entry):
            db.session.delete(address)
    if entry.title != was_title:
        entry.slug, entry.folded = slugify(entry.title), rendering.fold(entry.title)
    if entry.page_slug and (entry.title != was_title or entry in addresses):
        entry.page_slug = linking.free_page_slug(entry.slug, entry.number, entry)
    db.session.flush()
    return rows


def _addresses_holding(entry: Entry, phrase: str) -> list[FormerTitle | Redirect | Entry]:
    """Former titles and addresses that tell the phrase; the entry itself, if its own does.

    An address has the letters of a title small and its words joined, and the end of a long
    one is cut off: it is known by every title that held the phrase, and by the phrase.
    """
    of_entry = sa.select(FormerTitle).where(FormerTitle.entry_id == entry.id)
    former = [
        one
        for one in db.session.scalars(of_entry)
        if phrase in one.title or rendering.fold(phrase) in one.folded
    ]
    earlier = sa.select(Revision.title).where(Revision.entry_id == entry.id).distinct()
    titles = [entry.title, *(one.title for one in former), *db.session.scalars(earlier)]
    slugs = {slugify(title) for title in titles if phrase in title}
    slugs |= {f"{slug}-{entry.number}" for slug in slugs}
    joined = slugify(phrase, limit=len(phrase) * 2, fallback="")

    def tells(slug: str) -> bool:
        return slug in slugs or (len(joined) >= LEAST_LETTERS and joined in slug)

    to_entry = sa.select(Redirect).where(Redirect.entry_id == entry.id)
    moved = [one for one in db.session.scalars(to_entry) if tells(one.path.rpartition("/")[2])]
    is_told = entry.page_slug is not None and tells(entry.page_slug) and phrase not in entry.title
    return [*former, *moved, *([entry] if is_told else [])]


def _tags_holding(entry: Entry, phrase: str) -> list[Tag]:
    return [tag for tag in entry.tags if phrase in tag.name]


def _mask_beside(entry: Entry, phrase: str) -> int:
    rows = 0
    for table, where in stored_words.rows_beside(entry):
        held = stored_words.mask(entry, table, where, phrase)
        rows += held
        if held and table is Upload.__table__:
            _tell_users_of_uploads(entry)
    db.session.expire_all()
    return rows


def _tell_users_of_uploads(entry: Entry) -> None:
    """Pages and search documents of others that show the same photo or file differ, too."""
    shared = EntryUpload.upload_id.in_(stored_words.uploads_of(entry))
    others = sa.select(EntryUpload.entry_id).where(shared, EntryUpload.entry_id != entry.id)
    changes.append_for(others.distinct())
