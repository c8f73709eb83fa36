"""Three texts become one: what two people changed since a common beginning.

``merge`` goes by paragraphs; a paragraph that both changed is looked at line by line, and a
line that both changed word by word.  Two changes are kept together only when something
that neither touched stands between them: whole paragraphs or lines may lie side by side,
words need an untouched space between, for in Thai a space ends a phrase.

What cannot be decided is a ``Passage`` with the three texts of it, for a person to choose.
Nothing here knows entries or the database.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from app.text.diff import MOST_LETTERS, matcher_of, pieces

T = TypeVar("T")

#: Letters that are compared word by word in one merge; beyond, lines are not taken apart.
MOST_WORDS: Final = 40_000
#: Lines beyond which a text is not taken apart, and passages beyond which nobody chooses.
MOST_LINES: Final = 20_000
MOST_PASSAGES: Final = 60
#: What a person can choose for a passage.
MINE, THEIRS, BOTH = "mine", "theirs", "both"
#: Where a passage stands that is the name of a group.
NAME: Final = "name"


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch that both changed: what stood there, and what each made of it.

    :ivar where: in a form, the key of its box, the id of its row, or NAME; else empty.
    :ivar between: what stands between both where both are kept; empty: a line or a gap.
    """

    base: str
    mine: str
    theirs: str
    where: str = field(default="", compare=False)
    between: str = field(default="", compare=False)

    def chosen(self, choice: str) -> str:
        """The text of a choice: MINE, THEIRS or BOTH (theirs first, for it stands already)."""
        if choice == BOTH:
            both = [part for part in (self.theirs, self.mine) if part]
            return self.between.join(both) if self.between else joined(both)
        return self.theirs if choice == THEIRS else self.mine


Piece = str | Passage


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged text in pieces: settled text and passages to choose from, in order."""

    pieces: tuple[Piece, ...]

    @property
    def conflicts(self) -> tuple[Passage, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Passage))

    @property
    def is_clean(self) -> bool:
        return not self.conflicts

    @property
    def text(self) -> str:
        """The proposal: all that is settled, and mine where both changed."""
        return self.settled([])

    def settled(self, choices: Sequence[str]) -> str:
        """The text with one choice a passage; mine where none was made."""
        wanted = iter(choices)
        return "".join(
            piece.chosen(next(wanted, MINE)) if isinstance(piece, Passage) else piece
            for piece in self.pieces
        )


def merge(base: str, mine: str, theirs: str) -> Merge:
    """Bring together what ``mine`` and ``theirs`` changed in ``base``.

    A result whose Markdown is broken although neither text was is not proposed: then the
    whole text is one passage.
    """
    if (simple := one_sided(base, mine, theirs)) is not None:
        return Merge((simple,))
    whole = Merge((Passage(base, mine, theirs),))
    if max(text.count("\n") for text in (base, mine, theirs)) > MOST_LINES:
        return whole
    made = Merge(tuple(_paragraphs(base, mine, theirs, Budget())))
    if len(made.conflicts) > MOST_PASSAGES or breaks(made.text, mine, theirs):
        return whole
    return made


def one_sided(base: T, mine: T, theirs: T) -> T | None:
    """The one that wins when not both changed, or both the same way; None otherwise."""
    if mine in (theirs, base):
        return theirs
    return mine if theirs == base else None


# -- the three steps -----------------------------------------------------------------------


@dataclass(slots=True)
class Budget:
    """How many letters may still be compared by words."""

    left: int = MOST_WORDS

    def take(self, *texts: str) -> bool:
        self.left -= sum(map(len, texts))
        return self.left >= 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where the three agree to cut: equal stretches on all sides of the cuts."""

    base: tuple[int, int]
    mine: tuple[int, int]
    theirs: tuple[int, int]


Step = Callable[[str, str, str, Budget], Iterator[Piece]]


def _paragraphs(base: str, mine: str, theirs: str, budget: Budget) -> Iterator[Piece]:
    cut = [Blocks.of(text) for text in (base, mine, theirs)]
    gaps = [block.gaps for block in cut]
    made: list[tuple[str, list[Piece]]] = []
    for spans in stretches(*(block.texts for block in cut), touching=True):
        for trio, at in _pairs([block.texts for block in cut], spans):
            found = list(_settle(trio, budget, _lines))
            if found != [""]:
                made.append((_gap(gaps, at), found))
    tail = _three(*(block.tail for block in cut))
    yield from _with_gaps(made, tail)


def _lines(base: str, mine: str, theirs: str, budget: Budget) -> Iterator[Piece]:
    """A paragraph that both changed; code is left to people."""
    texts = (base, mine, theirs)
    if any(map(is_fenced, texts)):
        yield Passage(base, mine, theirs)
        return
    cut = [text.split("\n") for text in texts]
    is_first = True
    for spans in stretches(*cut, touching=True):
        for trio, _at in _pairs(cut, spans, glue="\n"):
            found = list(_settle(trio, budget, _words))
            if found == [""] and "" in trio[1:] and trio[0]:
                continue  # a line that went
            if not is_first:
                yield "\n"
            yield from found
            is_first = False


