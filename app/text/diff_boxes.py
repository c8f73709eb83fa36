"""What differs between two texts of one form: in which box, in which row, in which field.

Rows are known by their ids wherever they stand, so a row that moved was not rewritten.
Nothing is compared by words here: a ``Spot`` holds what stood there and what stands there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

from app.text import forum as forum_text
from app.text import lesson as lesson_text
from app.text.forum import Group
from app.text.lesson import BOXES, LessonText
from app.text.merge_forum import keyed
from app.text.rows import Part

#: Fields of a spot that are not those of a row.
NAME: Final = "name"  # of a group of a forum
ORDER: Final = "order"  # ids, or names of groups, one after another
TEXT: Final = "text"  # the sentence of a row, or the free text of a box


@dataclass(frozen=True, slots=True)
class Spot:
    """One thing that differs; ``older`` is empty where it is new, ``newer`` where it went.

    :ivar kind: "k", "g" or "n" of a row of a lesson, PROBLEMS or ANSWERS of a line of a
        forum; empty for what is no row.
    :ivar row: "k1"; empty for what is no row.
    :ivar field: a field of ``Part``, or NAME or ORDER.
    """

    kind: str
    row: str
    field: str
    older: str
    newer: str


@dataclass(frozen=True, slots=True)
class BoxChange:
    """What differs in one box of a lesson or one group of a forum.

    :ivar label: its heading; empty for what stands in no box.
    """

    label: str
    spots: tuple[Spot, ...]


def lesson_changes(older: str, newer: str) -> list[BoxChange]:
    """The boxes of a lesson that differ, in the order of the form."""
    before, after = lesson_text.parse(older), lesson_text.parse(newer)
    pairs = [("", _free(before.lead, after.lead))]
    pairs += [(box.label, list(_in_box(box.key, before, after))) for box in BOXES]
    return [BoxChange(label, tuple(spots)) for label, spots in pairs if spots]


def _in_box(key: str, before: LessonText, after: LessonText) -> Iterator[Spot]:
    for kind in lesson_text.ROWS_OF.get(key, ()):
        was, now = (
            [part for part in lesson_text.rows_of(text, key) if part.kind == kind]
            for text in (before, after)
        )
        yield from _rows(kind, was, now)
    yield from _free(before.boxes.get(key, ""), after.boxes.get(key, ""))


def forum_changes(older: str, newer: str) -> list[BoxChange]:
    """The groups of a forum that differ, and its notes; a group named anew is the same one."""
    before, after = forum_text.parse(older), forum_text.parse(newer)
    was = keyed(before, {})
    now = keyed(after, was.groups)
    found: list[tuple[str, list[Spot]]] = []
    for number, key in enumerate(dict.fromkeys([*now.groups, *was.groups]), start=1):
        old, new = was.groups.get(key), now.groups.get(key)
        name = next((group.name for group in (new, old) if group and group.name), "")
        label = name or forum_text.GROUP.format(number=number)
        found.append((label, list(_in_group(old or Group(""), new or Group("")))))
    common = [key for key in was.groups if key in now.groups]
    moved = [key for key in now.groups if key in was.groups]
    if moved != common:
        said = [", ".join(now.groups[key].name for key in keys) for keys in (common, moved)]
        found.append(("", [Spot("", "", ORDER, *said)]))
    found.append((forum_text.NOTES, _free(before.notes, after.notes)))
    return [BoxChange(label, tuple(spots)) for label, spots in found if spots]


def _in_group(before: Group, after: Group) -> Iterator[Spot]:
    if before.name != after.name:
        yield Spot("", "", NAME, before.name, after.name)
    for (side, was), (_same, now) in zip(before.sides, after.sides, strict=True):
        yield from _rows(side, was, now)


def _rows(kind: str, before: Sequence[Part], after: Sequence[Part]) -> Iterator[Spot]:
    was, now = ({part.id: part for part in parts} for parts in (before, after))
    for name in dict.fromkeys([*now, *was]):
        yield from _fields(kind, name, was.get(name), now.get(name))
    common = [name for name in was if name in now]
    moved = [name for name in now if name in was]
    if moved != common:
        yield Spot(kind, "", ORDER, ", ".join(common), ", ".join(moved))


def _fields(kind: str, name: str, before: Part | None, after: Part | None) -> Iterator[Spot]:
    for field in fields(Part):
        if field.name in ("id", "kind"):
            continue
        was, now = (_said(getattr(part, field.name, "")) for part in (before, after))
        if was != now:
            yield Spot(kind, name, field.name, was, now)


def _said(value: str | Iterable[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _free(before: str, after: str) -> list[Spot]:
    return [Spot("", "", TEXT, before, after)] if before != after else []
