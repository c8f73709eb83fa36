"""A saved GotoKnow page, as text or HTML, read by the labels that a person sees.

The page is cut at its labels from the outside in::

    head        author, title, the summary printed above the text
    body        up to the tags or the record number
    tail        หมายเลขบันทึก … เขียนเมื่อ … แก้ไขเมื่อ … สัญญาอนุญาต … จำนวนที่อ่าน
    comments    ความเห็น (n)
    footer      the help line of the site and its sister products: not part of the text

What is not there is named in ``source.missing``; what fits no field is kept word for word
in ``source.leftover``.  Years of the furniture are ค.ศ. or พ.ศ. and are read as either.

The rules were found on one saved page and the first lines of its sisters (product.md 9).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import accumulate

from app.formats import gotoknow_comments
from app.formats.fields import MOST
from app.formats.gotoknow_words import (
    AUTHOR_LINE,
    BOOK_LINE,
    COMMENT_HEAD,
    HONORIFIC,
    NO_COMMENTS,
    NUMBER,
    TAGS,
    folded,
    footer_of,
    is_follow,
    is_furniture,
    license_of,
    moment_of,
    number_of,
    tail_values,
    without_bullet,
    without_stray_tags,
)
from app.formats.plain_markdown import to_markdown
from app.formats.records import EntryRecord, ReadError, SourceRecord
from app.formats.visible import PICTURE, Page, read_page
from app.text.cleaning import clean_line
from app.vocabulary import EntryKind, License, Status

SYSTEM = "gotoknow"
ADDRESS = "https://www.gotoknow.org/posts/{number}"

#: How far the dates may stand behind the record number, in characters.
_TAIL_REACH = 600
#: A copy of the summary shorter than this may repeat by chance.
_SHORTEST_COPY = 20
#: A longer one is no summary but a text that says everything twice.
_LONGEST_COPY = 5000
_HEAD_LINES = 40
_LONGEST_TITLE = 200


def parse(source: str | bytes, *, path: str = "") -> EntryRecord:
    """The entry that a saved page shows; the same for its text and its HTML.

    :param source: plain text, or HTML in UTF-8 or the Thai encoding it declares.
    :param path: named in complaints.
    :returns: a published post with ``source`` filled in; ``source.imported`` is left to
        whoever stores it.
    :raises ReadError: not_gotoknow, no_title, and those of ``visible.read_page``.
    """
    page = read_page(source, path=path)
    text = "\n".join(page.lines)
    found = _find_number(text)
    if found is None:
        raise ReadError("not_gotoknow", path)
    start = _tail_start(text, found.start())
    cut = _cut_tail(text, found.end())
    tail = _Tail.read(text[start : cut.tail_end].replace(PICTURE, ""))
    head = _Head.read(text[:start].split("\n"), page)
    if not head.title:
        raise ReadError("no_title", path)
    said = gotoknow_comments.read(cut.comments, told=cut.told)
    return _record(found, head, tail, said, path)


def _record(
    number: re.Match[str],
    head: _Head,
    tail: _Tail,
    said: gotoknow_comments.Comments,
    path: str,
) -> EntryRecord:
    text = head.text()
    entry = EntryRecord(
        number=number_of(number[1]),
        kind=EntryKind.POST,
        status=Status.PUBLISHED,
        title=head.title,
        summary=text.summary,
        body=to_markdown(text.lines),
        author=head.author or tail.author,
        book=head.book or tail.book,
        created=tail.created,
        updated=tail.updated,
        license=tail.license,
        tags=tail.tags,
        comments=said.comments,
        path=path,
    )
    source = SourceRecord(
        system=SYSTEM,
        url=ADDRESS.format(number=entry.number),
        missing=tuple(_missing(entry, tail, text, said)),
        reads=tail.reads,
        leftover="\n".join(part for part in (*tail.leftover, said.leftover) if part),
    )
    return replace(entry, source=source)


def _missing(
    entry: EntryRecord,
    tail: _Tail,
    text: _Text,
    said: gotoknow_comments.Comments,
) -> Iterable[str]:
    """Names of what the page does not tell, the three that readers ask for first."""
    absent = {
        "author": not entry.author,
        "license": entry.license is License.NOT_RECORDED,
        "reads": tail.reads is None,
        "created": entry.created is None,
        "updated": entry.updated is None,
        "tags": not entry.tags,
        "book": not entry.book,
        "comments": bool(said.leftover),
        "pictures": text.pictures > 0,
    }
    return (name for name, is_absent in absent.items() if is_absent)


# -- where the parts begin ------------------------------------------------------------------


def _find_number(text: str) -> re.Match[str] | None:
    """The label and number that the dates follow; the text may speak of others."""
    numbers = list(NUMBER.finditer(text))
    for at, found in enumerate(numbers):
        stop = numbers[at + 1].start() if at + 1 < len(numbers) else len(text)
        values, _ = tail_values(text[found.end() : min(found.end() + _TAIL_REACH, stop)])
        if 0 < number_of(found[1]) <= MOST and ("created" in values or "updated" in values):
            return found
    return None


def _tail_start(text: str, number_start: int) -> int:
    """Where the body ends: at the tags, if nothing but tags stands between them and the
    record number, else at the number."""
    starts = [found.start() for found in TAGS.finditer(text, 0, number_start)]
    if not starts:
        return number_start
    label, *rest = text[starts[-1] : number_start].split("\n")
    longest = 0 if re.search(r"[:)#]\s*\S", label) else 40
    are_tags = all(
        len(word) <= longest or word.startswith("#") or is_furniture(word)
        for word in map(without_bullet, rest)
    )
    return starts[-1] if are_tags and len(rest) <= 60 else number_start


@dataclass(frozen=True, slots=True)
class _Cut:
    """What follows the record number."""

    tail_end: int
    comments: tuple[str, ...]
    told: int | None  # how many comments the page says it has


def _cut_tail(text: str, start: int) -> _Cut:
    head = COMMENT_HEAD.search(text, start)
    if head is None:
        end = _footer_start(text, start)
        none = NO_COMMENTS.search(text, start, end)
        return _Cut(none.start() if none else end, (), None)
    end = _footer_start(text, head.end())
    told = number_of(head[1]) if head[1] else None
    return _Cut(head.start(), tuple(text[head.end() : end].split("\n")), told)


def _footer_start(text: str, start: int) -> int:
    lines = text[start:].split("\n")
    above = lines[: footer_of(lines)]
    return min(start + sum(len(line) + 1 for line in above), len(text))


# -- tail -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Tail:
    created: datetime | None = None
    updated: datetime | None = None
    license: License = License.NOT_RECORDED
    reads: int | None = None
    author: str = ""
    book: str = ""
    tags: tuple[str, ...] = ()
    leftover: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, text: str) -> _Tail:
        """The values between the labels, which may be run together on one line."""
        values, before = tail_values(text)
        tail = cls()
        if before:
            tail.leftover.append(before)
        tail.created = tail.moment("created", values)
        tail.updated = tail.moment("updated", values)
        tail.take_license(values.get("license", ("", "")))
        tail.take_reads(values.get("reads", ("", "")))
        tail.author = clean_line(values.get("author", ("", ""))[1])
        tail.book = clean_line(values.get("book", ("", ""))[1])
        tail.tags = tags_of(values.get("tags", ("", ""))[1])
        for name in ("number", "flowers"):
            tail.keep(re.sub(r"\A\D{0,5}\d[\d,]*", "", values.get(name, ("", ""))[1]))
        return tail

    def keep(self, rest: str) -> None:
        """Text behind a value that is no menu of the site."""
        lines = [line for line in rest.split("\n") if not is_furniture(line)]
        text = "\n".join(lines).strip(" \n\t:()\xa0")
        if text:
            self.leftover.append(text)

    def moment(self, name: str, values: dict[str, tuple[str, str]]) -> datetime | None:
        label, value = values.get(name, ("", ""))
        moment, rest = moment_of(value)
        if rest:
            self.leftover.append(rest if moment else f"{label} {rest}")
        return moment

    def take_license(self, labelled: tuple[str, str]) -> None:
        label, value = labelled
        words = clean_line(value)
        if words:
            self.license, is_exact = license_of(words)
            if not is_exact:
                self.leftover.append(f"{label.rstrip(' :')}: {words}")

    def take_reads(self, labelled: tuple[str, str]) -> None:
        found = re.match(r"\W*(\d[\d,]{0,14})", labelled[1])
        if found:
            self.reads = number_of(found[1])
        self.keep(labelled[1][found.end() if found else 0 :])


def tags_of(text: str) -> tuple[str, ...]:
    """ "#ก #ข", "ก, ข", or one a line."""
    parts = re.split(r"#|,|\n" if "#" in text or "," in text else r"\n", text)
    words = (clean_line(without_bullet(part)) for part in parts)
    return tuple(dict.fromkeys(word for word in words if word))


# -- head and body --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Text:
    summary: str
    lines: tuple[str, ...]
    pictures: int


@dataclass(slots=True)
class _Head:
    title: str = ""
    author: str = ""
    book: str = ""
    rest: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, shown: Sequence[str], page: Page) -> _Head:
        """Title, author and book; ``rest`` begins below them."""
        lines = [line.replace(PICTURE, "").strip(" \t") for line in shown]
        every = [(at, without_bullet(line)) for at, line in enumerate(lines)]
        every = [(at, word) for at, word in every if word]
        words = [(at, w) for at, w in every if is_follow(w) or not is_furniture(w)]
        title = _by_markup(words, every, page) if page.titles else None
        if title is None:
            title = _by_layout(words[:_HEAD_LINES] or every, lines)
        head = cls()
        if title is not None:
            head.title = clean_line(without_bullet(lines[title]))
            above = [word for at, word in words if at < title]
            head.author = clean_line(_author_above(above, page))
            head.take_below(lines[title + 1 :], shown[title + 1 :])
        return head

    def take_below(self, lines: Sequence[str], shown: Sequence[str]) -> None:
        """Drop what the site prints between the title and the text."""
        for at, line in enumerate(lines):
            word = without_bullet(line)
            author, book = AUTHOR_LINE.match(word), BOOK_LINE.match(word)
            if author and not self.author:
                self.author = clean_line(author[1])
            elif book and not self.book:
                self.book = clean_line(book[1])
            elif word and not is_furniture(word):
                self.rest = list(shown[at:])
                return

    def text(self) -> _Text:
        """Summary and body, without the site's furniture and stray tags."""
        pictures = sum(line.count(PICTURE) for line in self.rest)
        joined = "\n".join(self.rest).replace(PICTURE, "")
        lines = [line.strip(" \t") for line in without_stray_tags(joined).split("\n")]
        while lines and (not lines[-1].strip() or is_furniture(lines[-1])):
            lines.pop()
        stop = _copied_head(lines)
        summary = clean_line(" ".join(lines[:stop]))
        return _Text(summary, tuple(lines[stop:]), pictures)


