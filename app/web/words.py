"""คลังคำ: the glossary for everybody, and the forms of those who look after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Invalid
from app.policy import Permission, can, ensure
from app.queries import moderation
from app.queries import words as queries
from app.queries.naming import fold
from app.services import words
from app.services.words import WordDraft
from app.vocabulary import GlossaryKind
from app.web import fields
from app.web.caching import of_the_site, public_page
from app.web.helpers import actor, page_url, viewer
from app.web.labels import WORD_CATEGORIES
from app.web.letters import by_letter

if TYPE_CHECKING:
    from app.models import GlossaryWord

bp = Blueprint("words", __name__)

#: Wrong spellings help search; a reader who looks a word up does not need them.
FOR_SEARCH_ONLY = "variant"
#: The list of words out of use, for those who look after the glossary.
RETIRED = "retired"


@bp.get("/glossary")
@public_page(of_the_site)
def index() -> ResponseReturnValue:
    """One letter at a time; a kind of words or what was looked up is shown whole."""
    edits = can(viewer(), Permission.WORDS_EDIT)
    rows = queries.glossary(with_retired=edits)
    known = [name for name in WORD_CATEGORIES if any(row.category == name for row in rows)]
    names = [(name, WORD_CATEGORIES[name]) for name in known]
    category, wanted = request.args.get("category", ""), request.args.get("q", "").strip()[:80]
    if edits and any(row.is_retired for row in rows):
        names.append((RETIRED, _("Out of use")))
    if category == RETIRED and edits:
        rows = [row for row in rows if row.is_retired]
    elif category in known:
        rows = [row for row in rows if row.category == category]
    else:
        category = ""
        if not (edits and wanted):
            rows = [row for row in rows if row.category != FOR_SEARCH_ONLY]
    if wanted:
        rows = [row for row in rows if says(row, fold(wanted))]
    letters = by_letter(rows, lambda row: row.short)
    initials = [name for name, _rows in letters]
    letter = request.args.get("letter", "")
    if not category and not wanted and letters:
        first = next((name for name in initials if name.isalpha()), initials[0])
        letter = letter if letter in initials else first
        letters = [(name, group) for name, group in letters if name == letter]
    return render_template(
        "words/index.html",
        letters=letters,
        names=[] if category or wanted else initials,
        letter=letter,
        wanted=wanted,
        categories=names,
        category=category,
        edits=edits,
        total=len(rows),
    )


def says(word: GlossaryWord, folded: str) -> bool:
    """Whether a word or one of its meanings holds the letters that were looked up."""
    bare = folded.replace(".", "")
    return any(bare in fold(text).replace(".", "") for text in (word.short, *word.expansions))


@bp.get("/glossary/new")
@login_required
def begin() -> ResponseReturnValue:
    ensure(actor(), Permission.WORDS_EDIT)
    asked = request.args
    kind, category = asked.get("kind", ""), asked.get("category", "")
    return show_form(
        {
            "short": asked.get("short", "")[: words.LONGEST_SHORT],
            "kind": kind if kind in list(GlossaryKind) else GlossaryKind.WHOLE_TOKEN.value,
            "category": category if category in WORD_CATEGORIES else "",
        }
    )


@bp.post("/glossary/new")
@login_required
def create() -> ResponseReturnValue:
    try:
        word = words.add(actor(), draft_from_form())
    except Invalid as error:
        return show_form(request.form.to_dict(), errors=error.fields), 422
    flash(_("“%(name)s” is added; search knows it from now on.", name=word.short), "good")
    return redirect(page_url("/glossary"))


@bp.get("/glossary/<number:word_id>/edit")
@login_required
def edit(word_id: int) -> ResponseReturnValue:
    ensure(actor(), Permission.WORDS_EDIT)
    word = queries.get_word(word_id)
    values = {
        "short": word.short,
        "expansions": "\n".join(word.expansions),
        "kind": word.kind.value,
        "category": word.category,
        "note": word.note,
        "since": word.since,
        "until": word.until,
    }
    return show_form(values, word=word)


@bp.post("/glossary/<number:word_id>/edit")
@login_required
def save(word_id: int) -> ResponseReturnValue:
    word = queries.get_word(word_id)
    try:
        words.change(actor(), word, draft_from_form())
    except Invalid as error:
        return show_form(request.form.to_dict(), word=word, errors=error.fields), 422
    flash(_("Saved; search knows it from now on."), "good")
    return redirect(page_url("/glossary"))


@bp.post("/glossary/<number:word_id>/retirement")
@login_required
def retire(word_id: int) -> ResponseReturnValue:
    """Take a word out of use, or bring it back."""
    word = queries.get_word(word_id)
    if word.is_retired:
        words.bring_back(actor(), word)
        flash(_("“%(name)s” is in use again.", name=word.short), "good")
    else:
        words.retire(actor(), word)
        flash(_("“%(name)s” is out of use.", name=word.short), "good")
    return redirect(page_url(f"/glossary/{word_id}/edit"))


def draft_from_form() -> WordDraft:
    """The fields as a draft; Invalid when one of them is not of its kind."""
    kinds = {kind.value: kind for kind in GlossaryKind}
    kind = kinds.get(fields.line("kind"))
    if kind is None:
        raise Invalid({"kind": [_("Choose how the two stand for each other.")]})
    category = fields.line("category")
    return WordDraft(
        short=fields.line("short"),
        expansions=fields.lines("expansions"),
        kind=kind,
        category=category if category in WORD_CATEGORIES else "",
        note=fields.text("note"),
        since=fields.line("since"),
        until=fields.line("until"),
    )


def show_form(
    values: dict[str, Any],
    *,
    word: GlossaryWord | None = None,
    errors: dict[str, list[str]] | None = None,
) -> str:
    return render_template(
        "words/form.html",
        values=values,
        word=word,
        errors=errors or {},
        others=queries.others_of(word) if word else [],
        history=moderation.deeds_at(f"word:{word.id}") if word else [],
        categories=[(name, str(text)) for name, text in WORD_CATEGORIES.items()],
    )
