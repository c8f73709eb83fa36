"""Forum records come together line by line.

A line is known by its id, under whichever group it stands; a group by its name, or by its
lines where it was named anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app.text import forum as forum_text
from app.text.forum import ANSWERS, NOTES, PROBLEMS, ForumText, Group
from app.text.merge import MOST_PASSAGES, NAME, Merge, Passage, breaks, one_sided
from app.text.merge_lesson import Keeper, new_numbers, order_of
from app.text.rows import Part


@dataclass(frozen=True, slots=True)
class Side:
    """One of the three texts, its groups under keys that mean the same in all three."""

    text: ForumText
    groups: Mapping[str, Group]

    @property
    def places(self) -> dict[str, tuple[str, str]]:
        """{id of a line: (key of its group, label)}"""
        return {
            line.id: (key, label)
            for key, group in self.groups.items()
            for label, lines in group.sides
            for line in lines
        }


def merge_forums(base: str, mine: str, theirs: str, *, used: Iterable[str] = ()) -> Merge:
    """Merge three canonical texts.

    :param used: ids of lines that the record has or had; none of them is given out anew.
    """
    if (simple := one_sided(base, mine, theirs)) is not None:
        return Merge((simple,))
    made, passages = together(base, mine, theirs, used=used)
    if passages > MOST_PASSAGES or breaks(made.text, mine, theirs):
        return Merge((Passage(base, mine, theirs),))
    return made


def together(base: str, mine: str, theirs: str, *, used: Iterable[str] = ()) -> tuple[Merge, int]:
    """(the three texts merged, passages in it), however many there are."""
    before, here, there = (forum_text.parse(text) for text in (base, mine, theirs))
    here = _renumbered(before, here, there, used)
    texts = (before, here, there)
    sides = _sides(*texts)
    keeper = Keeper()
    lines = list(keeper.rows(*(text.lines for text in texts)))
    places = {line.id: _place_of(line.id, *sides) for line in lines}
    groups = tuple(
        Group(
            _name_of(key, *sides, keeper=keeper),
            *(
                tuple(line for line in lines if places[line.id] == (key, label))
                for label in (PROBLEMS, ANSWERS)
            ),
        )
        for key in order_of(*(list(side.groups) for side in sides))
        if _stays(key, *sides) or any(place[0] == key for place in places.values())
    )
    notes = keeper.text(*(text.notes for text in texts), where=NOTES)
    composed = forum_text.compose(ForumText(groups, notes))
    return Merge(tuple(keeper.taken_out(composed))), len(keeper.passages)


def _renumbered(
    base: ForumText, mine: ForumText, theirs: ForumText, used: Iterable[str]
) -> ForumText:
    renamed = new_numbers(mine.lines, base.lines, theirs.lines, used)

    def anew(lines: Iterable[Part]) -> tuple[Part, ...]:
        return tuple(replace(line, id=renamed.get(line.id, line.id)) for line in lines)

    return replace(
        mine,
        groups=tuple(
            replace(group, problems=anew(group.problems), answers=anew(group.answers))
            for group in mine.groups
        ),
    )


def _sides(base: ForumText, mine: ForumText, theirs: ForumText) -> tuple[Side, Side, Side]:
    began = keyed(base, {})
    return began, keyed(mine, began.groups), keyed(theirs, began.groups)


def keyed(text: ForumText, known: Mapping[str, Group]) -> Side:
    """The groups of ``text`` under the keys of ``known``: by name, else by their lines."""
    left = dict(known)
    keys: dict[int, str] = {}
    for matches in (_same_name, _same_lines):
        for at, group in enumerate(text.groups):
            found = next((key for key, other in left.items() if matches(group, other)), None)
            if at not in keys and found is not None:
                keys[at] = found
                del left[found]
    taken = {*known}
    for at, group in enumerate(text.groups):
        if at not in keys:
            keys[at] = _fresh_key(group.name, taken)
            taken.add(keys[at])
    return Side(text, {keys[at]: group for at, group in enumerate(text.groups)})


def _same_name(group: Group, other: Group) -> bool:
    return group.name == other.name


def _same_lines(group: Group, other: Group) -> bool:
    return bool({line.id for line in group.lines} & {line.id for line in other.lines})


def _fresh_key(name: str, taken: Iterable[str]) -> str:
    """A key that new groups of one name share on both sides, the second of them too."""
    numbered = (f"{name}\n{n}" for n in range(len(list(taken)) + 1))
    return next(key for key in numbered if key not in taken)


def _place_of(name: str, base: Side, mine: Side, theirs: Side) -> tuple[str, str]:
    """Where a line stands: where somebody moved it, and where I did when both moved it."""
    before, here, there = (side.places.get(name) for side in (base, mine, theirs))
    return one_sided(before, here, there) or here or there or before or ("", PROBLEMS)


def _names_of(key: str, *sides: Side) -> tuple[str, ...]:
    return tuple(side.groups[key].name if key in side.groups else "" for side in sides)


def _name_of(key: str, base: Side, mine: Side, theirs: Side, *, keeper: Keeper) -> str:
    """The name of a group; a passage to choose from where both named it anew.

    A side without the group, or that took its name away, has nothing to say against another.
    """
    before, here, there = _names_of(key, base, mine, theirs)
    won = one_sided(before, here, there)
    if won is None and here and there:
        was, mine_now, theirs_now = map(forum_text.escaped, (before, here, there))
        return keeper.hold(Passage(was, mine_now, theirs_now, where=NAME, between=" / "))
    return won or here or there or before


def _stays(key: str, base: Side, mine: Side, theirs: Side) -> bool:
    """Whether nobody took the group out, or the other side gave it a name meanwhile."""
    if key not in base.groups or (key in mine.groups and key in theirs.groups):
        return True
    before, here, there = _names_of(key, base, mine, theirs)
    return bool(here or there) and (here or there) != before
