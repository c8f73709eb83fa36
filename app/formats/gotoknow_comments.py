"""The comments of a saved page, where they can be told apart.

A comment begins with its author's name and a date, on one line or two.  When the number
found is not the number that the page states, nothing is guessed: all of it is kept word
for word as leftover.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.formats.gotoknow_words import (
    NO_COMMENTS,
    is_furniture,
    moment_of,
    number_of,
    without_bullet,
    without_stray_tags,
)
from app.formats.plain_markdown import to_markdown
from app.formats.records import CommentRecord
from app.formats.visible import PICTURE
from app.text.cleaning import clean_line

_BOX = re.compile(
    r"(?:เข้าสู่ระบบ|เข้าระบบ|ล็อกอิน|สมัครสมาชิก)\S*(?:แสดง|ให้)ความ(?:คิด)?เห็น"
    r"|แสดงความ(?:คิด)?เห็น|เพิ่มความ(?:คิด)?เห็น|อนุญาตให้แสดงความ(?:คิด)?เห็น"
    r"|ยกเลิก\Z|ชื่อ\s*:?\Z|อีเมล\s*:?\Z|เนื้อหา\s*:?\Z|บันทึกความเห็น\Z"
)
_IP = re.compile(r"\(?\s*IP\s*:?\s*[\dx.:*]{3,45}\s*\)?\Z", re.IGNORECASE)
_WRITTEN = re.compile(r"(?:เขียน|สร้าง)?เมื่อ\s*")
_NUMBER = re.compile(r"\s*(?:#|หมายเลขความเห็น\s*:?\s*)(\d{1,10})\s*")
_ORDINAL = re.compile(r"\d{1,4}[.)]\s+(?=\D)")


@dataclass(frozen=True, slots=True)
class Comments:
    comments: tuple[CommentRecord, ...] = ()
    leftover: str = ""


@dataclass(frozen=True, slots=True)
class _Start:
    """The head of a comment: lines ``first`` to ``text`` (exclusive)."""

    first: int
    text: int
    author: str
    created: datetime
    number: int | None


def read(lines: Sequence[str], *, told: int | None) -> Comments:
    """The comments in ``lines``, which stand between their heading and the footer.

    :param told: how many the heading states; None when it states none.
    """
    kept = [line for line in lines if not _is_noise(line)]
    if not any(line.strip() for line in kept):
        return Comments(leftover="" if not told else f"ความเห็น ({told})")
    starts = _starts(kept)
    loose = any(line.strip() for line in kept[: starts[0].first]) if starts else True
    if loose or (told is not None and told != len(starts)):
        heading = f"ความเห็น ({told})\n" if told is not None else ""
        return Comments(leftover=heading + "\n".join(kept).strip().replace(PICTURE, ""))
    stops = [start.first for start in starts[1:]] + [len(kept)]
    return Comments(
        tuple(
            CommentRecord(
                author=start.author,
                created=start.created,
                number=start.number,
                text=_text(kept[start.text : stop]),
            )
            for start, stop in zip(starts, stops, strict=True)
        )
    )


def _is_noise(line: str) -> bool:
    word = without_bullet(line)
    return bool(
        is_furniture(word) or NO_COMMENTS.fullmatch(word) or _BOX.match(word) or _IP.match(word)
    )


def _starts(lines: Sequence[str]) -> list[_Start]:
    starts: list[_Start] = []
    floor = 0  # the head of a comment cannot reach above the text of the one before
    for at in range(len(lines)):
        start = _one_line(lines, at) or _two_lines(lines, at, floor)
        if start:
            starts.append(start)
            floor = start.text
    return starts


def _one_line(lines: Sequence[str], at: int) -> _Start | None:
    """ "นางตัวอย่าง ใจดี เขียนเมื่อ 20 ตุลาคม 2007 08:12 น. ()"."""
    word = without_bullet(lines[at])
    found = _WRITTEN.search(word[:120])
    if found is None or not found.start():
        return None
    created, rest = moment_of(word[found.end() :])
    author, number = _author(word[: found.start()])
    rest, after = _take_number(rest)
    if created is None or rest or not author:
        return None
    return _Start(at, at + 1, author, created, number or after)


def _two_lines(lines: Sequence[str], at: int, floor: int) -> _Start | None:
    """The date on a line of its own, the author on the one above."""
    word = without_bullet(lines[at])
    if len(word) > 120:
        return None
    rest, before = _take_number(word)
    created, rest = moment_of(_WRITTEN.sub("", rest, count=1))
    rest, after = _take_number(rest)
    if created is None or rest:
        return None
    above = at - 1
    while above >= floor and not lines[above].replace(PICTURE, "").strip():
        above -= 1
    if above < floor:
        return None
    author, number = _author(lines[above])
    if not author or len(author) > 100:
        return None
    return _Start(above, at + 1, author, created, before or number or after)


def _author(text: str) -> tuple[str, int | None]:
    """The name without its place in the list, and the comment's number if it is there."""
    text = _ORDINAL.sub("", without_bullet(text.replace(PICTURE, "")), count=1)
    name, number = _take_number(text)
    return clean_line(name), number


def _take_number(text: str) -> tuple[str, int | None]:
    found = _NUMBER.search(text)
    if found is None:
        return text.strip(), None
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    return rest.strip(), number_of(found[1])


def _text(lines: Sequence[str]) -> str:
    joined = without_stray_tags("\n".join(lines).replace(PICTURE, ""))
    return to_markdown(joined.split("\n"))
