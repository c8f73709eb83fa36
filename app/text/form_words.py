"""The words that the forms put into a text, and their English on a stored page.

A page is rendered once and stored in Thai.  What the form said in it (headings of boxes,
groups of boxes, what stands beside a row) is exchanged when it is shown in English; what
people wrote stays as it is.  Marks of their own make it sure which is which: no writer can
type a class, and an id of a heading that is none of the form's leads to no other words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from app.text import forum
from app.text.lesson import ADVICE, BOXES, GROUPS, POINTS, PRINCIPLES, Said
from app.text.years import parse_month, thai_month

#: What stands beside a row, by the class of its place; a state by that class and its own.
BESIDE: Final[Mapping[str, Said]] = {
    "part-from": Said("สรุปจาก ", "Sums up "),
    "part-source": Said("ที่มา: ", "From: "),
    "part-teller": Said("ผู้เล่า: ", "Told by: "),
    "part-who": Said("ใครทำ: ", "Who: "),
    "part-due": Said("เมื่อไร: ", "When: "),
    "part-closed": Said("ปิดโดยบทเรียน ", "Closed by lesson "),
    "part-state open": Said("เปิดอยู่", "Open"),
    "part-state closed": Said("ปิดแล้ว", "Closed"),
}
TO_HEADING: Final = Said("ลิงก์ไปหัวข้อ ", "Link to the heading ")

_NUMBERED_GROUP: Final = re.compile(re.escape(forum.GROUP).replace(r"\{number\}", r"(\d{1,3})"))
_LESSON: Final = {box.name.th: box.name.en for box in BOXES}
_FORUM: Final = {
    forum.PROBLEMS: "Problems",
    forum.ANSWERS: "Answers",
    forum.NOTES: "Further notes",
}
_LABELS: Final = {said.th: said.en for said in (PRINCIPLES, POINTS)} | {ADVICE: "Advice"}
_GROUPS: Final = {group.th: group.en for group in GROUPS}

_HEADING = re.compile(
    r'(<h(?P<level>[23]) id="[^"]*">)(?P<text>[^<]+?)(?P<sign> (?:<span class="aar">AAR</span> )?)'
    r'<a aria-label="(?P<label>[^"]*)"'
)
_PARAGRAPH = re.compile(r'<p class="(lesson-group|part-label)">([^<]*)</p>')
_BESIDE = re.compile(
    '<span class="({})">({})'.format(
        "|".join(BESIDE), "|".join(re.escape(said.th) for said in BESIDE.values())
    )
)
_DUE = re.compile(r'(?<=<span class="part-due">)([^<]*)(?=</span>)')


def heading_in_english(kind: str, text: str) -> str:
    """A heading of a text of ``kind``: in English where it is one of its form's."""
    if kind == "lesson":
        return _LESSON.get(text, text)
    if kind == "forum":
        numbered = _NUMBERED_GROUP.fullmatch(text)
        return f"Group {numbered[1]}" if numbered else _FORUM.get(text, text)
    return text


def in_english(kind: str, html: str, *, era: str = "be") -> str:
    """The stored page of a text of ``kind`` with the words of its form in English."""

    def heading(found: re.Match[str]) -> str:
        text = heading_in_english(kind, found["text"])
        said = text if text == found["text"] else f'<span lang="en">{text}</span>'
        label = found["label"].removeprefix(TO_HEADING.th)
        label = TO_HEADING.en + (text if label == found["text"] else label)
        return f'{found[1]}{said}{found["sign"]}<a lang="en" aria-label="{label}"'

    def paragraph(found: re.Match[str]) -> str:
        known = _GROUPS if found[1] == "lesson-group" else _LABELS
        return (
            f'<p class="{found[1]}" lang="en">{known[found[2]]}</p>'
            if (found[2] in known)
            else found[0]
        )

    def beside(found: re.Match[str]) -> str:
        said = BESIDE[found[1]]
        return f'<span class="{found[1]}">{said.en}' if said.th == found[2] else found[0]

    def due(found: re.Match[str]) -> str:
        said, month = BESIDE["part-due"].th, found[1]
        if not month.startswith(said):
            return month
        return said + _month(month.removeprefix(said), era)

    steps: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
        (_HEADING, heading),
        (_PARAGRAPH, paragraph),
        (_DUE, due),
        (_BESIDE, beside),
    )
    for pattern, said in steps:
        html = pattern.sub(said, html)
    return html


def _month(text: str, era: str) -> str:
    try:
        return thai_month(parse_month(text), lang="en", era=era)
    except ValueError:  # words of the writer
        return text
