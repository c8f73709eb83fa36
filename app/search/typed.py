"""What is typed into the search box besides words: "phrases", -without, and name:choice.

``read`` parts them from the words.  Names of choices come in Thai and English; a name that
is none of them (``password:``) is plain words, like every other sign of a query language.
Values stay as typed: who has the names of places, programs and people turns them into slugs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from app.search.facets import FACETS
from app.text.years import parse_years

#: Name as typed, lower case -> (facet, what is put before its value).
NAMES: Mapping[str, tuple[str, str]] = {
    **{name: (name, "") for name in FACETS},
    "ชนิด": ("kind", ""),
    "ประเภท": ("kind", ""),
    "ชุมชน": ("community", ""),
    "พื้นที่": ("community", ""),
    "จังหวัด": ("community", "จังหวัด"),
    "อำเภอ": ("community", "อำเภอ"),
    "ตำบล": ("community", "ตำบล"),
    "โครงการ": ("program", ""),
    "งาน": ("program", ""),
    "ปี": ("year", ""),
    "พ.ศ.": ("year", ""),
    "พศ": ("year", ""),
    "ปีงบประมาณ": ("fiscal_year", ""),
    "ปีงบ": ("fiscal_year", ""),
    "คำสำคัญ": ("tag", ""),
    "แท็ก": ("tag", ""),
    "ผู้เขียน": ("author", ""),
    "สถานะ": ("state", ""),
}
#: Thai for the values of closed lists.
VALUES: Mapping[str, Mapping[str, str]] = {
    "kind": {
        "บันทึก": "post",
        "เรื่องเล่า": "story",
        "บทเรียน": "lesson",
        "หน้าความรู้": "page",
        "บันทึกเวที": "forum",
    },
    "state": {
        "เล่าไว้": "told",
        "ลองทำแล้ว": "tried",
        "ยืนยันแล้ว": "confirmed",
        "มีที่อื่นนำไปใช้": "used_elsewhere",
        "ใช้ไม่ได้แล้ว": "no_longer",
    },
}
_QUOTED = '["“”„][^"“”„]*["“”„]'
_NAMED = "|".join(re.escape(name) for name in sorted(NAMES, key=len, reverse=True))
_PIECE = re.compile(
    rf"(?<!\S)(?P<minus>[-–−])?(?:(?P<name>{_NAMED}):(?P<value>{_QUOTED}|[^\s\"“”„]+)"
    rf"|(?P<phrase>{_QUOTED})|(?<=[-–−])(?P<word>[^\s\"“”„:-][^\s\"“”„:]*))(?!\S)",
    re.IGNORECASE,
)
_QUOTES = '"“”„ '
#: Signs of query languages that are no signs here.
_STRANGE = re.compile(r'["“”„()\[\]{}*?^~|\\+]|(?:^|\s)-\S|\w:(?!//)\S|\b(?:AND|OR|NOT)\b')
_MOST_PIECES = 40


@dataclass(frozen=True, slots=True)
class Choice:
    """``facet`` narrowed to ``value``, or to all that lacks it."""

    facet: str
    value: str
    typed: str  # the stretch of the query that says so
    is_without: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """A query in its parts."""

    words: str = ""
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = field(default_factory=tuple)
    is_plain: bool = False  # other signs were typed; they are read as text

    @property
    def has_words(self) -> bool:
        """Whether something is to be looked for, rather than browsed."""
        return bool(self.words or self.phrases)


@lru_cache(maxsize=512)
def read(text: str) -> Typed:
    """The parts of a query as typed.  Never raises; linear in the length of ``text``."""
    words: list[str] = []
    phrases: list[str] = []
    without: list[str] = []
    choices: list[Choice] = []
    end = count = 0
    for match in _PIECE.finditer(text):
        count += 1
        if count > _MOST_PIECES:
            break
        choice = _choice(match)
        plain = (match["phrase"] or match["word"] or "").strip(_QUOTES)
        if choice is None and not plain and not match["phrase"]:
            continue  # a name without a value
        words.append(text[end : match.start()])
        end = match.end()
        if choice is not None:
            choices.append(choice)
        elif not plain:
            continue  # nothing between the marks
        elif match["minus"]:
            without.append(plain)
        else:
            phrases.append(plain)
    words.append(text[end:])
    rest = " ".join(" ".join(words).split())
    is_plain = _STRANGE.search(rest) is not None
    return Typed(rest, tuple(phrases), tuple(without), tuple(choices), is_plain)


def _choice(match: re.Match[str]) -> Choice | None:
    """The choice that a piece makes; None where it makes none."""
    if not match["name"]:
        return None
    facet, before = NAMES[match["name"].lower()]
    value = match["value"].strip(_QUOTES)
    value = VALUES.get(facet, {}).get(value, value)
    if not value or (facet in ("year", "fiscal_year") and not _is_years(value)):
        return None
    return Choice(facet, f"{before}{value}", match[0], bool(match["minus"]))


def _is_years(value: str) -> bool:
    try:
        return bool(parse_years(value, may_turn=True))
    except ValueError:
        return False


def without_pieces(text: str, pieces: Iterable[str]) -> str:
    """``text`` as typed, less some stretches: a choice that is taken away again."""
    for piece in pieces:
        text = replaced(text, piece, " ")
    return " ".join(text.split())


def replaced(text: str, piece: str, by: str) -> str:
    """``text`` with the first ``piece`` that stands between spaces replaced.

    ปี:2549 is not taken out of ปี:2549..2550, nor tag:ก out of -tag:ก.
    """
    return re.sub(rf"(?<!\S){re.escape(piece)}(?!\S)", lambda _: by, text, count=1)
