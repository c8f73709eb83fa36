"""Books (สมุด): a member's named books of posts.

The first one is made by itself with the first entry (``first_book``); a post is moved
to another book by the form of the entry.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Forbidden, Invalid
from app.models import Book, Entry, User
from app.policy import Permission, ensure
from app.services import changes
from app.text.cleaning import clean_line, clean_text
from app.text.slugs import slugify
from app.vocabulary import License

LONGEST_TITLE, LONGEST_ABOUT, MOST_BOOKS = 120, 2000, 50


@dataclass(frozen=True, slots=True)
class BookDraft:
    """What the form of a book says; still raw."""

    title: str
    about: str = ""
    license: License = License.CC_BY_4


def create(actor: User, draft: BookDraft) -> Book:
    """Add a book; its slug comes from its title and stays."""
    title, about = checked(draft)
    with transaction() as session:
        ensure(actor, Permission.ENTRY_CREATE)
        own = sa.select(sa.func.count(Book.id)).where(Book.owner_id == actor.id)
        if (session.scalar(own) or 0) >= MOST_BOOKS:
            raise Invalid({"title": [_("At most %(n)d books.", n=MOST_BOOKS)]})
        book = Book(
            slug=free_slug(title),
            owner_id=actor.id,
            title=title,
            about=about,
            license=draft.license,
            created_at=now(),
        )
        session.add(book)
    return book


def edit(actor: User, book: Book, draft: BookDraft) -> Book:
    """Rename a book, say what it is about, set the licence of what is written from now on."""
    title, about = checked(draft)
    with transaction():
        if book.owner_id != actor.id or not actor.is_active:
            raise Forbidden(actor, Permission.ENTRY_EDIT, None)
        book.title, book.about, book.license = title, about, draft.license
        changes.append_for(sa.select(Entry.id).where(Entry.book_id == book.id))
    return book


def checked(draft: BookDraft) -> tuple[str, str]:
    """(title, about), cleaned; Invalid names each fault."""
    title, about = clean_line(draft.title), clean_text(draft.about)
    faults = {}
    if not title:
        faults["title"] = [_("Give the book a name.")]
    for name, text, most in (("title", title, LONGEST_TITLE), ("about", about, LONGEST_ABOUT)):
        if len(text) > most:
            faults[name] = [_("Too long: %(n)d letters; at most %(most)d.", n=len(text), most=most)]
    if draft.license is License.NOT_RECORDED:
        faults["license"] = [_("Choose a licence.")]
    if faults:
        raise Invalid(faults)
    return title, about


def free_slug(title: str) -> str:
    """An address that no book has: of the title, with a number where it is taken."""
    wanted = slugify(title)
    n = 1
    slug = wanted if wanted != "new" else "new-1"
    while db.session.scalar(sa.select(Book.id).where(Book.slug == slug)) is not None:
        n += 1
        slug = f"{wanted}-{n}"
    return slug


def first_book(owner: User) -> Book:
    """The owner's first book, made when there is none."""
    book = oldest_book(owner)
    if book is None:
        slug = owner.username
        if db.session.scalar(sa.select(Book.id).where(Book.slug == slug)) is not None:
            slug = f"{slug}-{owner.id}"
        book = Book(slug=slug, owner_id=owner.id, title=owner.display_name, created_at=now())
        db.session.add(book)
        db.session.flush()
    return book


def oldest_book(owner: User) -> Book | None:
    return db.session.scalar(
        sa.select(Book).where(Book.owner_id == owner.id).order_by(Book.id).limit(1)
    )


def book_of(entry: Entry, slug: str) -> Book:
    """A book by slug that belongs to the entry's author."""
    book = db.session.scalar(sa.select(Book).where(Book.slug == slug))
    if book is None or (book.owner_id != entry.author_id and entry.author_id is not None):
        raise Invalid({"book": [_("There is no book “%(slug)s” of this author.", slug=slug)]})
    return book
