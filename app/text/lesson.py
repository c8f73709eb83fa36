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
form names it; ``assign_ids`` gives the numbers.

Inside a value in quotes, ``\\"`` and ``\\\\`` are a quote and a backslash; inside the sentence
of a row ``\\{#`` is "{#", and at the beginning of a line ``\\## เป้าหมาย`` is text that only
looks like a heading of the form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

POINT: Final = "k"
PRINCIPLE: Final = "g"
STEP: Final = "n"

POINT_LIMIT: Final = 200  # letters of one row
MANY_PRINCIPLES: Final = 5  # more than these ask "รวมข้อที่ใกล้กันได้ไหม"
TOLD_ORALLY: Final = "จากคำบอกเล่า"  # the source of a point that stands in no text

ADVICE: Final = "ข้อเสนอแนะ"  # the free text below the steps
ROWS_END: Final = "{.rows-end}"  # keeps a list of the free text apart from the rows

GROUPS: Final = ("ก่อนทำ", "ลงมือ", "ทบทวน", "เก็บไว้และทำต่อ")


@dataclass(frozen=True, slots=True)
class Box:
    """One box of the form.

    ``label`` is a fixed heading of export and import.  ``question`` is shown over the label
    in the quick form and ``hint`` under the box; a site may replace both.
    """

    key: str
    number: int
    group: str
    label: str
    hint: str
    question: str = ""

    @property
    def is_aar(self) -> bool:
        """Whether it is one of the four boxes of the quick form."""
        return bool(self.question)


BOXES: Final = (
    Box(
        "context",
        1,
        GROUPS[0],
        "ความเป็นมาและบริบท",
        hint="ก่อนทำเป็นอย่างไร เป็นปัญหาของใคร",
    ),
    Box(
        "goal",
        2,
        GROUPS[0],
        "เป้าหมาย",
        hint="อยากให้เกิดอะไร กับใคร ภายในเมื่อไร (หัวปลา)",
        question="หวังอะไรไว้",
    ),
    Box(
        "actions",
        3,
        GROUPS[1],
        "สิ่งที่ทำ",
        hint="ทำจริงทีละขั้น ใครทำอะไร ต่างจากแผนตรงไหน",
    ),
    Box(
        "results",
        4,
        GROUPS[1],
        "ผลที่เกิดขึ้น",
        hint="ตัวเลขและเรื่องเล่า ถ้าไม่แน่ใจให้เขียนว่าประมาณ",
    ),
    Box(
        "strengths",
        5,
        GROUPS[2],
        "สิ่งที่ทำได้ดี / ปัจจัยความสำเร็จ",
        hint="เพราะอะไรจึงดี",
        question="อะไรดีกว่าที่หวัง",
    ),
    Box(
        "problems",
        6,
        GROUPS[2],
        "ปัญหาและสิ่งที่ยังทำได้ไม่ดี",
        hint="แก้อย่างไร แก้แล้วเป็นอย่างไร",
        question="อะไรยังไม่ถึงที่หวัง",
    ),
    Box(
        "learned",
        7,
        GROUPS[3],
        "ข้อเรียนรู้",
        hint="หนึ่งข้อหนึ่งประโยค บอกวิธีทำ ไม่ใช่คำชม (ขุมความรู้ → แก่นความรู้)",
    ),
    Box(
        "next",
        8,
        GROUPS[3],
        "ก้าวต่อไปและข้อเสนอแนะ",
        hint="ใครทำ เมื่อไร",
        question="ครั้งหน้าจะทำอะไรต่อ",
    ),
)
BOX: Final[Mapping[str, Box]] = {box.key: box for box in BOXES}
QUICK_BOXES: Final = tuple(box.key for box in BOXES if box.is_aar)
REQUIRED_FULL: Final = ("goal", "actions", "results", "learned")
LEARNED: Final = "learned"  # the box of points and principles
NEXT: Final = "next"  # the box of next steps


@dataclass(frozen=True, slots=True)
class Part:
    """A row: a point (kind "k"), a principle ("g") or a next step ("n").

    :ivar id: "k1"; "k" or "k-1" while it has no number.
    :ivar sums: points a principle sums up: "k1", or "900012#k1" of another lesson.
    :ivar due: month and year, พ.ศ., "2550-07", or empty.
    :ivar state: of a step, "open" or "closed"; otherwise empty.
    :ivar closed_by: number of the lesson that closed a step, or empty.
    """

    id: str
    kind: str
    text: str
    source: str = ""
    teller: str = ""
    sums: tuple[str, ...] = ()
    who: str = ""
    due: str = ""
    state: str = ""
    closed_by: str = ""


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
_VALUE = r'"(?:[^"\\]|\\.)*"|[^\s"{}\\]+'
_ATTRIBUTE = re.compile(rf"\s+(?P<name>[a-z_]+)=(?P<value>{_VALUE})")
_ROW = re.compile(r"^ {0,3}[-*+] +(?P<rest>\S.*)$")
_TAIL = re.compile(
    rf"(?<!\\)\{{#(?P<kind>[kgn])(?P<number>(?:-?\d{{1,9}})?)(?P<values>(?:\s+[a-z_]+=(?:{_VALUE}))*)\s*\}}\s*$"
)
_POINT_NAME = re.compile(r"(?:\d{1,15}#)?k-?\d{1,9}|k")
_DUE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


def _label_key(label: str) -> str:
    """A label for comparing: typing of spaces and of sara ae and sara am does not count."""
    folded = unicodedata.normalize("NFC", label).replace("เเ", "แ").replace("\u0e4d\u0e32", "ำ")
    return re.sub("[\\s\u200b]", "", folded)


_BY_LABEL = {_label_key(box.label): box for box in BOXES}


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
    lead = _trimmed(texts.pop(""))
    boxes = {name: _trimmed(lines) for name, lines in texts.items()}
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
    return _BY_LABEL.get(_label_key(heading["label"])) if heading else None


def _part_of(line: str, key: str) -> Part | None:
    """The row that ``line`` is, when it stands in the box of its kind."""
    if key not in (LEARNED, NEXT) or "{#" not in line:
        return None
    row = _ROW.match(line)
    part = part_of(row["rest"]) if row else None
    return part if part is not None and (part.kind == STEP) is (key == NEXT) else None


def part_of(sentence: str) -> Part | None:
    """The row that ``sentence`` is, written as "sentence {#k1 …}"; None when it is none."""
    tail = _TAIL.search(sentence)
    text = _one_line(sentence[: tail.start()].replace("\\{#", "{#")) if tail else ""
    if tail is None or not text:
        return None
    values = {
        found["name"]: _value(found["value"]) for found in _ATTRIBUTE.finditer(tail["values"])
    }
    return _part(tail["kind"], tail["number"], text, values)


def _part(kind: str, number: str, text: str, values: Mapping[str, str]) -> Part:
    part = Part(f"{kind}{number}", kind, text)
    if kind == POINT:
        return replace(part, source=values.get("source", ""), teller=values.get("teller", ""))
    if kind == PRINCIPLE:
        return replace(part, sums=_names(values.get("from", "")))
    return replace(
        part,
        who=values.get("who", ""),
        due=values.get("due", ""),
        state=values.get("state", ""),
        closed_by=values.get("closed_by", ""),
    )


def _value(written: str) -> str:
    if written.startswith('"'):
        written = re.sub(r"\\(.)", r"\1", written[1:-1])
    return _one_line(written)


def _names(written: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.lstrip("#") for name in re.split(r"[\s,]+", written) if name))


