"""Rows with links of their own, as lists of Markdown: the points of a lesson, lines of a forum.

    - a sentence {#k1 source="…" teller="…"}

A row that is new has no number yet: its id is "k", or "k-1", "k-2" … where another row of
the same text names it; ``Numbering`` gives the numbers.

Inside a value in quotes, ``\\"`` and ``\\\\`` are a quote and a backslash; inside the sentence
of a row ``\\{#`` is "{#".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

POINT: Final = "k"
PRINCIPLE: Final = "g"
STEP: Final = "n"
LINE: Final = "q"

#: An item of a list, with what stands behind its marker.
ITEM = re.compile(r"^ {0,3}[-*+] +(?P<rest>\S.*)$")
_VALUE = r'"(?:[^"\\]|\\.)*"|[^\s"{}\\]+'
_ATTRIBUTE = re.compile(rf"\s+(?P<name>[a-z_]+)=(?P<value>{_VALUE})")
_TAIL = re.compile(
    rf"(?<!\\)\{{#(?P<kind>[kgnq])(?P<number>(?:-?[0-9]{{1,9}})?)(?P<values>(?:\s+[a-z_]+=(?:{_VALUE}))*)\s*\}}\s*$"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A row: a point (kind "k"), a principle ("g"), a next step ("n"), a line of a forum ("q").

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


# -- reading -------------------------------------------------------------------------------


def part_of(sentence: str) -> Part | None:
    """The row that ``sentence`` is, written as "sentence {#k1 …}"; None when it is none."""
    tail = _TAIL.search(sentence)
    text = one_line(sentence[: tail.start()].replace("\\{#", "{#")) if tail else ""
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
    if kind == LINE:
        return part
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
    return one_line(written)


def _names(written: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.lstrip("#") for name in re.split(r"[\s,]+", written) if name))


def label_key(label: str) -> str:
    """A label for comparing: typing of spaces and of sara ae and sara am does not count."""
    folded = unicodedata.normalize("NFC", label).replace("เเ", "แ").replace("\u0e4d\u0e32", "ำ")
    return re.sub("[\\s\u200b]", "", folded)


def trimmed(lines: Iterable[str]) -> str:
    """The lines as one text, without what cannot be seen at its ends and theirs."""
    text = "\n".join(line.rstrip() for line in lines)
    return re.sub(r"\A\n+", "", text).rstrip("\n")


def one_line(text: str) -> str:
    return " ".join(text.split())


# -- writing -------------------------------------------------------------------------------


def row(part: Part) -> str:
    """A row as it stands in the text: "- sentence {#k1 …}"."""
    written = [f"#{part.id or part.kind}"]
    written += [f"{name}={_quoted(value)}" for name, value in _values(part) if value]
    text = re.sub(r"(\\*)\{#", r"\1\\{#", one_line(part.text))
    return f"- {text} {{{' '.join(written)}}}"


def _values(part: Part) -> Iterator[tuple[str, str]]:
    if part.kind == POINT:
        yield "source", one_line(part.source)
        yield "teller", one_line(part.teller)
    elif part.kind == PRINCIPLE:
        yield "from", ",".join(part.sums)
    elif part.kind == STEP:
        yield "who", one_line(part.who)
        yield "due", one_line(part.due)
        yield "state", one_line(part.state)
        yield "closed_by", one_line(part.closed_by)


def _quoted(value: str) -> str:
    if re.fullmatch(r"[0-9a-z_-]+", value):
        return value
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


def reworded(part: Part, change: Callable[[str], str]) -> Part:
    """A row with ``change`` made in what people wrote; number, month and state stay."""
    return replace(
        part,
        text=change(part.text),
        source=change(part.source),
        teller=change(part.teller),
        who=change(part.who),
    )


# -- numbers -------------------------------------------------------------------------------


class Numbering:
    """Numbers for the rows of one text.

    Rows that have a number keep it (the first one, should two claim the same).  A new number
    is above every number in ``used`` and in the text, so that none is ever given out again,
    not even that of a row that was removed.
    """

    def __init__(self, used: Iterable[str], parts: Iterable[Part]) -> None:
        self._names = [*used, *(part.id for part in parts)]
        self._highest: dict[str, int] = {}
        self._taken: set[str] = set()
        self.renamed: dict[str, str] = {}  # what a row was called before -> its number

    def numbered(self, part: Part) -> Part:
        name = part.id
        if not re.fullmatch(rf"{part.kind}[1-9][0-9]*", name) or name in self._taken:
            name = self._next(part.kind)
            self.renamed.setdefault(part.id, name)
        self._taken.add(name)
        return replace(part, id=name)

    def _next(self, kind: str) -> str:
        known = self._highest.get(kind)
        self._highest[kind] = 1 + (highest(kind, self._names) if known is None else known)
        return f"{kind}{self._highest[kind]}"


def highest(kind: str, names: Iterable[str]) -> int:
    """The highest number among the ids of one kind; 0 when there is none."""
    named = re.compile(rf"{kind}[1-9][0-9]{{0,8}}")  # as many as a row can have: see _TAIL
    numbers = [int(name[1:]) for name in names if named.fullmatch(name)]
    return max(numbers, default=0)