def _words(base: str, mine: str, theirs: str, budget: Budget) -> Iterator[Piece]:
    texts = (base, mine, theirs)
    if max(map(len, texts)) > MOST_LETTERS or any("\n" in text for text in texts):
        yield Passage(base, mine, theirs)
        return
    if not budget.take(*texts):
        yield Passage(base, mine, theirs)
        return
    cut = [pieces(text) for text in texts]
    merged: list[str] = []
    for spans in stretches(*cut, touching=False):
        trio = _trio(cut, spans, "")
        won = one_sided(*trio)
        if won is None:
            # A phrase is read as one: the person chooses between whole lines.
            yield Passage(base, mine, theirs)
            return
        merged.append(won)
    yield "".join(merged)


def _settle(trio: tuple[str, str, str], budget: Budget, step: Step) -> Iterator[Piece]:
    won = one_sided(*trio)
    if won is not None:
        yield won
    elif all(trio):
        yield from step(*trio, budget)
    else:
        yield Passage(*trio)


def _three(base: str, mine: str, theirs: str) -> str:
    won = one_sided(base, mine, theirs)
    return max(mine, theirs) if won is None else won


# -- diff3 -------------------------------------------------------------------------------------

Span = tuple[int, int, int, int]  # base from, to; side from, to


def stretches(
    base: list[str], mine: list[str], theirs: list[str], *, touching: bool
) -> Iterator[Stretch]:
    """Cut the three lists where both sides kept the base; every item lies in one stretch.

    :param touching: changes side by side are two; otherwise they are one, and so are
        changes with nothing but words between them.
    """
    changes = [(*span, side) for side in (0, 1) for span in _changes(base, (mine, theirs)[side])]
    changes.sort(key=lambda change: (change[0], change[1]))
    at, shift = 0, [0, 0]
    while changes:
        group = [changes.pop(0)]
        stop = group[0][1]
        while changes and _belongs(group, changes[0], stop, base, touching=touching):
            group.append(changes.pop(0))
            stop = max(stop, group[-1][1])
        start = group[0][0]
        if start > at:
            yield _shifted((at, start), shift, shift)
        before = list(shift)
        for i1, i2, j1, j2, side in group:
            shift[side] += (j2 - j1) - (i2 - i1)
        yield _shifted((start, stop), before, shift)
        at = stop
    if at < len(base):
        yield _shifted((at, len(base)), shift, shift)


def _shifted(span: tuple[int, int], before: Sequence[int], after: Sequence[int]) -> Stretch:
    start, stop = span
    return Stretch(span, (start + before[0], stop + after[0]), (start + before[1], stop + after[1]))


def _changes(base: list[str], side: list[str]) -> list[Span]:
    codes = matcher_of(base, side).get_opcodes()
    return [(i1, i2, j1, j2) for tag, i1, i2, j1, j2 in codes if tag != "equal"]


def _belongs(
    group: Sequence[tuple[int, int, int, int, int]],
    change: tuple[int, int, int, int, int],
    stop: int,
    base: list[str],
    *,
    touching: bool,
) -> bool:
    """Whether ``change`` cannot be told apart from the changes before it."""
    start, end = change[0], change[1]
    if start < stop:
        return True
    if not touching:
        return not any(word.isspace() for word in base[stop:start])
    is_insertion = start == end or any(i1 == i2 == stop for i1, i2, *_rest in group)
    return start == stop and is_insertion


def _trio(cut: Sequence[list[str]], spans: Stretch, glue: str) -> tuple[str, str, str]:
    base, mine, theirs = (
        glue.join(items[slice(*span)])
        for items, span in zip(cut, (spans.base, spans.mine, spans.theirs), strict=True)
    )
    return base, mine, theirs


def _pairs(
    cut: Sequence[list[str]], spans: Stretch, glue: str = "\n\n"
) -> Iterator[tuple[tuple[str, str, str], tuple[int | None, ...]]]:
    """The items of a stretch one by one where the three have as many, else all as one.

    With each: where the items stand in their lists (None: this side has none).
    """
    ranges = [range(*span) for span in (spans.base, spans.mine, spans.theirs)]
    if len({len(one) for one in ranges}) == 1:
        for base, mine, theirs in zip(*ranges, strict=True):
            yield (cut[0][base], cut[1][mine], cut[2][theirs]), (base, mine, theirs)
        return
    first = tuple(one[0] if one else None for one in ranges)
    # One side left the stretch as it was: its items come one by one, with their own gaps.
    base, mine, theirs = (
        items[one.start : one.stop] for items, one in zip(cut, ranges, strict=True)
    )
    won = one_sided(base, mine, theirs)
    if won is None:
        yield _trio(cut, spans, glue), first
        return
    side = 2 if won == theirs else 1
    for at in ranges[side]:
        item = cut[side][at]
        yield (item, item, item), tuple(at if n == side else None for n in range(3))