def _unescaped(line: str) -> str:
    found = _ESCAPED_HEADING.match(line)
    if found is None or _box_of(found["heading"]) is None:
        return line
    return found["slashes"] + found["heading"]


def _trimmed(lines: Iterable[str]) -> str:
    text = "\n".join(line.rstrip() for line in lines)
    return re.sub(r"\A\n+", "", text).rstrip("\n")


def _one_line(text: str) -> str:
    return " ".join(text.split())


# -- writing -------------------------------------------------------------------------------


def compose(lesson: LessonText) -> str:
    """The canonical text: boxes that hold something, in order, rows before free text."""
    blocks = [_escaped_headings(lesson.lead)] if lesson.lead.strip() else []
    for box in BOXES:
        rows = "\n".join(row(part) for part in rows_of(lesson, box.key) if _one_line(part.text))
        text = _escaped_headings(_trimmed(lesson.boxes.get(box.key, "").split("\n")))
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
    return "\n".join(_escaped_heading(line) for line in _trimmed(text.split("\n")).split("\n"))


def _escaped_heading(line: str) -> str:
    return f"\\{line}" if _box_of(line.lstrip("\\")) is not None else line


def row(part: Part) -> str:
    """A row as it stands in the text: "- sentence {#k1 …}"."""
    written = [f"#{part.id or part.kind}"]
    written += [f"{name}={_quoted(value)}" for name, value in _values(part) if value]
    text = re.sub(r"(\\*)\{#", r"\1\\{#", _one_line(part.text))
    return f"- {text} {{{' '.join(written)}}}"


