"""What the pages of posts, lessons and wiki pages have in common."""

from __future__ import annotations

import re
from collections.abc import Hashable
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from flask import current_app, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup

from app.clock import today
from app.errors import NotFound
from app.policy import Permission, can, is_author
from app.queries import comments as comment_queries
from app.queries import entries as entry_queries
from app.queries import forums as forum_queries
from app.queries import journal as journal_queries
from app.queries import lessons as lesson_queries
from app.queries import proposals as proposal_queries
from app.queries import series as series_queries
from app.queries import voice as voice_queries
from app.services import beginning, reading
from app.services.converting import WAYS
from app.services.drafts import KINDS_WITH_ROWS
from app.text.lesson import BOXES, QUICK_BOXES, Box, is_filled, parse
from app.vocabulary import EntryKind, LessonForm, PartKind, Status, StepState
from app.web import forums, photos
from app.web.helpers import page_url, path_about, talk_url, viewer

if TYPE_CHECKING:
    from app.models import Entry
    from app.services.previewing import Preview

#: Thai letters a grown reader takes in a minute (about 200 words of four letters).
LETTERS_PER_MINUTE = 800
#: Addresses inside the words of evidence and records.
LINKS = re.compile(r"(https?://[^\s,]+|/(?:posts|lessons|pages)/[^\s,]+)")
OWN_NUMBER = re.compile(r"/(?:posts|lessons)/(\d{1,15})(?:/[^\s,#]*)?(#[kgnq]\d{1,6})?")
#: The link to itself that stands in each heading of a text.
ANCHOR = re.compile(r'<a [^>]*class="anchor" href="#([^"]+)"[^>]*>#</a>')
SCHEME = re.compile(r"^https?://(?:www\.)?")


def find_entry(number: int | None = None, slug: str | None = None) -> Entry:
    """The entry an address means, by record number or, for pages, by slug."""
    if number is not None:
        return entry_queries.get_visible(viewer(), number)
    try:
        return entry_queries.get_visible_page(viewer(), slug or "")
    except NotFound:  # an address from before a new title: no form that was open is lost
        moved = entry_queries.redirect_for(f"/pages/{slug}")
        if moved is None:
            raise
        return entry_queries.get_visible(viewer(), moved.number)


def stamp(number: int | None = None, slug: str | None = None) -> Hashable:
    """What a kept page of an entry depends on; None when it must not be kept."""
    if number is None:
        number = entry_queries.number_of_page(slug or "")
        if number is None:
            return None
    row = entry_queries.stamp_of(number)
    if row is None or row.status is not Status.PUBLISHED:
        return None
    # A lesson grows old and a step falls due without a change.
    return row.id, row.version, row.reads, row.change, today()


def note_read(mark: Hashable) -> None:
    """Count a reader without account."""
    if isinstance(mark, tuple):
        note_visit(int(mark[0]))


def note_visit(entry_id: int) -> None:
    visitor = reading.visitor_hash(
        str(current_app.config["SECRET_KEY"]), request.remote_addr or "", request.user_agent.string
    )
    reading.note(entry_id, visitor)


def show_entry(entry: Entry) -> str:
    """The page of an entry."""
    person = viewer()
    if person is not None and entry.status is Status.PUBLISHED and not is_author(person, entry):
        note_visit(entry.id)
    return render_template("entries/show.html", **page_context(entry))


def page_context(entry: Entry) -> dict[str, Any]:
    """Everything that entries/show.html shows."""
    person = viewer()
    can_edit = can(person, Permission.ENTRY_EDIT, entry)
    parts = list(entry.parts) if entry.kind in KINDS_WITH_ROWS else []
    shown: dict[str, Any] = photos.of_entry(person, entry, can_edit=can_edit)
    if entry.kind is EntryKind.FORUM:
        shown |= forums.of_entry(person, entry, shown["text"])
    if can_edit and entry.kind is EntryKind.PAGE:
        shown["text"] = with_section_links(shown["text"], entry)
    is_note = entry.kind is EntryKind.JOURNAL
    return {
        "entry": entry,
        "comments": comment_queries.comments_of(person, entry),
        "backlinks": entry_queries.backlinks_to(person, entry),
        "related": entry_queries.related_to(person, entry),
        "principles": [p for p in parts if p.kind is PartKind.PRINCIPLE and p.removed_at is None],
        "life": life_of(entry, parts) if entry.kind is EntryKind.LESSON else None,
        "place": series_queries.place_of(person, entry),
        "grown": journal_queries.grown_from(person, entry) if is_note else [],
        "note_behind": None if is_note else journal_queries.note_behind(person, entry),
        "removed_parts": [p for p in parts if p.removed_at is not None],
        "minutes": minutes_to_read(entry.plain),
        "evidence": evidence_of(entry),
        "typists": voice_queries.typists_of(entry),
        "missing_words": missing_words(entry),
        "can_edit": can_edit,
        "is_template": can_edit and person is not None and beginning.is_marked(person, entry),
        "proposals": proposal_queries.waiting_at(person, entry),
        "empty_boxes": empty_boxes(entry) if can_edit else [],
        "actions_of": comment_actions,
        "can_become_another": bool(WAYS[entry.kind]),
        "sources": forum_queries.lines_behind(person, entry),
        **shown,
    }


