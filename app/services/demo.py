"""Made-up people and stories, for trying the site and for load tests.

Every text says that it is made up.  The same seed makes the same texts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.clock import now
from app.db import db, transaction
from app.models import Community, Program, User
from app.services import accounts, comments, entries, rendering
from app.services.entries import Draft, Origin
from app.services.programs import OWN_WORK
from app.text import lesson as lesson_text
from app.text.years import BANGKOK
from app.vocabulary import CommunityKind, EntryKind, LessonForm, LessonState, License, Right, Status

#: Entries written in one transaction.
BATCH = 40
PEOPLE = 12
MARK = "(ข้อมูลทดลอง)"

GIVEN = ("ตัวอย่าง", "สมมุติ", "ทดลอง", "จำลอง", "ลองดู", "สมมติพร")
FAMILY = ("ใจดี", "ขยันเรียน", "รักบ้าน", "ชวนคุย", "ช่างเล่า", "ปลูกผัก", "จดเก่ง", "ฟังเป็น")
DUTIES = ("คนจดบันทึกของหมู่บ้าน", "กรรมการกลุ่มออมทรัพย์", "ครูสอนผู้ใหญ่", "อาสาสมัครสาธารณสุข")
TOPICS = (
    "ปุ๋ยหมัก",
    "บัญชีครัวเรือน",
    "กลุ่มออมทรัพย์",
    "สวัสดิการวันละบาท",
    "แผนชุมชน",
    "ร้านน้ำชา",
    "เครื่องแกง",
    "ผักปลอดสาร",
    "ธนาคารต้นไม้",
    "น้ำประปาหมู่บ้าน",
    "ขยะในครัวเรือน",
    "ดูแลผู้สูงอายุ",
    "เยาวชนกับคลอง",
    "สวนยาง",
    "ปลาในนาข้าว",
    "ตลาดนัดตำบล",
)
DEEDS = ("เริ่มจาก", "ลองใหม่กับ", "เรียนรู้เรื่อง", "คุยกันเรื่อง", "ดูงานเรื่อง", "ชวนเพื่อนบ้านทำ", "นับหนึ่งกับ")
SENTENCES = (
    "ตอนเช้าเรานั่งล้อมวงกันใต้ถุนบ้าน ใครมีเรื่องอะไรก็เล่าให้เพื่อนฟัง",
    "คนที่เคยทำมาก่อนบอกว่าอย่ารีบ ให้ลองทีละน้อยแล้วจดไว้",
    "เดือนแรกมีคนมาไม่ถึงสิบคน เดือนต่อมาเพื่อนชวนเพื่อนจนเต็มศาลา",
    "เราแบ่งหน้าที่กันก่อนเลิกประชุม คนหนึ่งติดต่อ คนหนึ่งจัดสถานที่ คนหนึ่งจดบันทึก",
    "พอกลับไปดูสมุดที่จดไว้จึงรู้ว่าเงินหายไปกับของเล็กน้อยที่ซื้อทุกวัน",
    "บางบ้านทำแล้วได้ผลดี บางบ้านน้ำท่วมก็ต้องเริ่มใหม่",
    "กรรมการตกลงกันว่าจะนัดทุกวันพระเพราะคนว่างพร้อมกัน",
    "เด็กโรงเรียนมาช่วยวัดแปลงและวาดแผนที่ ผู้ใหญ่ก็ได้คุยกับเด็กไปด้วย",
    "ปัญหาที่ยังแก้ไม่ได้คือคนหนุ่มสาวไปทำงานในเมืองกันหมด",
    "ถ้าจะทำอีก เราจะถามคนในบ้านก่อนว่าอยากได้อะไร",
    "มีคนจากตำบลอื่นมาดูงาน เราจึงต้องเล่าให้สั้นและเข้าใจง่าย",
    "สิ่งที่ได้คือความไว้ใจกัน เงินเป็นเรื่องรองลงมา",
)
REPLIES = (
    "ที่บ้านเราก็ลองแบบนี้ ได้ผลเหมือนกัน",
    "อยากรู้ว่าใช้เวลากี่เดือนจึงเห็นผล",
    "ขอบคุณที่เล่า จะเอาไปลองในกลุ่มของเรา",
    "ลองดูเรื่องน้ำด้วยนะ ปีที่แล้วแล้งมาก",
)


@dataclass(slots=True)
class Made:
    """What was made."""

    people: int = 0
    entries: int = 0
    comments: int = 0


@dataclass(frozen=True, slots=True)
class Places:
    """What made-up texts are about."""

    tambons: list[str]
    programs: list[str]


def load(count: int, *, seed: int, progress: Callable[[int], None] = lambda _done: None) -> Made:
    """Add ``count`` made-up entries and a few people; told how far after each batch."""
    chance = random.Random(seed)
    made = Made()
    people = make_people(chance, seed, made)
    places = places_to_tell_of()
    drafts = list(drafts_from(chance, places, count))
    for start in range(0, count, BATCH):
        batch = drafts[start : start + BATCH]
        pages = [rendering.render(draft.body, is_lesson=in_form(draft)) for draft in batch]
        with transaction():
            for draft, page in zip(batch, pages, strict=True):
                write(chance, draft, page, chance.choice(people), made)
        progress(min(count, start + BATCH))
    return made


def make_people(chance: random.Random, seed: int, made: Made) -> list[User]:
    """A dozen accounts nobody can log into, found again at a second load."""
    people: list[User] = []
    tambons = list(
        db.session.scalars(
            sa.select(Community)
            .where(Community.kind == CommunityKind.TAMBON)
            .order_by(Community.id)
        )
    )
    with transaction():
        for n in range(PEOPLE):
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
                accounts.add_grant(person, Right.WRITER, community_id=place.id, by=None)
                made.people += 1
            people.append(person)
    return people


def places_to_tell_of() -> Places:
    tambons = db.session.scalars(
        sa.select(Community.slug)
        .where(Community.kind == CommunityKind.TAMBON)
        .order_by(Community.id)
    ).all()
    programs = db.session.scalars(
        sa.select(Program.slug).where(Program.is_core).order_by(Program.position)
    ).all()
    return Places(list(tambons), list(programs))


def drafts_from(chance: random.Random, places: Places, count: int) -> Iterator[Draft]:
    """``count`` drafts: mostly posts and stories, a third lessons."""
    for n in range(count):
        topic = chance.choice(TOPICS)
        kind = chance.choices((EntryKind.POST, EntryKind.STORY, EntryKind.LESSON), (4, 3, 3))[0]
        draft = Draft(
            kind=kind,
            title=f"{chance.choice(DEEDS)}{topic} {MARK} {n + 1}",
            summary=chance.choice(SENTENCES),
            body=story(chance, topic),
            communities=(chance.choice(places.tambons),),
            programs=(chance.choice(places.programs),) if places.programs else (),
            years=(chance.randint(2548, 2555),),
            tags=(topic, chance.choice(TOPICS)),
        )
        yield as_lesson(chance, draft, topic) if kind is EntryKind.LESSON else draft


def story(chance: random.Random, topic: str, *, letters: int = 2200) -> str:
    """Some paragraphs about ``topic``, about ``letters`` letters."""
    paragraphs = [f"เรื่องนี้แต่งขึ้นเพื่อทดลองระบบ เล่าถึง{topic}"]
    while sum(map(len, paragraphs)) < letters:
        said = chance.sample(SENTENCES, k=chance.randint(3, 6))
        paragraphs.append(f"{' '.join(said)} {chance.randint(3, 60)} คนช่วยกันทำ{topic}")
    return "\n\n".join(paragraphs)


def as_lesson(chance: random.Random, draft: Draft, topic: str) -> Draft:
    """The same as a full lesson with a point and a principle."""
    boxes = {box.key: "" for box in lesson_text.BOXES}
    for key in ("goal", "actions", "results", "problems"):
        boxes[key] = story(chance, topic, letters=500)
    point = lesson_text.Part(
        id="k1",
        kind="k",
        text=f"จดเรื่อง{topic}ทุกวันแล้วอ่านด้วยกันทุกเดือน",
        source=lesson_text.TOLD_ORALLY,
    )
    principle = lesson_text.Part(id="g1", kind="g", text="ทำทีละน้อยและจดไว้", sums=("k1",))
    text = lesson_text.LessonText(boxes=boxes, points=(point,), principles=(principle,))
    return Draft(
        kind=draft.kind,
        title=draft.title,
        summary=draft.summary,
        body=lesson_text.compose(text),
        form=LessonForm.FULL,
        state=LessonState.TOLD,
        communities=draft.communities,
        programs=draft.programs or (OWN_WORK,),
        years=draft.years,
        tags=draft.tags,
    )


def in_form(draft: Draft) -> bool:
    return draft.kind is EntryKind.LESSON


def write(
    chance: random.Random, draft: Draft, page: rendering.Page, author: User, made: Made
) -> None:
    """One entry with a comment now and then; call inside a transaction."""
    year = draft.years[0] - 543
    created = datetime(year, chance.randint(1, 12), chance.randint(1, 28), 9, tzinfo=BANGKOK)
    origin = Origin(author_id=author.id, created=created, updated=created)
    entry = entries.create(None, draft, origin=origin, page=page)
    entry.license, entry.book = License.CC0, entries.first_book(author)
    entry.published_at, entry.status = created, Status.PUBLISHED
    made.entries += 1
    if chance.random() < 0.2:
        text = chance.choice(REPLIES)
        comment = comments.new_comment(entry, text, rendering.render(text, is_lesson=False))
        comment.author_id = author.id
        comment.created_at = min(created + timedelta(days=chance.randint(1, 90)), now())
        comments.recount(entry)
        made.comments += 1