def _values(part: Part) -> Iterator[tuple[str, str]]:
    if part.kind == POINT:
        yield "source", _one_line(part.source)
        yield "teller", _one_line(part.teller)
    elif part.kind == PRINCIPLE:
        yield "from", ",".join(part.sums)
    else:
        yield "who", _one_line(part.who)
        yield "due", _one_line(part.due)
        yield "state", _one_line(part.state)
        yield "closed_by", _one_line(part.closed_by)


def _quoted(value: str) -> str:
    if re.fullmatch(r"[0-9a-z_-]+", value):
        return value
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


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
        asked[LEARNED] = any(_one_line(part.text) for part in lesson.points)
    return [key for key, is_there in asked.items() if not is_there]


def is_filled(lesson: LessonText, key: str) -> bool:
    """Whether a box holds text or a row."""
    text = lesson.boxes.get(key, "").replace("\u200b", "")
    return bool(text.strip()) or any(_one_line(part.text) for part in rows_of(lesson, key))


def faults(lesson: LessonText) -> list[Fault]:
    """What is wrong with the rows; an empty list when nothing is."""
    own = {part.id for part in lesson.points}
    found = [
        Fault(part.id, "too_long", str(len(_one_line(part.text))))
        for part in lesson.parts
        if len(_one_line(part.text)) > POINT_LIMIT
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
    highest = {kind: _highest(kind, used, lesson.parts) for kind in (POINT, PRINCIPLE, STEP)}
    taken: set[str] = set()
    renamed: dict[str, str] = {}

    def numbered(part: Part) -> Part:
        name = part.id
        if not re.fullmatch(r"[kgn][1-9]\d*", name) or name[0] != part.kind or name in taken:
            highest[part.kind] += 1
            name = f"{part.kind}{highest[part.kind]}"
            renamed.setdefault(part.id, name)
        taken.add(name)
        return replace(part, id=name, state=part.state or "open" if part.kind == STEP else "")

    points = tuple(numbered(part) for part in lesson.points)
    kept = {part.id for part in points}
    principles = tuple(
        replace(
            numbered(part),
            sums=tuple(name if name in kept else renamed.get(name, name) for name in part.sums),
        )
        for part in lesson.principles
    )
    steps = tuple(numbered(part) for part in lesson.steps)
    return replace(lesson, points=points, principles=principles, steps=steps)


def _highest(kind: str, used: set[str], parts: Iterable[Part]) -> int:
    names = [*used, *(part.id for part in parts)]
    numbers = [int(name[1:]) for name in names if re.fullmatch(rf"{kind}[1-9]\d*", name)]
    return max(numbers, default=0)


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
        rows = [row(part) for part in parts if _one_line(part.text)]
        if rows:
            made += [f"{label} {{.part-label}}"] if label else []
            made.append("\n".join(rows))
    return made


def _row_groups(lesson: LessonText, key: str) -> list[tuple[str, tuple[Part, ...]]]:
    if key == LEARNED:
        return [("แก่นความรู้", lesson.principles), ("ขุมความรู้", lesson.points)]
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
