"""Long lists from ก to ฮ, cut at their first letters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import TypeVar

Row = TypeVar("Row")


def first_letter(name: str) -> str:
    """The letter under which a dictionary lists ``name``: the consonant of a leading vowel."""
    for letter in name:
        if "เ" <= letter <= "ไ":
            continue
        if letter.isalpha():
            return letter.upper()
        if letter.isdecimal():
            return "0–9"
    return "…"


def by_letter(rows: Iterable[Row], name: Callable[[Row], str]) -> list[tuple[str, list[Row]]]:
    """``rows``, which are in Thai order, under their first letters."""
    return [
        (letter, list(group)) for letter, group in groupby(rows, lambda r: first_letter(name(r)))
    ]
