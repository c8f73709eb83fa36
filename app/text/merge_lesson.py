"""Lessons come together box by box and row by row.

A row is known by its id, wherever it stands.  Two people may have given one number to two
new rows: theirs is stored already, so mine gets the next, and my principles follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace

from app.text import lesson as lesson_text
from app.text.lesson import BOXES, LessonText
from app.text.merge import MOST_PASSAGES, Merge, Passage, Piece, breaks, merge, one_sided
from app.text.rows import Part, highest, part_of, row

#: Stands for a passage while the text is composed: no typed text may hold it.
HOLD = "\x00{}\x00"
_HEADING = re.compile("^#{2,3} +")
_HELD = re.compile("(?:- )?\x00(\\d+)\x00(?: \\{#[^\n]*\\})?")


def merge_lessons(base: str, mine: str, theirs: str, *, used: Iterable[str] = ()) -> Merge:
    """Merge three canonical texts of the form.

    :param used: ids of rows that the lesson has or had; none of them is given out anew.
    """
    if (simple := one_sided(base, mine, theirs)) is not None:
        return Merge((simple,))
    texts = [lesson_text.parse(text) for text in (base, mine, theirs)]
    texts[1] = renumbered(texts[1], texts[0], texts[2], used)
    keeper = Keeper()
    together = LessonText(
        boxes={
            box.key: keeper.text(*(text.boxes.get(box.key, "") for text in texts), where=box.key)
            for box in BOXES
        },
        points=tuple(keeper.rows(*(text.points for text in texts))),
        principles=tuple(keeper.rows(*(text.principles for text in texts))),
        steps=tuple(keeper.rows(*(text.steps for text in texts))),
        lead=keeper.text(*(text.lead for text in texts)),
    )
    made = Merge(tuple(keeper.taken_out(lesson_text.compose(together))))
    if len(keeper.passages) > MOST_PASSAGES or breaks(made.text, mine, theirs):
        return Merge((Passage(base, mine, theirs),))
    return made


def renumbered(
    mine: LessonText, base: LessonText, theirs: LessonText, used: Iterable[str]
) -> LessonText:
    """``mine`` with other numbers for new rows whose numbers ``theirs`` gave to other rows."""
    renamed = new_numbers(mine.parts, base.parts, theirs.parts, used)

    def anew(parts: Sequence[Part]) -> tuple[Part, ...]:
        return tuple(
            replace(
                part,
                id=renamed.get(part.id, part.id),
                sums=tuple(renamed.get(name, name) for name in part.sums),
            )
            for part in parts
        )

    return replace(
        mine,
        points=anew(mine.points),
        principles=anew(mine.principles),
        steps=anew(mine.steps),
    )


def new_numbers(
    mine: Iterable[Part], base: Iterable[Part], theirs: Iterable[Part], used: Iterable[str]
) -> dict[str, str]:
    """{number: another} of my new rows whose numbers ``theirs`` gave to other rows."""
    before, mine = {part.id for part in base}, list(mine)
    fresh = {part.id: part for part in theirs if part.id not in before}
    taken = {*used, *before, *fresh, *(part.id for part in mine)}
    renamed: dict[str, str] = {}
    for part in mine:
        if part.id in fresh and fresh[part.id] != part:
            renamed[part.id] = f"{part.kind}{highest(part.kind, taken) + 1}"
            taken.add(renamed[part.id])
    return renamed


class Keeper:
    """Merges the pieces of a text and keeps the passages that somebody has to choose."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []

    def hold(self, passage: Passage) -> str:
        self.passages.append(passage)
        return HOLD.format(len(self.passages) - 1)

    def text(self, base: str, mine: str, theirs: str, *, where: str = "") -> str:
        """The free text of a box."""
        found = merge(base, mine, theirs).pieces
        return "".join(
            self.hold(replace(piece, where=where)) if isinstance(piece, Passage) else piece
            for piece in found
        )

    def rows(
        self, base: Sequence[Part], mine: Sequence[Part], theirs: Sequence[Part]
    ) -> Iterator[Part]:
        """The rows of one kind, each by its id, in an order that both know."""
        sides = [{part.id: part for part in parts} for parts in (base, mine, theirs)]
        orders = [[part.id for part in parts] for parts in (base, mine, theirs)]
        for name in order_of(*orders):
            part = self.row(*(side.get(name) for side in sides))
            if part is not None:
                yield part

    def row(self, base: Part | None, mine: Part | None, theirs: Part | None) -> Part | None:
        """One row; None when it went on one side and stayed as it was on the other."""
        if mine in (theirs, base):
            return theirs
        if theirs == base:
            return mine
        if base and mine and theirs and (made := _fields_of(base, mine, theirs)):
            return made
        known = mine or theirs or base
        assert known is not None
        before, here, there = ("" if part is None else row(part) for part in (base, mine, theirs))
        passage = Passage(before, here, there, where=known.id)
        return Part(known.id, known.kind, self.hold(passage))

    def taken_out(self, composed: str) -> Iterator[Piece]:
        """The composed text with the passages at their places."""
        at = 0
        for held in _HELD.finditer(composed):
            yield composed[at : held.start()]
            yield self.passages[int(held[1])]
            at = held.end()
        yield composed[at:]


def _fields_of(base: Part, mine: Part, theirs: Part) -> Part | None:
    """A row that both changed, field by field; None when both changed one field."""
    made: dict[str, object] = {}
    for field in fields(Part):
        trio = [getattr(part, field.name) for part in (base, mine, theirs)]
        won = one_sided(*trio)
        if won is None:
            return None
        made[field.name] = won
    return replace(base, **made)  # type: ignore[arg-type]


def order_of(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """All ids, in my order where I moved rows, else in theirs; new ones behind their fore-row."""
    common = {*base} & {*mine} & {*theirs}
    moved = [one for one in mine if one in common] != [one for one in base if one in common]
    lead, other = (mine, theirs) if moved else (theirs, mine)
    order = list(lead)
    for follower in (other, base):
        before = ""
        for name in follower:
            if name not in order:
                order.insert(_place_behind(order, before, lead), name)
            before = name
    return order


def _place_behind(order: list[str], before: str, lead: Sequence[str]) -> int:
    """Where a new row goes: behind ``before`` and the rows that came there on the other side."""
    if not before:
        return 0
    return order.index(before) + 1 if before != (lead[-1] if lead else "") else len(order)


def has_boxes(*texts: str) -> bool:
    """Whether every text that is not empty is one of the form."""
    return all(lesson_text.is_in_form(text) for text in texts if text.strip())


def shown(passage_text: str, *, in_form: bool) -> str:
    """For reading: of a row the sentence, and in brackets what stands beside it.

    :param in_form: headings are those of the form, and shown by their words.
    """
    lines = (_shown_line(line) for line in passage_text.split("\n"))
    return "\n".join(_HEADING.sub("", line) if in_form else line for line in lines)


def _shown_line(line: str) -> str:
    part = part_of(line.removeprefix("- ")) if line.startswith("- ") else None
    if part is None:
        return line
    beside: Mapping[str, object] = {
        name: value
        for name, value in (
            ("source", part.source),
            ("teller", part.teller),
            ("who", part.who),
            ("due", part.due),
            ("sums", ", ".join(part.sums)),
        )
        if value
    }
    said = " · ".join(str(value) for value in beside.values())
    return f"{part.text} ({said})" if said else part.text