# -- paragraphs ----------------------------------------------------------------------------

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^`]*)$")


@dataclass(frozen=True, slots=True)
class Blocks:
    """A text by paragraphs; ``gaps[n]`` stood before ``texts[n]``, ``tail`` after the last."""

    texts: list[str]
    gaps: list[str]
    tail: str

    @classmethod
    def of(cls, text: str) -> Blocks:
        """Cut at blank lines; a fenced block is one, whatever is in it."""
        texts: list[list[str]] = []
        gaps: list[str] = []
        blank, mark = "", ""
        is_open = False
        for line in _kept_lines(text):
            bare = line.removesuffix("\n")
            if not mark and not bare.strip():
                blank += line
                is_open = False
                continue
            if not is_open:
                texts.append([])
                gaps.append(blank)
                blank, is_open = "", True
            texts[-1].append(line)
            mark = fence_after(mark, bare)
        made = ["".join(lines) for lines in texts]
        # The end of a paragraph's last line belongs to the gap that follows it.
        for n, paragraph in enumerate(made):
            ended = paragraph.removesuffix("\n")
            if ended != paragraph:
                if n + 1 < len(gaps):
                    gaps[n + 1] = "\n" + gaps[n + 1]
                else:
                    blank = "\n" + blank
            made[n] = ended
        return cls(made, gaps, blank)


def _kept_lines(text: str) -> list[str]:
    """Lines with their "\\n"; the other line ends of Unicode are letters here."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def fence_after(mark: str, line: str) -> str:
    """The fence that is open after ``line``, when ``mark`` was open before it ("": none)."""
    if "`" not in line and "~" not in line:
        return mark
    fence = _FENCE.match(line)
    if fence and not mark:
        return fence[1]
    if fence and fence[1].startswith(mark) and not fence[2].strip():
        return ""
    return mark


def is_fenced(text: str) -> bool:
    return any(_FENCE.match(line) for line in text.split("\n"))


def _gap(gaps: Sequence[list[str]], at: Sequence[int | None]) -> str:
    """The blank lines before a paragraph; a side that changed them wins."""
    found = [gaps[n][i] if i is not None else None for n, i in enumerate(at)]
    base, mine, theirs = found
    if base is not None and mine is not None and theirs is not None:
        return _three(base, mine, theirs)
    return max((gap for gap in found if gap is not None), default="")


def _with_gaps(made: list[tuple[str, list[Piece]]], tail: str) -> Iterator[Piece]:
    for n, (gap, found) in enumerate(made):
        if n and gap.count("\n") < 2:
            gap = "\n\n"
        yield gap if n else gap.lstrip("\n") or ""
        yield from found
    yield tail


def joined(texts: Iterable[str]) -> str:
    """Texts one below the other: rows of a list line by line, paragraphs apart."""
    parts = list(texts)
    are_rows = all(_ITEM.match(line) for part in parts for line in part.split("\n"))
    return ("\n" if are_rows else "\n\n").join(parts)


_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)]) |\|")

# -- broken Markdown -----------------------------------------------------------------------

_DELIMITER = re.compile(r" {0,3}\|?(?: *:?-+:? *\|)+ *:?-*:? *$")
_ROW_ID = re.compile(r"\{#([kgnq][0-9]{1,9})[^{}\n]*\}\s*$", re.MULTILINE)


def breaks(merged: str, mine: str, theirs: str) -> bool:
    """Whether ``merged`` has faults of Markdown that neither text has."""
    were = [faults(mine), faults(theirs)]
    return any(count > max(was[name] for was in were) for name, count in faults(merged).items())


def faults(text: str) -> Counter[str]:
    """Faults by kind: fence, table, bold, link, row."""
    found: Counter[str] = Counter()
    mark = ""
    prose: list[str] = []
    for line in text.split("\n"):
        before, mark = mark, fence_after(mark, line)
        prose.append("" if before or mark else line)
    found["fence"] = 1 if mark else 0
    found["table"] = sum(_torn_tables(prose))
    for paragraph in "\n".join(prose).split("\n\n"):
        found["bold"] += paragraph.count("**") % 2
        found["link"] += paragraph.count("[[") != paragraph.count("]]")
    ids = Counter(_ROW_ID.findall(text))
    found["row"] = sum(count - 1 for count in ids.values())
    return found


def _torn_tables(lines: Sequence[str]) -> Iterator[int]:
    """For each line of dashes: how many rows of its table have another number of cells."""
    for at, line in enumerate(lines):
        if "|" not in line or not _DELIMITER.match(line):
            continue
        width = _cells(line)
        head = lines[at - 1] if at else ""
        yield int(_cells(head) != width)
        for row in lines[at + 1 :]:
            if "|" not in row:
                break
            yield int(_cells(row) != width)


def _cells(line: str) -> int:
    bare = line.strip().replace("\\|", "")
    return bare.strip("|").count("|") + 1 if "|" in bare else 0
