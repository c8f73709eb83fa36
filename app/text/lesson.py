"""The text of a lesson: eight boxes under fixed headings, and rows with links of their own.

The canonical text is what is stored, exported and imported:

    ## เป้าหมาย

    free text of the box

    ## ข้อเรียนรู้

    - a point, one sentence {#k1 source="…" teller="…"}
    - a principle {#g1 from="k1,900012#k3"}

    ## ก้าวต่อไปและข้อเสนอแนะ

    - a next step {#n1 who="…" due=2550-07 state=open}

    free text of the box

``parse`` and ``compose`` are each other's inverse on what ``compose`` writes.  A row that
is new has no number yet: its id is "k", or "k-1", "k-2" … where a principle of the same
form names it; ``assign_ids`` gives the numbers.  How a row is written is told in ``rows``;
at the beginning of a line ``\\## เป้าหมาย`` is text that only looks like a heading of the form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from app.text.rows import (
    ITEM,
    POINT,
    PRINCIPLE,
    STEP,
    Numbering,
    Part,
    label_key,
    one_line,
    part_of,
    row,
    trimmed,
)
from app.text.rows import reworded as reworded_row

POINT_LIMIT: Final = 200  # letters of one row
TOLD_ORALLY: Final = "จากคำบอกเล่า"  # the source of a point that stands in no text

ADVICE: Final = "ข้อเสนอแนะ"  # the free text below the steps
ROWS_END: Final = "{.rows-end}"  # keeps a list of the free text apart from the rows


@dataclass(frozen=True, slots=True)
class Said:
    """One text of the form in the two languages of the pages."""

    th: str
    en: str

    def of(self, lang: str) -> str:
        return self.en if lang == "en" else self.th


#: What stands over the two kinds of rows of box 7.
PRINCIPLES: Final = Said("แก่นความรู้", "Principles")
POINTS: Final = Said("ขุมความรู้", "Points")

GROUPS: Final = (
    Said("ก่อนทำ", "Before"),
    Said("ลงมือ", "Doing"),
    Said("ทบทวน", "Looking back"),
    Said("เก็บไว้และทำต่อ", "Keeping it and going on"),
)


@dataclass(frozen=True, slots=True)
class Box:
    """One box of the form.

    ``question`` stands over it in the quick form, its ``name`` in the full one, and ``hint``
    under it.
    """

    key: str
    number: int
    group: Said
    name: Said
    hint: Said
    question: Said | None = None

    @property
    def label(self) -> str:
        """The fixed heading in the text, in export and import: Thai on every page."""
        return self.name.th

    @property
    def is_aar(self) -> bool:
        """Whether it is one of the four boxes of the quick form."""
        return self.question is not None

    def asked(self, lang: str, *, quick: bool) -> str:
        """What stands over it in the form."""
        return (self.question if quick and self.question else self.name).of(lang)


BOXES: Final = (
    Box(
        "context",
        1,
        GROUPS[0],
        Said("ความเป็นมาและบริบท", "Background"),
        hint=Said(
            "ก่อนทำเป็นอย่างไร เป็นปัญหาของใคร",
            "How were things before, and whose problem was it",
        ),
    ),
    Box(
        "goal",
        2,
        GROUPS[0],
        Said("เป้าหมาย", "Goal"),
        hint=Said(
            "อยากให้เกิดอะไร กับใคร ภายในเมื่อไร (หัวปลา)",
            "What was to happen, for whom, and by when (the head of the fish)",
        ),
        question=Said("หวังอะไรไว้", "What did we hope for"),
    ),
    Box(
        "actions",
        3,
        GROUPS[1],
        Said("สิ่งที่ทำ", "What was done"),
        hint=Said(
            "ทำจริงทีละขั้น ใครทำอะไร ต่างจากแผนตรงไหน",
            "What was really done, step by step; who did what, and where it left the plan",
        ),
    ),
    Box(
        "results",
        4,
        GROUPS[1],
        Said("ผลที่เกิดขึ้น", "What came of it"),
        hint=Said(
            "ตัวเลขและเรื่องเล่า ถ้าไม่แน่ใจให้เขียนว่าประมาณ",
            "Numbers and stories; write “about” where you are not sure",
        ),
    ),
    Box(
        "strengths",
        5,
        GROUPS[2],
        Said("สิ่งที่ทำได้ดี / ปัจจัยความสำเร็จ", "What went well, and what made it succeed"),
        hint=Said("เพราะอะไรจึงดี", "Why did it go well"),
        question=Said("อะไรดีกว่าที่หวัง", "What went better than we hoped"),
    ),
    Box(
        "problems",
        6,
        GROUPS[2],
        Said("ปัญหาและสิ่งที่ยังทำได้ไม่ดี", "Problems, and what does not go well yet"),
        hint=Said("แก้อย่างไร แก้แล้วเป็นอย่างไร", "What was tried against it, and did it help"),
        question=Said("อะไรยังไม่ถึงที่หวัง", "What fell short of what we hoped"),
    ),
    Box(
        "learned",
        7,
        GROUPS[3],
        Said("ข้อเรียนรู้", "What we learned"),
        hint=Said(
            "หนึ่งข้อหนึ่งประโยค บอกวิธีทำ ไม่ใช่คำชม (ขุมความรู้ → แก่นความรู้)",
            "One sentence for each point: how to do it, not praise (points, then principles)",
        ),
    ),
    Box(
        "next",
        8,
        GROUPS[3],
        Said("ก้าวต่อไปและข้อเสนอแนะ", "Next steps and advice"),
        hint=Said("ใครทำ เมื่อไร", "Who does it, and when"),
        question=Said("ครั้งหน้าจะทำอะไรต่อ", "What will we do next time"),
    ),
)
BOX: Final[Mapping[str, Box]] = {box.key: box for box in BOXES}
QUICK_BOXES: Final = tuple(box.key for box in BOXES if box.is_aar)
REQUIRED_FULL: Final = ("goal", "actions", "results", "learned")
LEARNED: Final = "learned"  # the box of points and principles
NEXT: Final = "next"  # the box of next steps
#: Kinds of rows that stand in a box.
ROWS_OF: Final = {LEARNED: (POINT, PRINCIPLE), NEXT: (STEP,)}


@dataclass(frozen=True, slots=True)
class LessonText:
    """A lesson taken apart.

    ``boxes`` holds the free text of each of the eight boxes (empty when there is none),
    for the last two beside their rows; ``lead`` is what stood before the first heading.
    """

    boxes: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(BOX, ""))
    points: tuple[Part, ...] = ()
    principles: tuple[Part, ...] = ()
    steps: tuple[Part, ...] = ()
    lead: str = ""

    @property
    def parts(self) -> tuple[Part, ...]:
        return (*self.points, *self.principles, *self.steps)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row: ``code`` is one of

    too_long, no_point (a principle that names none), unknown_point (names a row that is
    not there), bad_due, bad_state; ``value`` is what was written.
    """

    part: str
    code: str
    value: str = ""


