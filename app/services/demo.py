"""Made-up people and stories, for trying the site and for load tests.

Every text says that it is made up.  The same seed makes the same texts.  A few take the
path of every saved text; many are written batch by batch, which is several times as fast
and leaves the same rows (tests/services/test_demo.py compares them).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import sqlalchemy as sa

from app.clock import now
from app.db import db, transaction
from app.models import Book, Community, Entry, EntryYear, Program, Tag, User
from app.services import (
    accounts,
    audit,
    books,
    changes,
    comments,
    counters,
    entries,
    history,
    rendering,
    rights,
    taxonomy,
)
from app.services.demo_texts import (
    DUTIES,
    FAMILY,
    GIVEN,
    MARK,
    REPLIES,
    TOPICS,
    Places,
    drafts_from,
    many_drafts,
    story,
)
from app.services.drafts import KINDS_WITH_ROWS, Draft, Origin, page_of
from app.text.years import BANGKOK
from app.vocabulary import (
    AuditAction,
    CommentStatus,
    CommunityKind,
    License,
    Right,
    Status,
)

__all__ = ["MANY", "TOPICS", "Made", "load", "story"]

#: Entries written in one transaction.
BATCH = 40
#: From here on a load is for measuring, not for reading.
MANY, MANY_BATCH = 1_000, 500
PEOPLE, MOST_PEOPLE = 12, 200


@dataclass(slots=True)
class Made:
    """What was made."""

    people: int = 0
    entries: int = 0
    comments: int = 0


def load(count: int, *, seed: int, progress: Callable[[int], None] = lambda _done: None) -> Made:
    """Add ``count`` made-up entries and a few people; told how far after each batch."""
    if count >= MANY:
        return load_many(count, seed=seed, progress=progress)
    chance = random.Random(seed)
    made = Made()
    people = make_people(seed, made)
    places = places_to_tell_of()
    drafts = list(drafts_from(chance, places, count))
    for start in range(0, count, BATCH):
        batch = drafts[start : start + BATCH]
        pages = pages_of(batch)
        with transaction():
            for draft, page in zip(batch, pages, strict=True):
                write(chance, draft, page, chance.choice(people), made)
        progress(min(count, start + BATCH))
    return made


def make_people(seed: int, made: Made, *, count: int = PEOPLE) -> list[User]:
    """Accounts nobody can log into, a dozen where not told, found again at a second load."""
    chance = random.Random(seed)  # of its own: found or made, the texts stay the same
    people: list[User] = []
    tambons = list(
        db.session.scalars(
            sa.select(Community)
            .where(Community.kind == CommunityKind.TAMBON)
            .order_by(Community.id)
        )
    )
    with transaction():
        for n in range(count):
            username = f"demo-{seed}-{n + 1}"
            person = db.session.scalar(sa.select(User).where(User.username == username))
            if person is None:
                person = accounts.new_user(
                    username=username,
                    phone=None,
                    password=None,
                    display_name=f"{chance.choice(GIVEN)} {chance.choice(FAMILY)} {MARK}",
                    duty=chance.choice(DUTIES),
                )
                place = chance.choice(tambons)
                person.community_id = place.id
                rights.add_grant(person, Right.WRITER, community_id=place.id, by=None)
                made.people += 1
            people.append(person)
    return people


def places_to_tell_of() -> Places:
    tambons = db.session.execute(
        sa.select(Community.slug, Community.name)
        .where(Community.kind == CommunityKind.TAMBON)
        .order_by(Community.id)
    ).all()
    programs = db.session.scalars(
        sa.select(Program.slug).where(Program.is_core).order_by(Program.position)
    ).all()
    return Places(
        tambons=[row.slug for row in tambons],
        programs=list(programs),
        names=[row.name for row in tambons],
    )


def write(
    chance: random.Random, draft: Draft, page: rendering.Page, author: User, made: Made
) -> None:
    """One entry with a comment now and then; call inside a transaction."""
    created = moment_of(chance, draft)
    origin = Origin(author_id=author.id, created=created, updated=created)
    entry = entries.create(None, draft, origin=origin, page=page)
    entry.license, entry.book = License.CC0, books.first_book(author)
    entry.published_at, entry.status = created, Status.PUBLISHED
    history.show_newest_revision(entry)
    made.entries += 1
    if chance.random() < 0.2:
        text = chance.choice(REPLIES)
        comment = comments.new_comment(entry, text, rendering.render(text, is_lesson=False))
        comment.author_id = author.id
        comment.created_at = min(created + timedelta(days=chance.randint(1, 90)), now())
        comments.recount(entry)
        made.comments += 1


def moment_of(chance: random.Random, draft: Draft) -> datetime:
    """A morning of the first year that the text is about."""
    year = draft.years[0] - 543
    return datetime(year, chance.randint(1, 12), chance.randint(1, 28), 9, tzinfo=BANGKOK)


# --- many ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """The rows that a batch hangs its entries on, read once for all of it."""

    people: list[User]
    books: dict[int, Book]  # by owner
    communities: dict[str, Community]
    programs: dict[str, Program]
    tags: dict[str, Tag]  # by name


def load_many(
    count: int, *, seed: int, progress: Callable[[int], None] = lambda _done: None
) -> Made:
    """``load`` for measuring: texts by word frequencies, written batch by batch."""
    chance = random.Random(seed)
    made = Made()
    people = make_people(seed, made, count=min(MOST_PEOPLE, PEOPLE + count // 500))
    usernames = [person.username for person in people]
    with transaction():
        for person in people:
            books.first_book(person)
    replies = {text: rendering.render(text, is_lesson=False) for text in REPLIES}
    for batch, pages in rendered(many_drafts(chance, places_to_tell_of(), count)):
        with transaction():
            known = rows_for(batch, usernames)
            written = write_batch(chance, batch, pages, known)
            made.comments += say_something(chance, written, known.people, replies)
            changes.append_for(sa.select(Entry.id).where(Entry.id.in_([e.id for e in written])))
        made.entries += len(batch)
        progress(made.entries)
    return made


def rendered(drafts: Iterator[Draft]) -> Iterator[tuple[list[Draft], list[rendering.Page]]]:
    """Batches with their pages, the next one being rendered while one is written.

    Rendering happens in a process of its own (text.markdown), so both go on at once.
    """
    with ThreadPoolExecutor(max_workers=1) as ahead:
        batch = list(islice(drafts, MANY_BATCH))
        pages = ahead.submit(pages_of, batch)
        while batch:
            coming = list(islice(drafts, MANY_BATCH))
            done, pages = pages.result(), ahead.submit(pages_of, coming)
            yield batch, done
            batch = coming


def pages_of(batch: Iterable[Draft]) -> list[rendering.Page]:
    return [page_of(draft) for draft in batch]


def rows_for(batch: Sequence[Draft], usernames: Sequence[str]) -> Known:
    """What the drafts of a batch name; call inside a transaction."""
    names = list(dict.fromkeys(name for draft in batch for name in draft.tags))
    for start in range(0, len(names), taxonomy.MOST_TAGS):
        taxonomy.resolve_tags(names[start : start + taxonomy.MOST_TAGS])
    people = db.session.scalars(sa.select(User).where(User.username.in_(usernames)))
    found = sorted(people, key=lambda person: person.id)
    books = db.session.scalars(
        sa.select(Book).where(Book.owner_id.in_([person.id for person in found])).order_by(Book.id)
    )
    first_books: dict[int, Book] = {}
    for book in books:
        first_books.setdefault(book.owner_id or 0, book)
    return Known(
        people=found,
        books=first_books,
        communities={row.slug: row for row in db.session.scalars(sa.select(Community))},
        programs={row.slug: row for row in db.session.scalars(sa.select(Program))},
        tags={row.name: row for row in db.session.scalars(sa.select(Tag))},
    )


def write_batch(
    chance: random.Random, batch: Sequence[Draft], pages: Sequence[rendering.Page], known: Known
) -> list[Entry]:
    """The entries of a batch with all that a saved text leaves, in a few large statements."""
    written = []
    for number, draft, page in zip(fresh_numbers(len(batch)), batch, pages, strict=True):
        author = chance.choice(known.people)
        written.append(new_entry(number, draft, page, author, moment_of(chance, draft), known))
    db.session.add_all(written)
    db.session.flush()
    for entry in written:
        history.add_revision(None, entry, Origin(author_id=entry.author_id))
        audit.record(None, AuditAction.CREATE, f"entry:{entry.id}")
    db.session.flush()
    return written


def fresh_numbers(count: int) -> Iterable[int]:
    """``count`` record numbers that nothing holds, from the counter."""
    last = counters.take("entry", count)
    wanted = range(last - count + 1, last + 1)
    taken = set(
        db.session.scalars(sa.select(Entry.number).where(Entry.number.between(wanted[0], last)))
    )
    free = [number for number in wanted if number not in taken]
    return free + [entries.free_number() for _ in range(count - len(free))]


def new_entry(
    number: int, draft: Draft, page: rendering.Page, author: User, created: datetime, known: Known
) -> Entry:
    """One published entry that is not yet in the session."""
    entry = Entry(
        number=number,
        kind=draft.kind,
        form=draft.form,
        state=draft.state,
        status=Status.PUBLISHED,
        license=License.CC0,
        book_id=known.books[author.id].id,
        author_id=author.id,
        created_at=created,
        edited_at=created,
        published_at=created,
        revision_number=0,
        communities=[known.communities[slug] for slug in draft.communities],
        programs=[known.programs[slug] for slug in draft.programs],
        tags=[known.tags[name] for name in dict.fromkeys(draft.tags)],
        year_rows=[EntryYear(year=year) for year in draft.years],
        people=[],
        parts=[],
    )
    entries.apply_text(entry, draft, page)
    if draft.kind in KINDS_WITH_ROWS:
        entries.apply_parts(entry, draft)
    return entry


def say_something(
    chance: random.Random,
    written: Sequence[Entry],
    people: Sequence[User],
    replies: dict[str, rendering.Page],
) -> int:
    """Comments under a fifth of the entries, up to four under one; returns how many."""
    count = 0
    for entry in written:
        if chance.random() >= 0.2:
            continue
        entry.last_comment_number = 0
        for days in sorted(chance.sample(range(1, 90), chance.choice((1, 1, 2, 4)))):
            text = chance.choice(REPLIES)
            comment = comments.new_comment(entry, text, replies[text])
            comment.author_id, comment.status = chance.choice(people).id, CommentStatus.VISIBLE
            comment.created_at = min(entry.created_at + timedelta(days=days), now())
            entry.comment_count, entry.commented_at = comment.number, comment.created_at
        count += entry.comment_count
    return count
