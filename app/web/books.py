"""Books of members: a page for each, and the form that makes or renames one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Forbidden, Invalid
from app.policy import Permission, ensure
from app.queries import entries as entry_queries
from app.queries import people
from app.services import books
from app.services.books import BookDraft
from app.vocabulary import License
from app.web.caching import of_the_site, public_page
from app.web.helpers import PER_PAGE, actor, book_url, page_number, page_url, viewer

if TYPE_CHECKING:
    from app.models import Book

bp = Blueprint("books", __name__)

#: Licences that a member can choose; the last of the list is for imports.
LICENSES = [one for one in License if one is not License.NOT_RECORDED]


@bp.get("/books/<slug>")
@public_page(of_the_site)
def show(slug: str) -> ResponseReturnValue:
    book, page = people.get_book(slug), page_number()
    total = entry_queries.count_in_book(viewer(), book)
    return render_template(
        "books/show.html",
        book=book,
        entries=entry_queries.in_book(viewer(), book, limit=PER_PAGE, offset=(page - 1) * PER_PAGE),
        total=total,
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
    )


@bp.get("/books/new")
@login_required
def begin() -> ResponseReturnValue:
    ensure(actor(), Permission.ENTRY_CREATE)
    return show_form({"title": "", "about": "", "license": License.CC_BY_4.value})


@bp.post("/books/new")
@login_required
def create() -> ResponseReturnValue:
    try:
        book = books.create(actor(), typed_draft())
    except Invalid as error:
        return show_form(request.form, errors=error.fields)
    flash(_("The book is there. Choose it in the form of what you write."), "good")
    return redirect(book_url(book))


@bp.get("/books/<slug>/edit")
@login_required
def edit(slug: str) -> ResponseReturnValue:
    book = own_book(slug)
    values = {"title": book.title, "about": book.about, "license": book.license.value}
    return show_form(values, book=book)


@bp.post("/books/<slug>/edit")
@login_required
def save(slug: str) -> ResponseReturnValue:
    book = own_book(slug)
    try:
        books.edit(actor(), book, typed_draft())
    except Invalid as error:
        return show_form(request.form, book=book, errors=error.fields)
    flash(_("Your changes are saved."), "good")
    return redirect(book_url(book))


def own_book(slug: str) -> Book:
    book = people.get_book(slug)
    if book.owner_id != actor().id:
        raise Forbidden(actor(), Permission.ENTRY_EDIT)
    return book


def typed_draft() -> BookDraft:
    chosen = request.form.get("license", "")
    if chosen not in [one.value for one in License]:
        raise Invalid({"license": [_("Choose a licence.")]})
    return BookDraft(
        title=request.form.get("title", ""),
        about=request.form.get("about", ""),
        license=License(chosen),
    )


def show_form(
    values: object, *, book: Book | None = None, errors: dict[str, list[str]] | None = None
) -> ResponseReturnValue:
    page = render_template(
        "books/form.html",
        book=book,
        values=values,
        licenses=LICENSES,
        action=page_url(f"/books/{book.slug}/edit" if book else "/books/new"),
        errors=errors or {},
    )
    return page, 422 if errors else 200