Words = list[tuple[int, str]]  # lines that show something, with their place


def _by_markup(words: Words, every: Words, page: Page) -> int | None:
    """The line that the markup names as the title; menus are looked at last."""
    titles = [folded(title) for title in page.titles]
    for lines in (words, every):
        for wanted in titles:
            for at, word in lines:
                if folded(word) == wanted:
                    return at
    for wanted in titles:  # <title> often holds the name of the site as well
        for at, word in words:
            if len(word) >= 8 and folded(word) in wanted:
                return at
    return None


def _by_layout(words: Words, lines: Sequence[str]) -> int | None:
    """The title of plain text: the first line, or the second under the author's name.

    The second it is when "ติดตาม" or "ติดต่อ" stands between the two, or when the first
    looks like a name and only the second is set off from the text.
    """
    plain = [(at, word) for at, word in words if not (is_follow(word) or BOOK_LINE.match(word))]
    if len(plain) < 2:
        return plain[0][0] if plain else None
    (first, name), (second, title) = plain[:2]
    follow = next((at for at, word in words if is_follow(word)), len(lines))
    looks_like_name = len(name) <= 60 and not re.search(r"[?!:;\d“”\"]", name)
    gaps = _gap_after(lines, first), _gap_after(lines, second)
    if first < follow < second and gaps[0] < 2 and len(title) <= _LONGEST_TITLE:
        return second
    # The site prints two blank lines below a title and none elsewhere.
    if looks_like_name and gaps[0] < 2 <= gaps[1]:
        return second
    if HONORIFIC.match(name) and gaps[0] == 0 < gaps[1] and len(title) <= _LONGEST_TITLE:
        return second
    return first


