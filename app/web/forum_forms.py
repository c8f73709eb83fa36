"""The sheets in the form of a forum record: groups, each with rows of problems and answers.

A group is ``{"name": …, "problems": [row, …], "answers": [row, …]}``, a row
``{"id": "q1", "text": …}``, both as they were typed.  Fields are called
``groups-<i>-name`` and ``groups-<i>-problems-<j>-text``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.services.drafts import Faults
from app.services.forums import LINES
from app.text import forum as forum_text
from app.text.cleaning import UncleanText, clean_line
from app.text.forum import ForumText
from app.text.rows import LINE, Part
from app.web import language
from app.web.fields import unclean
from app.web.row_buttons import MOST_ROWS, press

SheetGroup = dict[str, Any]

SIDES = ("problems", "answers")
MOST_GROUPS = 30
_FIELD = re.compile(r"groups-([0-9]{1,3})-(?:name|(problems|answers)-([0-9]{1,3})-(?:id|text))")
_ACTION = re.compile(
    r"groups(?:-([0-9]{1,3})-(problems|answers))?:(add|remove|up|down)(?::([0-9]{1,3}))?"
)
_OWN_ID = re.compile(rf"{LINE}[1-9][0-9]{{0,5}}")


def empty_group(number: int) -> SheetGroup:
    """A group to begin with: its usual name, and room for a problem and an answer."""
    return {"name": _usual_name(number), **{side: [{"id": "", "text": ""}] for side in SIDES}}


def _usual_name(number: int) -> str:
    """What a group is called that nobody named, in the language of the form."""
    return language.heading_of("forum", forum_text.GROUP.format(number=number))


def groups_of(text: ForumText) -> list[SheetGroup]:
    """The groups of a stored text, as the form shows them."""
    return [
        {
            "name": group.name,
            **{
                side: [{"id": line.id, "text": line.text} for line in lines]
                for side, lines in zip(SIDES, (group.problems, group.answers), strict=True)
            },
        }
        for group in text.groups
    ]


def as_new(groups: list[SheetGroup]) -> list[SheetGroup]:
    """The same words for another record, whose lines get numbers of their own."""
    return [
        group | {side: [row | {"id": ""} for row in group[side]] for side in SIDES}
        for group in groups
    ]


def groups_from(data: MultiDict[str, str]) -> list[SheetGroup]:
    """The groups that were sent, in the order of their numbers; a gap in them loses none."""
    rows: dict[int, dict[str, set[int]]] = {}
    for found in filter(None, map(_FIELD.fullmatch, data)):
        sides = rows.setdefault(int(found[1]), {side: set() for side in SIDES})
        if found[2]:
            sides[found[2]].add(int(found[3]))
    return [
        {
            "name": data.get(f"groups-{i}-name", ""),
            **{
                side: [
                    {key: data.get(f"groups-{i}-{side}-{j}-{key}", "") for key in ("id", "text")}
                    for j in sorted(numbers)
                ]
                for side, numbers in rows[i].items()
            },
        }
        for i in sorted(rows)
    ]


def press_button(groups: list[SheetGroup], action: str) -> None:
    """Add, remove or move a group or a line, as its button asked."""
    asked = _ACTION.fullmatch(action)
    if asked is None:
        return
    verb, at = asked[3], int(asked[4] or 0)
    if asked[2] is None:
        press(groups, verb, at, make=lambda: empty_group(len(groups) + 1), most=MOST_GROUPS)
    elif int(asked[1]) < len(groups):
        press(groups[int(asked[1])][asked[2]], verb, at, make=lambda: {"id": "", "text": ""})


def text_of(groups: list[SheetGroup], notes: str, faults: Faults) -> ForumText:
    """What was typed, taken apart; what cannot be taken is named in ``faults``.

    A group in which nothing was written is left out with its ready-made name.
    """
    if len(groups) > MOST_GROUPS:
        faults.setdefault(LINES, []).append(_("At most %(n)d groups.", n=MOST_GROUPS))
    # In the text they are Thai; a group that was moved keeps the number that it was called by.
    usual = {_usual_name(n): forum_text.GROUP.format(number=n) for n in range(1, MOST_GROUPS + 1)}
    made = []
    for typed in groups:
        name = _cleaned(typed["name"], faults)
        name = usual.get(name, name)
        problems, answers = (tuple(_lines(typed[side], faults)) for side in SIDES)
        if problems or answers or name not in ("", *usual.values()):
            made.append(forum_text.Group(name, problems, answers))
    return ForumText(tuple(made), notes)


def _lines(rows: list[dict[str, str]], faults: Faults) -> Iterator[Part]:
    if len(rows) > MOST_ROWS:
        faults.setdefault(LINES, []).append(_("At most %(n)d rows.", n=MOST_ROWS))
    for typed in rows:
        if text := _cleaned(typed["text"], faults):
            own_id = typed["id"] if _OWN_ID.fullmatch(typed["id"]) else LINE
            yield Part(own_id, LINE, text)


def _cleaned(typed: str, faults: Faults) -> str:
    try:
        return clean_line(typed)
    except UncleanText as error:
        faults.setdefault(LINES, []).append(unclean(error))
        return ""
