"""The text of a forum record: groups, what each told as problems and answers, and notes.

The canonical text is what is stored, exported and imported:

    ## a group

    ### ปัญหา

    - one line of the sheet {#q1}

    ### ทางออก

    - another {#q2}

    ## บันทึกเพิ่มเติม

    free text to the end

``parse`` and ``compose`` are each other's inverse on what ``compose`` writes.  Lines that
stand under no group's heading are those of a first group without a name.  How a line is
written is told in ``rows``; a list line without a number is a new one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from app.text.rows import ITEM, LINE, Numbering, Part, label_key, one_line, part_of, row, trimmed
from app.text.rows import reworded as reworded_row

PROBLEMS: Final = "ปัญหา"
ANSWERS: Final = "ทางออก"
NOTES: Final = "บันทึกเพิ่มเติม"
GROUP: Final = "กลุ่มที่ {number}"  # what a group is called that nobody named
LINE_LIMIT: Final = 300  # letters of one line
MOST_PEOPLE: Final = 999_999  # present, and in how many groups


@dataclass(frozen=True, slots=True)
class Group:
    """What one group of a forum wrote on its sheets."""

    name: str
    problems: tuple[Part, ...] = ()
    answers: tuple[Part, ...] = ()

    @property
    def lines(self) -> tuple[Part, ...]:
        return (*self.problems, *self.answers)

    @property
    def sides(self) -> tuple[tuple[str, tuple[Part, ...]], ...]:
        """The lines under their labels."""
        return (PROBLEMS, self.problems), (ANSWERS, self.answers)


@dataclass(frozen=True, slots=True)
class ForumText:
    """A forum record taken apart."""

    groups: tuple[Group, ...] = ()
    notes: str = ""

    @property
    def lines(self) -> tuple[Part, ...]:
        return tuple(line for group in self.groups for line in group.lines)


# -- reading -------------------------------------------------------------------------------

_GROUP = re.compile(r"^## +(?P<name>\S.*)$")
_SIDE = re.compile(r"^### +(?P<label>\S.*)$")
_NUMBERED = re.compile(rf"{LINE}[1-9][0-9]{{0,5}}")
_SIDE_OF_LABEL = {label_key(PROBLEMS): PROBLEMS, label_key(ANSWERS): ANSWERS}


def parse(body: str) -> ForumText:
    """Take a forum record apart; nothing of it is lost, and no text is an error.

    What is neither heading nor line goes to the notes, in the order in which it stands.
    """
    groups: list[tuple[str, dict[str, list[Part]]]] = []
    side = ""  # the label that was read last; empty where none was
    stray: list[str] = []
    rest = iter(body.split("\n"))
    for line in rest:
        heading = _GROUP.match(line)
        name = heading["name"].rstrip() if heading else ""
        if name and _is_notes(name):
            break
        label = _side_of(line)
        if name:
            groups.append((_unescaped(name), _no_lines()))
            side = ""
            continue
        found = _line_of(line, is_listed=bool(side))
        if not groups and (label or found):
            groups.append(("", _no_lines()))
        if label:
            side = label
        elif found:
            groups[-1][1][side or PROBLEMS].append(found)
        else:
            stray.append(line)
    notes = "\n\n".join(piece for piece in (trimmed(stray), trimmed(rest)) if piece)
    return ForumText(
        tuple(Group(name, tuple(lines[PROBLEMS]), tuple(lines[ANSWERS])) for name, lines in groups),
        notes,
    )


def _no_lines() -> dict[str, list[Part]]:
    return {PROBLEMS: [], ANSWERS: []}


def _is_notes(name: str) -> bool:
    return label_key(name) == label_key(NOTES)


def _side_of(line: str) -> str:
    heading = _SIDE.match(line)
    return _SIDE_OF_LABEL.get(label_key(heading["label"].rstrip()), "") if heading else ""


def _line_of(line: str, *, is_listed: bool) -> Part | None:
    """The line of a sheet that ``line`` is; ``is_listed``: under a label any item is one."""
    item = ITEM.match(line)
    if item is None:
        return None
    part = part_of(item["rest"])
    if part is not None and part.kind == LINE:
        return part if _NUMBERED.fullmatch(part.id) else replace(part, id=LINE)
    text = one_line(item["rest"])
    return Part(LINE, LINE, text) if is_listed and text else None


def _unescaped(name: str) -> str:
    return one_line(name[1:] if name.startswith("\\") and _is_notes(name.lstrip("\\")) else name)


# -- writing -------------------------------------------------------------------------------


def compose(forum: ForumText) -> str:
    """The canonical text: groups in order, then the notes."""
    blocks = [block for n, group in enumerate(forum.groups, 1) for block in _group(n, group)]
    if notes := trimmed(forum.notes.split("\n")):
        blocks += [f"## {NOTES}", notes]
    return "\n\n".join(blocks)


def _group(number: int, group: Group) -> Iterator[str]:
    name = one_line(group.name) or (GROUP.format(number=number) if number > 1 else "")
    if name:
        yield f"## {escaped(name)}"
    for label, lines in group.sides:
        rows = "\n".join(row(line) for line in lines if one_line(line.text))
        if rows:
            yield f"### {label}"
            yield rows


def escaped(name: str) -> str:
    """The name of a group as its heading says it, which never is that of the notes."""
    return f"\\{name}" if _is_notes(name.lstrip("\\")) else name


def reworded(body: str, change: Callable[[str], str]) -> str:
    """A body with ``change`` made in what people wrote; labels and marks of the form stay."""
    forum = parse(body)
    groups = tuple(
        Group(
            change(group.name),
            *(tuple(reworded_row(line, change) for line in lines) for _label, lines in group.sides),
        )
        for group in forum.groups
    )
    made = ForumText(groups, change(forum.notes))
    return body if made == forum else compose(made)


# -- rules ---------------------------------------------------------------------------------


def has_lines(forum: ForumText) -> bool:
    """Whether anything stands on a sheet."""
    return any(one_line(line.text) for line in forum.lines)


def too_long(forum: ForumText) -> list[Part]:
    """Lines that say more than one thing."""
    return [line for line in forum.lines if len(one_line(line.text)) > LINE_LIMIT]


def assign_ids(forum: ForumText, used: set[str]) -> ForumText:
    """``forum`` with a number for every line, none of them in ``used`` but its own."""
    numbering = Numbering(used, forum.lines)
    return replace(
        forum,
        groups=tuple(
            replace(
                group,
                problems=tuple(map(numbering.numbered, group.problems)),
                answers=tuple(map(numbering.numbered, group.answers)),
            )
            for group in forum.groups
        ),
    )
