"""One analysis of Thai for index and query, under every engine.

``index_terms`` says what an index holds of a document, ``plan`` what a query asks for:

- *atoms*: the smallest words, cut alike on both sides, and a year token (พ.ศ.);
- *units*: what a reader takes for one word (a compound, a name, a short form with all it
  stands for, a number with its noun).  A document is found when it holds units that carry
  half of the query's weight, or a whole run of the query letter for letter;
- *grams*: three letters in a row, at low weight, which mend wrong cuts and wrong letters.

Nothing of the glossary and nothing of our own words is in the index, so both may change
at any time.  docs/thai-search.md tells why each rule is as it is.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.search import typed
from app.search.documents import Document
from app.search.facets import FACETS
from app.search.forms import Form
from app.search.letters import encode, grams, grams_of
from app.search.synonyms import Synonyms, Widening
from app.search.years import find_years
from app.text import thai

#: Raised when ``index_terms`` returns something else for the same document.
ANALYSIS_VERSION = 5

#: What a word counts in each part of a document, before saturation.
FIELD_WEIGHTS = {
    "title": 5.0,
    "tags": 0.7,
    "summary": 1.5,
    "body": 1.0,
    "names": 0.3,
    "comments": 0.2,
}
#: A word that comes up again and again in the comments counts so many times at most.
MOST_IN_COMMENTS = 3
#: A tag that is the word asked for, all of it, counts as so many mentions; as part of a
#: longer tag (กระบวนการคุณอำนวย) it is less than a mention in the text.
TAG_WEIGHT = 4.0
#: A year of the facet counts as much as two mentions.
YEAR_WEIGHT = 2.0
K1, B = 1.2, 0.75
#: Weight of the grams beside the words; 0.3 gave the best ranking on XQuAD (0.2 to 0.8 tried).
GRAM_WEIGHT = 0.3
#: Share of a query's weight that a document must hold to be found.
ENOUGH = 0.5
#: The same for a long question; see scoring.is_enough.
LEAST_ENOUGH = 0.2
#: Share of a run's grams that is enough when nothing else is found anywhere.
ENOUGH_GRAMS = 0.6
#: Letters of a folded query that are looked at; the rest of a longer one is dropped.
MOST_LETTERS = 400
#: Words of a query that are looked for; a question has fewer.
MOST_UNITS = 32

_NUMBER_WORDS = ("หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า", "สิบ")
_VALUE_OF = {word: value for value, word in enumerate(_NUMBER_WORDS, 1)}
#: Nouns that are counted in the names of places; more are cut off by the segmenter itself.
_COUNTED = ("ตำบล", "อำเภอ", "หมู่บ้าน", "หมู่", "บ้าน", "ปี", "คน", "ด้าน", "ล้าน", "บาท")
_GLUED_COUNT = re.compile(f"({'|'.join(_NUMBER_WORDS)})({'|'.join(_COUNTED)})")
_PLACE_PREFIXES = {
    "ต.": "ตำบล",
    "อ.": "อำเภอ",
    "จ.": "จังหวัด",
    "บ.": "บ้าน",
    "ม.": "หมู่",
    "กิ่งอ.": "กิ่งอำเภอ",
}
#: Levels whose name stands behind them: both ways to write them are one.
_SHORT_LEVELS = {"ตำบล": "ต.", "กิ่งอำเภอ": "กิ่งอ.", "อำเภอ": "อ.", "จังหวัด": "จ."}
_PLACE = re.compile(f"(?<![{thai.THAI}.])(?:(กิ่งอ\\.|[ตอจบ]\\.)(?=[{thai.THAI}])|(ม\\.)(?=[0-9]))")
_RUN = re.compile(f"(?:[{thai.THAI}](?:\\.(?=[ก-ฮ]))?|[^\\W_])+")
_LONE = re.compile(f"(?<![{thai.THAI}])[ก-ฮ]{{2,8}}(?![{thai.THAI}])")
_RECORD_NUMBER = re.compile("(?:#|หมายเลข(?:บันทึก)?|บันทึก(?:ที่)?|no\\.?)? ?:? ?([0-9]{1,12})")


def fingerprint() -> str:
    """Names the analysis; an index made under another one has to be rebuilt."""
    parts = (
        ANALYSIS_VERSION,
        thai.fingerprint(),
        FIELD_WEIGHTS,
        TAG_WEIGHT,
        YEAR_WEIGHT,
        sorted(FACETS),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


# --- documents ---------------------------------------------------------------------------


class Stops(NamedTuple):
    """Where parts of ``IndexTerms.text`` end, in bytes."""

    title: int
    own: int  # of what the entry itself says: title, tags, summary, body
    names: int  # from here on comments


@dataclass(frozen=True, slots=True)
class IndexTerms:
    """What an index holds of one document."""

    words: dict[str, float]  # atom -> occurrences, weighted by field
    length: int  # atoms in all fields but the comments: much said about it makes it no longer
    grams: NDArray[np.uint32]  # sorted, each once
    text: bytes  # encoded: the fields in the order of FIELD_WEIGHTS, each ended by 0x1F
    stops: Stops


def index_terms(document: Document) -> IndexTerms:
    """The terms of ``document``."""
    parts = {
        "title": document.title,
        "tags": "\n".join(document.tag_names or document.tags),
        "summary": document.summary,
        "body": document.body,
        "names": f"{document.author_name}\n{document.names}",
        "comments": document.comments,
    }
    words: dict[str, float] = {}
    folded: dict[str, str] = {}
    length = 0
    for name, weight in FIELD_WEIGHTS.items():
        text = folded[name] = thai.fold(parts[name])
        atoms = _atoms_in(text)
        most = MOST_IN_COMMENTS if name == "comments" else len(atoms)
        if name != "comments":
            length += len(atoms)
        for word, count in Counter(atoms).items():
            words[word] = words.get(word, 0.0) + weight * min(count, most)
    for tag in document.tag_names or document.tags:
        words[tag_token(thai.fold(tag).strip())] = TAG_WEIGHT
    for letters in _LONE.findall("\n".join(folded.values())):
        words[lone_token(letters)] = 1.0
    for year in document.years:
        token = year_token(year)
        words[token] = words.get(token, 0.0) + YEAR_WEIGHT
    encoded = {name: encode(text) + b"\x1f" for name, text in folded.items()}
    whole = b"".join(encoded.values())
    names_stop = len(whole) - len(encoded["comments"])
    stops = Stops(len(encoded["title"]) - 1, names_stop - len(encoded["names"]), names_stop)
    return IndexTerms(words, length, grams(whole), whole, stops)


def _atoms_in(folded: str) -> list[str]:
    atoms = thai.cut(folded)
    atoms += [year_token(found.year) for found in find_years(folded)]
    atoms += [_PLACE_PREFIXES[match[1] or match[2]] for match in _PLACE.finditer(folded)]
    return atoms


def tag_token(folded: str) -> str:
    """The word for a whole tag."""
    return f"#{folded}"


def lone_token(letters: str) -> str:
    """The word for consonants that stand alone (กศน between spaces): a short form, perhaps."""
    return f"={letters}"


def year_token(year: int) -> str:
    """The one word for a year in all its forms; no text can hold it, for scripts are parted."""
    return f"y{year}"


# --- queries -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unit:
    """What a reader takes for one word.

    A document has the unit when it holds ``word`` as a whole word (where that is given),
    or one of ``forms``.  ``atoms`` rank; a unit that is one dictionary word has one atom.
    """

    text: str
    atoms: tuple[str, ...]
    word: str = ""
    forms: tuple[Form, ...] = ()
    shown: tuple[Form, ...] = ()  # what to mark in a text
    is_year: bool = False

    @property
    def is_compound(self) -> bool:
        """Whether its atoms are parts that mean something else alone."""
        return len(self.atoms) > 1 and not self.word


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of the query without a space; holding it letter for letter is a find."""

    form: Form
    units: tuple[int, ...]  # its units, by place in ``Plan.units``
    grams: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a query asks for."""

    units: tuple[Unit, ...] = ()
    runs: tuple[Run, ...] = ()
    grams: tuple[int, ...] = ()
    required: tuple[tuple[Form, ...], ...] = ()  # of each phrase one form must stand in a hit
    excluded: tuple[Unit, ...] = ()  # a hit has none of them
    number: int | None = None  # the record number that the query is, if it is one
    notes: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    is_plain: bool = False  # it held signs of a query language, taken as text
    is_browsing: bool = False  # nothing is to be looked for: all that is not excluded


def plan(text: str, synonyms: Synonyms) -> Plan:
    """What ``text`` asks for, with the glossary ``synonyms``.  Never raises on any text."""
    return _plan(text[: MOST_LETTERS * 4], synonyms, thai.words_version())


@lru_cache(maxsize=256)
def _plan(text: str, synonyms: Synonyms, words_version: int) -> Plan:
    asked = typed.read(text[:MOST_LETTERS])
    folded = thai.fold(asked.words).strip()
    reader = _QueryReader(folded, asked.words, synonyms)
    reader.read()
    phrases = [_exact(phrase, synonyms) for phrase in asked.phrases]
    phrases = [unit for unit in phrases if unit.atoms]
    number = _RECORD_NUMBER.fullmatch(folded)
    letters = "\n".join((reader.letters_for_grams(), *(unit.text for unit in phrases)))
    return Plan(
        units=(*reader.units, *phrases),
        runs=tuple(reader.runs()),
        grams=tuple(int(key) for key in grams(encode(letters))),
        required=tuple(unit.forms for unit in phrases),
        excluded=tuple(_exact(word, synonyms, as_word=True) for word in asked.without),
        number=int(number[1]) if number and not phrases else None,
        notes=_each_once(reader.notes)[:6],
        related=tuple(dict.fromkeys(reader.related))[:6],
        is_plain=asked.is_plain,
        is_browsing=not asked.has_words,
    )


def _exact(phrase: str, synonyms: Synonyms, *, as_word: bool = False) -> Unit:
    """``phrase`` and nothing that stands for it.

    A short form is still read as one: "อบต." is not in รอบตลาด, "คอน" not in คอนกรีต.

    :param as_word: one word of the dictionary is a word, not letters: -คน leaves นคร alone.
    """
    folded = thai.fold(phrase).strip()[:MOST_LETTERS]
    atoms = tuple(dict.fromkeys(thai.cut(folded)))
    found = synonyms.longest_at(folded, 0, {len(folded)})
    if found is not None and found.stop == len(folded):
        return Unit(folded, atoms, "", found.itself, found.itself)
    form = Form(folded)
    if as_word and atoms == (folded,):
        return Unit(folded, atoms, folded, (), (form,))
    return Unit(folded, atoms, "", (form,), (form,))


def _each_once(notes: list[str]) -> tuple[str, ...]:
    """``notes`` without those that say the same the other way round."""
    told: dict[frozenset[str], str] = {}
    for note in notes:
        told.setdefault(frozenset(re.split(" [=→] ", note)), note)
    return tuple(told.values())


@dataclass
class _QueryReader:
    """Reads a folded query from left to right into units."""

    folded: str
    typed: str
    synonyms: Synonyms
    units: list[Unit] = field(default_factory=list)
    spans: dict[tuple[int, int], int] = field(default_factory=dict)  # where which unit stands
    notes: list[str] = field(default_factory=list)
    related: list[str] = field(default_factory=list)
    # Stretches that are not looked for letter by letter: years, and short forms that
    # count only where they stand alone.
    apart: list[tuple[int, int]] = field(default_factory=list)
    counted: list[tuple[int, str, int]] = field(default_factory=list)  # start, word, number
    tokens: list[thai.Token] = field(default_factory=list)

    def read(self) -> None:
        tokens = self.tokens = thai.segment(self.folded)
        borders = {place for token in tokens for place in (token.start, token.stop)}
        years = {
            place: found
            for found in find_years(self.folded)
            for place in (found.start, found.digits_start)
        }
        place = 0
        for index, token in enumerate(tokens):
            if token.start < place:  # a name ended inside this word
                if token.stop > place:
                    place = self._add(place, token.stop, Unit(self.folded[place : token.stop], ()))
                continue
            year = years.get(token.start)
            if year is not None:
                place = self._year(token.start, year.stop, year.year)
                continue
            widening = self.synonyms.longest_at(self.folded, token.start, borders)
            if widening is not None and widening.stop > token.start:
                place = self._widened(widening)
                continue
            following = tokens[index + 1] if index + 1 < len(tokens) else None
            stop = self._counted(token, following, borders)
            place = stop or self._word(token)

    def _add(self, start: int, stop: int, unit: Unit) -> int:
        atoms = unit.atoms or tuple(dict.fromkeys(thai.cut(unit.text)))
        if not atoms or unit.text in ("ๆ", "ฯ"):
            return stop
        unit = replace(unit, atoms=atoms)
        # A word typed again asks for nothing more, nor does one far behind all others.
        if unit not in self.units and len(self.units) < MOST_UNITS:
            self.units.append(unit)
        if unit in self.units:
            self.spans[(start, stop)] = self.units.index(unit)
        return stop

    def _year(self, start: int, stop: int, year: int) -> int:
        token = year_token(year)
        said = self.folded[start:stop]
        digits = Form(re.sub("[^0-9]", "", said)[-4:])
        # Typed bare it may be a sum of money as well: its letters count where they stand.
        letters = (digits,) if said == digits.text else ()
        forms = [
            Form(str(year)),
            Form(str(year - 543)),
            *(Form(f"{word}{year % 100:02}") for word in ("ปี",)),
        ]
        self._add(start, stop, Unit(said, (token,), token, letters, tuple(forms), is_year=True))
        self.apart.append((start, stop))
        told = self._typed_year(digits.text) or digits.text
        same = f"พ.ศ. {year} = ค.ศ. {year - 543}" if digits.text == str(year) else f"พ.ศ. {year}"
        self.notes.append(same if told == str(year) else f"{told} = {same}")
        return stop

    def _typed_year(self, digits: str) -> str:
        """The year as the reader typed it, in Thai digits or after ปี."""
        if len(digits) == 2:
            return f"ปี{digits}"
        in_thai = digits.translate({48 + value: chr(0x0E50 + value) for value in range(10)})
        return in_thai if in_thai in self.typed else ""

    def _widened(self, found: Widening) -> int:
        said = self.folded[found.start : found.stop]
        unit = Unit(said, (), "", (*found.itself, *found.forms), (*found.itself, *found.forms))
        stop = self._add(found.start, found.stop, unit)
        if found.is_whole_token or any(form.has_other_words for form in found.itself):
            self.apart.append((found.start, found.stop))
        self.notes += found.notes
        self.related += found.related
        return stop

    def _counted(self, token: thai.Token, following: thai.Token | None, borders: set[int]) -> int:
        """A number and the noun it counts: 3ตำบล = สามตำบล; 0 when this is none."""
        if following is None or following.start != token.stop or not _is_thai(following.text):
            return 0
        value = _VALUE_OF.get(token.text, 0)
        if not token.text.isdecimal() and not value:
            return 0
        before = self.folded[token.start - 1 : token.start]
        if before.isalpha() and before.isascii():
            return 0  # the end of a name: Internet2 คืออะไร counts no คือ
        number = value or (int(token.text) if len(token.text) <= 2 else 0)
        # A noun that the glossary widens is read once more, for itself.
        is_widened = self.synonyms.longest_at(self.folded, following.start, borders) is not None
        stop = token.stop if is_widened else following.stop
        return self._count_unit(token.start, stop, token.text, number, following.text)

    def _glued_count(self, token: thai.Token, number: str, noun: str) -> int:
        """A number word and its noun that are one word of ours: the tambon สามตำบล, and 3 ตำบล."""
        return self._count_unit(token.start, token.stop, number, _VALUE_OF[number], noun)

    def _count_unit(self, start: int, stop: int, said: str, number: int, noun: str) -> int:
        spellings = [f"{said}{noun}"]
        if 1 <= number <= 10:
            word = _NUMBER_WORDS[number - 1]
            spellings = [f"{number}{noun}", f"{word}{noun}"]
            self.notes.append(self._number_note(said, number, word))
            self.counted.append((start, said, number))
        forms = tuple(map(Form, spellings))
        # All spellings rank alike, so the number is no atom: 3 stands in every text.
        atoms = tuple(dict.fromkeys(thai.cut(noun)))
        return self._add(start, stop, Unit(f"{said}{noun}", atoms, "", forms, forms))

    def _number_note(self, said: str, number: int, word: str) -> str:
        in_thai = "".join(chr(0x0E50 + int(digit)) for digit in str(number))
        if said == word:
            return f"{word} = {number}"
        return f"{in_thai} = {number} = {word}" if in_thai in self.typed else f"{number} = {word}"

    def _word(self, token: thai.Token) -> int:
        text = token.text
        if glued := _GLUED_COUNT.fullmatch(text):
            return self._glued_count(token, glued[1], glued[2])
        prefix = _PLACE.match(self.folded, token.start)
        if prefix is not None:
            return self._place(token, prefix)
        level = next((level for level in _SHORT_LEVELS if text.startswith(level)), None)
        if level is not None and len(text) > len(level) + 1:
            return self._named_place(token.start, token.stop, level, text[len(level) :])
        atoms = tuple(dict.fromkeys(thai.cut(text)))
        form = Form(text)
        if len(atoms) == 1 and atoms[0] == text:
            return self._add(token.start, token.stop, Unit(text, atoms, text, (), (form,)))
        return self._add(token.start, token.stop, Unit(text, atoms, "", (form,), (form,)))

    def _place(self, token: thai.Token, prefix: re.Match[str]) -> int:
        """A short level and what follows it: ต.บางจาก is ตำบลบางจาก."""
        short = prefix[1] or prefix[2]
        level, start = _PLACE_PREFIXES[short], prefix.end()
        name = next((following for following in self.tokens if following.start >= start), None)
        if level in _SHORT_LEVELS and name and name.start == start and len(name.text) > 1:
            return self._named_place(token.start, name.stop, level, name.text)
        return self._add(token.start, start, Unit(level, (level,), level, (Form(prefix[0]),), ()))

    def _named_place(self, start: int, stop: int, level: str, name: str) -> int:
        forms = (Form(f"{level}{name}"), Form(f"{_SHORT_LEVELS[level]}{name}"))
        return self._add(start, stop, Unit(f"{level}{name}", (), "", forms, forms))

    def runs(self) -> Iterator[Run]:
        """The stretches that are looked for letter by letter."""
        for match in _RUN.finditer(self._without_apart()):
            start, stop = match.span()
            text = match[0].strip(".")
            units = tuple(
                dict.fromkeys(
                    index
                    for (a, b), index in self.spans.items()
                    if a < stop and b > start and (a, b) not in self.apart
                )
            )
            if len(text) < 2 or not units:
                continue
            latin = text.isascii() and text.isalpha()
            yield Run(Form(text, inside_latin=not latin or len(text) >= 3), units, grams_of(text))

    def _without_apart(self) -> str:
        letters = list(self.folded)
        for start, stop in self.apart:
            letters[start:stop] = " " * (stop - start)
        return "".join(letters)

    def letters_for_grams(self) -> str:
        """What the grams are taken from: the query without what stands apart.

        A counted number is written in digits, so that สามตำบล ranks as 3ตำบล does.
        """
        text = self._without_apart()
        for start, word, number in reversed(self.counted):
            text = f"{text[:start]}{number}{text[start + len(word) :]}"
        return text


def _is_thai(text: str) -> bool:
    return "\u0e01" <= text[0] <= "\u0e4e"


def shown_forms(query: Plan, weights: Sequence[float]) -> list[Form]:
    """The forms to mark in a found text.

    :param weights: of each unit; words that are everywhere (ที่ ของ) are not marked when
        the query has rarer ones, nor is a single letter that a wrong cut left over.
    """
    most = max(weights, default=0.0)
    forms = [run.form for run in query.runs if len(run.form.text) > 1]
    for unit, weight in zip(query.units, weights, strict=True):
        if weight >= most * 0.25 and (len(unit.text) > 1 or len(query.units) == 1):
            forms += unit.shown
    return forms
