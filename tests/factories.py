"""Made-up people and texts: one call says what matters for a test."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

from app.db import db, transaction
from app.models import Community, Entry, User
from app.services import accounts, entries, lessons, posts
from app.services.entries import Draft
from app.services.telling import Consent
from app.text import lesson as lesson_text
from app.vocabulary import ConsentKind, EntryKind, LessonForm, Right, Status

PASSWORD = "ปลาทูว่ายน้ำ7"
#: argon2 takes 20 ms; people who never log in share one hash.
_HASH = accounts.HASHER.hash(PASSWORD)
_serial = itertools.count(1)
#: How made-up tellers without account agreed.
AGREED = Consent(kind=ConsentKind.SPOKEN, day=date(2006, 7, 21), taken_by="ตัวอย่าง คนจด")


def community(slug: str = "tambon-bang-chak") -> Community:
    """One of the built-in places."""
    found = db.session.scalar(db.select(Community).where(Community.slug == slug))
    assert found is not None, f"no community {slug}"
    return found


def user(
    right: Right | str = Right.MEMBER,
    at: str | None = None,
    *,
    name: str = "",
    **fields: Any,
) -> User:
    """An account with one right; writers and facilitators at ``at`` (ต.บางจาก when not told)."""
    n = next(_serial)
    right = Right(right)
    with transaction():
        made = accounts.new_user(
            username=fields.pop("username", f"person-{n}"),
            phone=fields.pop("phone", None),
            password=None,
            display_name=name or f"ตัวอย่าง ที่ {n}",
        )
        made.password_hash = _HASH
        for field, value in fields.items():
            setattr(made, field, value)
        if right in (Right.WRITER, Right.FACILITATOR):
            place = community(at or "tambon-bang-chak")
            made.community_id = place.id
            accounts.add_grant(made, right, community_id=place.id, by=None)
        elif right is not Right.MEMBER:
            accounts.add_grant(made, right, by=None)
    return made


def writer(at: str = "tambon-bang-chak", **fields: Any) -> User:
    return user(Right.WRITER, at, **fields)


def facilitator(at: str = "tambon-bang-chak", **fields: Any) -> User:
    return user(Right.FACILITATOR, at, **fields)


def admin(**fields: Any) -> User:
    return user(Right.ADMIN, **fields)


def moderator(**fields: Any) -> User:
    return user(Right.MODERATOR, **fields)


def post(
    author: User | None = None,
    *,
    title: str = "วงน้ำชาที่ท้ายหมู่บ้าน",
    body: str = "เช้านี้เราคุยกันเรื่องปุ๋ยหมักและบัญชีครัวเรือน",
    status: Status = Status.PUBLISHED,
    kind: EntryKind = EntryKind.POST,
    **fields: Any,
) -> Entry:
    """A post, story or page, published unless told otherwise."""
    author = author or writer()
    fields.setdefault("communities", ("tambon-bang-chak",))
    fields.setdefault("consent", AGREED)
    entry = posts.create(author, Draft(kind=kind, title=title, body=body, **fields))
    return _brought_to(status, posts, author, entry)


def page(author: User | None = None, *, title: str = "วิธีทำปุ๋ยหมัก", **fields: Any) -> Entry:
    return post(author, title=title, kind=EntryKind.PAGE, **fields)


def lesson_body(**boxes: str) -> str:
    """The text of a full lesson that can be published."""
    filled = {
        "goal": "อยากให้ทุกบ้านทำปุ๋ยหมักใช้เอง",
        "actions": "นัดกันเดือนละครั้ง",
        "results": "ทำได้ประมาณสิบบ้าน",
        **boxes,
    }
    point = lesson_text.Part(
        id="k1", kind="k", text="กองปุ๋ยไว้ใกล้ครัวแล้วได้ทำทุกวัน", source="จากคำบอกเล่า"
    )
    empty = {box.key: "" for box in lesson_text.BOXES}
    return lesson_text.compose(lesson_text.LessonText(boxes={**empty, **filled}, points=(point,)))


def lesson(
    author: User | None = None,
    *,
    title: str = "ทำปุ๋ยหมักให้ได้ทุกบ้าน",
    body: str | None = None,
    status: Status = Status.PUBLISHED,
    form: LessonForm = LessonForm.FULL,
    **fields: Any,
) -> Entry:
    """A lesson with all that publishing asks for."""
    author = author or writer()
    fields.setdefault("communities", ("tambon-bang-chak",))
    fields.setdefault("consent", AGREED)
    fields.setdefault("programs", ("own-work",))
    fields.setdefault("years", (2549,))
    draft = Draft(
        kind=EntryKind.LESSON, form=form, title=title, body=body or lesson_body(), **fields
    )
    entry = lessons.create(author, draft)
    return _brought_to(status, lessons, author, entry)


def _brought_to(status: Status, rules: Any, author: User, entry: Entry) -> Entry:
    """Take an entry to where a test wants it, by the verbs where there are verbs."""
    if status is Status.DRAFT:
        return entry
    if status is Status.WAITING:
        with transaction():
            entry.status = Status.WAITING
        return entry
    rules.publish(author, entry)
    if status is Status.HIDDEN:
        entries.hide(moderator(), entry, reason="ทดลอง")
    elif status is Status.BINNED:
        entries.bin_entry(author, entry)
    return entry
