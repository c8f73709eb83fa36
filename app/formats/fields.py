"""From the nodes of a YAML file to typed values, with every complaint in one go.

A reader asks for each name it knows, then for ``finish()``.  What is wrong is collected,
so that a person mends a file once and not once for each fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from app.formats.frontmatter import Node
from app.formats.records import ReadError
from app.text.cleaning import UncleanText, clean_line, clean_text
from app.text.years import BANGKOK, parse_day, parse_thai_datetime, parse_years, to_be

Choice = TypeVar("Choice", bound=StrEnum)
Converted = TypeVar("Converted")

#: Largest record number: what a 32-bit integer column holds.
MOST = 2_147_483_647

_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})


class Fields:
    """The names and values of one mapping, read with their meaning."""

    def __init__(self, node: Node, path: str, problems: list[ReadError] | None = None) -> None:
        self.line = node.line
        self.path = path
        self.pairs = node.pairs or {}
        self.key_lines = node.key_lines
        self.problems: list[ReadError] = [] if problems is None else problems
        self.known: list[str] = []
        if node.pairs is None:
            self.complain("not_names", node.line)

    def complain(self, code: str, line: int, **params: object) -> None:
        self.problems.append(ReadError(code, self.path, line, params))

    def line_of(self, name: str) -> int:
        return self.key_lines.get(name, self.line)

    def finish(self) -> None:
        """Complain about every name that nobody asked for."""
        for name in self.pairs:
            if name not in self.known:
                self.complain_unknown("key", self.line_of(name), name, self.known)

    def complain_unknown(
        self, what: str, line: int, value: str, known: Iterable[str], **params: object
    ) -> None:
        words = list(known)
        named = {"name" if what == "key" else "value": value[:80], **params}
        near = get_close_matches(value.casefold()[:80], words, n=1)
        if near:
            self.complain(f"unknown_{what}_near", line, nearest=near[0], **named)
        else:
            self.complain(f"unknown_{what}", line, known=", ".join(words), **named)

    # -- single values -------------------------------------------------------------------

    def node(self, name: str) -> Node | None:
        """The value of ``name``; None when it is absent or written as nothing."""
        self.known.append(name)
        node = self.pairs.get(name)
        return None if node is None or (node.is_word and node.word is None) else node

    def word(self, name: str, *, required: bool = False) -> str:
        """One line of text; empty when absent."""
        node = self.node(name)
        text = ""
        if node is not None and not node.is_word:
            self.complain("not_word", node.line, name=name)
        elif node is not None:
            text = self.clean(node, clean_line)
        if required and not text and (node is None or node.is_word):
            self.complain("required", self.line_of(name), name=name)
        return text

    def text(self, name: str) -> str:
        """Text of any number of lines; empty when absent."""
        node = self.node(name)
        if node is not None and not node.is_word:
            self.complain("not_word", node.line, name=name)
            return ""
        return self.clean(node, clean_text).strip("\n") if node is not None else ""

    def clean(self, node: Node, cleaner: Callable[[str], str]) -> str:
        try:
            return cleaner(node.word or "")
        except UncleanText as error:
            self.complain("unclean", node.line, character=f"U+{error.code_point:04X}")
            return ""

    def number(self, name: str, *, least: int = 1, most: int = MOST) -> int | None:
        """A whole number, also in Thai digits."""
        word = self.word(name)
        if not word:
            return None
        digits = word.replace(",", "")
        if digits.isdecimal() and len(digits) <= 18 and least <= (value := int(digits)) <= most:
            return value
        self.complain(
            "bad_number",
            self.line_of(name),
            name=name,
            value=word[:80],
            least=least,
            most=most,
        )
        return None

    def flag(self, name: str) -> bool:
        word = self.word(name).casefold()
        if word and word not in _TRUE | _FALSE:
            self.complain("bad_flag", self.line_of(name), name=name, value=word[:80])
        return word in _TRUE

    def choice(
        self,
        name: str,
        words: type[Choice],
        *,
        allowed: Iterable[Choice] | None = None,
    ) -> Choice | None:
        """A word of a closed list; None when absent or wrong."""
        word = self.word(name)
        known = {member.value: member for member in (words if allowed is None else allowed)}
        if word and word.casefold() not in known:
            self.complain_unknown("value", self.line_of(name), word, known, **{"name": name})
        return known.get(word.casefold())

    def moment(self, name: str) -> datetime | None:
        """A date and time with its zone; without a zone it was said in Thailand."""
        return self.converted(name, "bad_moment", _moment)

    def day(self, name: str) -> date | None:
        return self.converted(name, "bad_day", parse_day)

    def year(self, name: str) -> int:
        """A year, พ.ศ.; 0 when absent."""
        return self.converted(name, "bad_year", to_be) or 0

    def converted(
        self, name: str, code: str, convert: Callable[[str], Converted]
    ) -> Converted | None:
        word = self.word(name)
        if not word:
            return None
        try:
            return convert(word)
        except (ValueError, OverflowError):
            self.complain(code, self.line_of(name), name=name, value=word[:80])
            return None

    # -- lists ---------------------------------------------------------------------------

    def items(self, name: str) -> list[Node]:
        """The values of a list; one value alone is a list of one."""
        node = self.node(name)
        if node is None:
            return []
        return [node] if node.items is None else node.items

    def words(self, name: str) -> tuple[str, ...]:
        """Lines of text in their order, each once."""
        found: dict[str, None] = {}
        for item in self.items(name):
            if not item.is_word:
                self.complain("not_words", item.line, name=name)
            elif word := self.clean(item, clean_line):
                found[word] = None
        return tuple(found)

    def years(self, name: str) -> tuple[int, ...]:
        """Years, พ.ศ., in their order; ``2548..2550`` is a range."""
        found: dict[int, None] = {}
        for word in self.words(name):
            try:
                found.update(dict.fromkeys(parse_years(word)))
            except ValueError:
                self.complain("bad_year", self.line_of(name), name=name, value=word[:80])
        return tuple(sorted(found))

    def groups(self, name: str) -> list[Fields]:
        """The groups of values in a list; they share this reader's complaints."""
        return [
            Fields(item, self.path, self.problems)
            for item in self.items(name)
            if self.is_group(item)
        ]

    def is_group(self, item: Node) -> bool:
        if item.pairs is None:
            self.complain("not_names", item.line)
        return item.pairs is not None


def _moment(word: str) -> datetime:
    try:
        said = datetime.fromisoformat(word)
    except ValueError:
        return parse_thai_datetime(word)
    said = datetime.combine(parse_day(said.date().isoformat()), said.timetz())
    return said if said.tzinfo else said.replace(tzinfo=BANGKOK)