# -- reading -------------------------------------------------------------------------------

_HEADING = re.compile(r"^## +(?P<label>.*?)[ #]*$")
_ESCAPED_HEADING = re.compile(r"^\\(?P<slashes>\\*)(?P<heading>## .*)$")
_POINT_NAME = re.compile(r"(?:[0-9]{1,15}#)?k-?[0-9]{1,9}|k")
_DUE = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")


_BY_LABEL = {label_key(box.label): box for box in BOXES}


def parse(body: str) -> LessonText:
    """Take a lesson's text apart; nothing of it is lost, and no text is an error.

    A heading that is none of the eight belongs to the box it stands in.  Rows count in
    their own box only: points and principles in box 7, steps in box 8.
    """
    texts: dict[str, list[str]] = {key: [] for key in ("", *BOX)}
    rows: dict[str, list[Part]] = {POINT: [], PRINCIPLE: [], STEP: []}
    key = ""
    for line in body.split("\n"):
        box = _box_of(line)
        if box is not None:
            key = box.key
            if texts[key] and texts[key][-1]:
                texts[key].append("")
            continue
        part = _part_of(line, key)
        if part is not None:
            rows[part.kind].append(part)
        else:
            texts[key].append(_unescaped(line))
    lead = trimmed(texts.pop(""))
    boxes = {name: trimmed(lines) for name, lines in texts.items()}
    return LessonText(
        boxes, tuple(rows[POINT]), tuple(rows[PRINCIPLE]), tuple(rows[STEP]), lead=lead
    )