def _gap_after(lines: Sequence[str], at: int) -> int:
    """How many blank lines follow line ``at``."""
    return next((gap for gap, line in enumerate(lines[at + 1 :]) if line.strip()), 0)


def _author_above(above: list[str], page: Page) -> str:
    """The author among the lines above the title: the one that the page points at, or the
    only one.  Several without a pointer are the site's own menu."""
    for at, word in enumerate(above):
        if is_follow(word) and at and not is_follow(above[at - 1]):
            return above[at - 1]
    names = [word for word in above if not is_follow(word)]
    people = {folded(name) for name in page.people}
    for word in reversed(names):
        if folded(word) in people or HONORIFIC.match(word):
            return word
    return names[0] if len(names) == 1 else ""


def _copied_head(lines: Sequence[str]) -> int:
    """How many lines at the head are a copy of a paragraph further down: the summary.

    The copy may be cut short with dots.  Line ends and spaces do not count.
    """
    block = next((at for at, line in enumerate(lines) if not line.strip()), len(lines))
    for stop in dict.fromkeys((block, min(block, 1))):
        copy = folded(" ".join(lines[:stop]))
        cut = re.sub(r"\s*(?:…|\.{3,})\Z", "", copy)
        below = [folded(line) for line in lines[stop:] if line.strip()]
        has_length = _SHORTEST_COPY <= len(cut) <= _LONGEST_COPY
        if has_length and _stands_in(below, cut, whole=cut == copy):
            return stop
    return 0


def _stands_in(lines: Sequence[str], copy: str, *, whole: bool) -> bool:
    """Whether ``copy`` begins where one of ``lines`` begins, over several of them or not.

    :param whole: it must also end where a line ends.
    """
    joined = " ".join(lines) + " "
    starts = set(accumulate((len(line) + 1 for line in lines), initial=0))
    at = joined.find(copy)
    while at >= 0:
        if at in starts and (not whole or at + len(copy) + 1 in starts):
            return True
        at = joined.find(copy, at + 1)
    return False
