"""Tags: all of them from ก to ฮ, a page for each, and merging two spellings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Invalid
from app.policy import Permission, ensure
from app.queries import knowing
from app.queries import taxonomy as queries
from app.queries.naming import tags_by_slug
from app.services import taxonomy
from app.text.slugs import slugify
from app.web import fields
from app.web.caching import of_the_site, public_page
from app.web.helpers import PER_PAGE, actor, page_number, tag_url, viewer
from app.web.letters import by_letter

if TYPE_CHECKING:
    from app.models import Tag

bp = Blueprint("tags", __name__)

#: So many tags are one list; more are cut at their first letters.
FEW = 60


@bp.get("/tags")
@public_page(of_the_site)
def index() -> ResponseReturnValue:
    rows = queries.tags_with_counts(viewer())
    return render_template(
        "tags/index.html",
        rows=rows,
        letters=by_letter(rows, lambda row: row.tag.name) if len(rows) > FEW else [],
        top=queries.top_tags(viewer(), limit=12),
    )


@bp.get("/tags/<slug>")
@public_page(of_the_site)
def show(slug: str) -> ResponseReturnValue:
    tag = queries.get_tag(slugify(slug))
    if tag.slug != slug:
        return redirect(tag_url(tag), 301)
    page = page_number()
    total, entries = queries.entries_about(
        viewer(), tag=tag, limit=PER_PAGE, offset=(page - 1) * PER_PAGE
    )
    return render_template(
        "tags/show.html",
        tag=tag,
        entries=entries,
        total=total,
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
        people=knowing.people_in(viewer(), total, queries.about_tag(tag)),
    )


@bp.get("/tags/<slug>/merge")
@login_required
def consider(slug: str) -> ResponseReturnValue:
    ensure(actor(), Permission.WORDS_EDIT)
    return show_form(queries.get_tag(slug), {})


@bp.post("/tags/<slug>/merge")
@login_required
def merge(slug: str) -> ResponseReturnValue:
    tag = queries.get_tag(slug)
    name = fields.line("into")
    try:
        target = tags_by_slug([name]).get(slugify(name)) if name else None
        if target is None:
            raise Invalid({"into": [_("Choose another keyword to merge into.")]})
        taxonomy.merge_tags(actor(), tag, target)
    except Invalid as error:
        return show_form(tag, request.form.to_dict(), errors=error.fields), 422
    flash(_("“%(name)s” is now part of “%(other)s”.", name=tag.name, other=target.name), "good")
    return redirect(tag_url(target))


def show_form(
    tag: Tag, values: dict[str, Any], *, errors: dict[str, list[str]] | None = None
) -> str:
    return render_template(
        "tags/merge.html",
        tag=tag,
        values=values,
        errors=errors or {},
        others=[row.tag.name for row in queries.tags_with_counts(viewer()) if row.tag is not tag],
    )