def is_in_form(body: str) -> bool:
    """Whether the text is one of the form: only the eight headings, each once, nothing before.

    A text that is not stays as it stands and becomes a lesson of the form "free".
    """
    lines = body.strip("\n").split("\n")
    if not lines or _box_of(lines[0]) is None:
        return False
    found = [_box_of(line) for line in lines if line.startswith("## ")]
    return None not in found and len(set(found)) == len(found)


def _box_of(line: str) -> Box | None:
    if not line.startswith("## "):
        return None
    heading = _HEADING.match(line)
    return _BY_LABEL.get(label_key(heading["label"])) if heading else None


def _part_of(line: str, key: str) -> Part | None:
    """The row that ``line`` is, when it stands in the box of its kind."""
    if key not in ROWS_OF or "{#" not in line:
        return None
    row = ITEM.match(line)
    part = part_of(row["rest"]) if row else None
    return part if part is not None and part.kind in ROWS_OF[key] else None


def _unescaped(line: str) -> str:
    found = _ESCAPED_HEADING.match(line)
    if found is None or _box_of(found["heading"]) is None:
        return line
    return found["slashes"] + found["heading"]


# -- writing -------------------------------------------------------------------------------


def compose(lesson: LessonText) -> str:
    """The canonical text: boxes that hold something, in order, rows before free text."""
    blocks = [_escaped_headings(lesson.lead)] if lesson.lead.strip() else []
    for box in BOXES:
        rows = "\n".join(row(part) for part in rows_of(lesson, box.key) if one_line(part.text))
        text = _escaped_headings(trimmed(lesson.boxes.get(box.key, "").split("\n")))
        inside = "\n\n".join(piece for piece in (rows, text) if piece)
        if inside:
            blocks.append(f"## {box.label}\n\n{inside}")
    return "\n\n".join(blocks)


def rows_of(lesson: LessonText, key: str) -> tuple[Part, ...]:
    """The rows that stand in a box."""
    if key == LEARNED:
        return (*lesson.points, *lesson.principles)
    return lesson.steps if key == NEXT else ()


def _escaped_headings(text: str) -> str:
    return "\n".join(_escaped_heading(line) for line in trimmed(text.split("\n")).split("\n"))


def _escaped_heading(line: str) -> str:
    return f"\\{line}" if _box_of(line.lstrip("\\")) is not None else line


def reworded(body: str, change: Callable[[str], str]) -> str:
    """A body with ``change`` made in what people wrote; labels and marks of the form stay."""
    lesson = parse(body)

    def rows(parts: tuple[Part, ...]) -> tuple[Part, ...]:
        return tuple(reworded_row(part, change) for part in parts)

    made = LessonText(
        {key: change(text) for key, text in lesson.boxes.items()},
        points=rows(lesson.points),
        principles=rows(lesson.principles),
        steps=rows(lesson.steps),
        lead=change(lesson.lead),
    )
    return body if made == lesson else compose(made)


# -- rules ---------------------------------------------------------------------------------


def missing(lesson: LessonText, form: str) -> list[str]:
    """Keys of the boxes that still lack what publishing needs, in the order of the form.

    :param form: "full", "quick" or "free"; of a free text nothing is asked.  In the quick
        form one of boxes 5 and 6 is enough; when both are empty, box 5 is named.
    """
    if form == "free":
        return []
    if form == "quick":
        review = is_filled(lesson, "strengths") or is_filled(lesson, "problems")
        asked = {"goal": is_filled(lesson, "goal"), "strengths": review}
        asked["next"] = is_filled(lesson, "next")
    else:
        asked = {key: is_filled(lesson, key) for key in REQUIRED_FULL}
        asked[LEARNED] = any(one_line(part.text) for part in lesson.points)
    return [key for key, is_there in asked.items() if not is_there]