def with_section_links(text: Markup, entry: Entry) -> Markup:
    """``text`` with a way beside each heading that opens the form at that section."""
    titles = {heading["id"]: heading["text"] for heading in entry.headings}

    def beside(found: re.Match[str]) -> str:
        name = unescape(found[1])
        title = _("Edit: %(title)s", title=titles.get(name, name))
        href = page_url(f"{path_about(entry)}/edit", section=name)
        link = Markup('<a class="section-edit" href="{}" aria-label="{}" rel="nofollow">{}</a>')
        return f"{found[0]} {link.format(href, title, _('Edit'))}"

    return Markup(ANCHOR.sub(beside, text))


def life_of(entry: Entry, parts: list[Any]) -> dict[str, Any]:
    """The lesson over the years: changes of its state, its open steps, its chain."""
    person, changes = viewer(), lesson_queries.state_changes_of(entry)
    steps = [p for p in parts if p.state is StepState.OPEN and p.removed_at is None]
    in_form = entry.form is not LessonForm.FREE
    return {
        "changes": changes,
        "is_unconfirmed": lesson_queries.is_unconfirmed_long(entry, changes),
        "years": lesson_queries.YEARS_UNCONFIRMED,
        "steps": [lesson_queries.OpenStep(part, entry) for part in steps] if in_form else [],
        "chain": lesson_queries.chain_of(person, entry),
    }


def minutes_to_read(plain: str) -> int:
    """Minutes that a grown reader takes over a text, at least one."""
    return max(1, round(len(plain) / LETTERS_PER_MINUTE))


def evidence_of(entry: Entry | Preview) -> list[tuple[str, str]]:
    """Evidence and records as (text, address); the address is empty for plain words.

    An entry of this site is called by its title, an address elsewhere without its scheme.
    """
    pieces = [piece.strip(" ,;·\n") for piece in LINKS.split(entry.evidence or "")]
    own = {piece: found for piece in pieces if (found := OWN_NUMBER.fullmatch(piece))}
    titles = entry_queries.titles_by_number(viewer(), [int(found[1]) for found in own.values()])
    items = []
    for piece in filter(None, pieces):
        if piece in own:
            entry_there = titles.get(int(own[piece][1]))
            items.append((entry_there.title if entry_there else piece, page_url(piece)))
        elif LINKS.fullmatch(piece):
            items.append((SCHEME.sub("", unquote(piece)), piece))
        else:
            items.append((piece, ""))
    return items


def empty_boxes(entry: Entry) -> list[Box]:
    """Boxes of a lesson in the form that hold nothing yet, for those who may fill them."""
    if entry.kind is not EntryKind.LESSON or entry.form is LessonForm.FREE:
        return []
    asked = QUICK_BOXES if entry.form is LessonForm.QUICK else tuple(box.key for box in BOXES)
    text = parse(entry.body)
    return [box for box in BOXES if box.key in asked and not is_filled(text, box.key)]


def missing_words(entry: Entry) -> list[str]:
    """What the source of an imported entry did not tell, in words."""
    words = {
        "author": _("author"),
        "license": _("licence"),
        "reads": _("number of readers"),
        "tags": _("keywords"),
        "book": _("book"),
    }
    missing = (entry.source or {}).get("missing") or []
    return [words.get(name, name) for name in missing]


def comment_actions(comment: Any) -> list[tuple[str, str]]:
    """(text, address) of what the viewer may do with a comment."""
    person = viewer()
    base = f"{path_about(comment.about)}/comments/{comment.number}"
    actions: list[tuple[str, str]] = []
    if can(person, Permission.COMMENT_REMOVE, comment):
        actions.append((_("Remove"), page_url(f"{base}/removal")))
    if can(person, Permission.COMMENT_HIDE, comment):
        hidden = comment.status == "hidden"
        actions.append((_("Show again") if hidden else _("Hide"), page_url(f"{base}/hiding")))
    about = talk_url(comment.about, comment.number)
    actions.append((_("Report"), page_url("/report", about=about)))
    return actions