def is_filled(lesson: LessonText, key: str) -> bool:
    """Whether a box holds text or a row."""
    text = lesson.boxes.get(key, "").replace("\u200b", "")
    return bool(text.strip()) or any(one_line(part.text) for part in rows_of(lesson, key))


def faults(lesson: LessonText) -> list[Fault]:
    """What is wrong with the rows; an empty list when nothing is."""
    own = {part.id for part in lesson.points}
    found = [
        Fault(part.id, "too_long", str(len(one_line(part.text))))
        for part in lesson.parts
        if len(one_line(part.text)) > POINT_LIMIT
    ]
    for part in lesson.principles:
        if not part.sums:
            found.append(Fault(part.id, "no_point"))
        found += [
            Fault(part.id, "unknown_point", name)
            for name in part.sums
            if not _POINT_NAME.fullmatch(name) or ("#" not in name and name not in own)
        ]
    for part in lesson.steps:
        if part.due and not _DUE.fullmatch(part.due):
            found.append(Fault(part.id, "bad_due", part.due))
        if part.state not in ("", "open", "closed"):
            found.append(Fault(part.id, "bad_state", part.state))
    return found


def assign_ids(lesson: LessonText, used: set[str]) -> LessonText:
    """``lesson`` with a number for every row; principles follow the points they name.

    Rows that have a number keep it (the first one, should two claim the same).  A new
    number is above every number in ``used`` and in the text, so that none is ever given
    out again, not even that of a row that was removed.
    """
    numbering = Numbering(used, lesson.parts)
    points = tuple(map(numbering.numbered, lesson.points))
    kept, renamed = {part.id for part in points}, numbering.renamed
    principles = tuple(
        replace(
            numbering.numbered(part),
            sums=tuple(name if name in kept else renamed.get(name, name) for name in part.sums),
        )
        for part in lesson.principles
    )
    steps = tuple(
        replace(numbering.numbered(part), state=part.state or "open") for part in lesson.steps
    )
    return replace(lesson, points=points, principles=principles, steps=steps)


# -- for reading -----------------------------------------------------------------------------


def to_markdown_for_reading(lesson: LessonText) -> str:
    """The Markdown that ``markdown.render`` shows: boxes that hold something, rows by kind.

    Headings carry a mark ({.box-2}) by which the renderer adds group and AAR sign; rows
    keep their attributes, which it shows in words.  Principles come before the points they
    sum up.  Code that a box leaves open ends with its box.
    """
    blocks = [_closed_code(lesson.lead)] if lesson.lead.strip() else []
    for box in BOXES:
        if not is_filled(lesson, box.key):
            continue
        blocks.append(f"## {box.label} {{.box-{box.number}}}")
        rows = _labelled_rows(lesson, box.key)
        text = _closed_code(lesson.boxes.get(box.key, ""))
        if rows and text.strip():
            is_said = box.key != NEXT or text.lstrip("-*+# ").startswith(ADVICE)
            rows.append(ROWS_END if is_said else f"{ADVICE} {{.part-label}}")
        blocks += [*rows, text]
    return "\n\n".join(block for block in blocks if block.strip())


def _labelled_rows(lesson: LessonText, key: str) -> list[str]:
    """Markdown of the rows of a box, kind by kind."""
    made = []
    for label, parts in _row_groups(lesson, key):
        rows = [row(part) for part in parts if one_line(part.text)]
        if rows:
            made += [f"{label} {{.part-label}}"] if label else []
            made.append("\n".join(rows))
    return made


def _row_groups(lesson: LessonText, key: str) -> list[tuple[str, tuple[Part, ...]]]:
    if key == LEARNED:
        return [(PRINCIPLES.th, lesson.principles), (POINTS.th, lesson.points)]
    return [("", lesson.steps)] if key == NEXT else []


def _closed_code(text: str) -> str:
    """``text`` with the end of a fenced block that it leaves open."""
    mark = ""
    for line in text.split("\n"):
        fence = re.match(r"(`{3,}|~{3,})([^`]*)$", line)
        if fence and not mark:
            mark = fence[1]
        elif fence and fence[1].startswith(mark) and not fence[2].strip():
            mark = ""
    return f"{text}\n{mark}" if mark else text
