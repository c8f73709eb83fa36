"""What a text points at: [[wiki links]] and @mentions.

Code is not looked into: neither fenced blocks nor `spans`, nor what a backslash makes
literal.  Every scan is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

#: The longest title is 300 code points; a label may be a sentence.
WIKI_LINK = re.compile(
    r"\[\[(?P<target>[^\[\]|\n\x02\x03]{1,300})(?:\|(?P<label>[^\[\]\n\x02\x03]{0,300}))?\]\]"
)
_MENTION = re.compile(
    r"(?<![\w@/.\u0e00-\u0e7f])@([A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?)"
)
_FENCE = re.compile(r"^(?P<mark>`{3,}|~{3,})(?P<info>[^\n]*)$", re.MULTILINE)
_TICKS = re.compile(r"`+")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class WikiLink:
    """One [[target#section|label]], at source[start:stop].

    ``target`` is normalised (NFC, single spaces); ``label`` is what a reader sees, the
    target as written when none was given; ``section`` is the heading after "#", or empty.
    """

    start: int
    stop: int
    target: str
    label: str
    section: str = ""


def wiki_links(source: str) -> list[WikiLink]:
    """The wiki links of a Markdown text, in their order."""
    links = []
    for found in _outside_code(WIKI_LINK, source):
        link = wiki_link(found)
        if link is not None:
            links.append(link)
    return links


def wiki_link(found: re.Match[str]) -> WikiLink | None:
    """The link of a match of WIKI_LINK; None when it names nothing."""
    written = " ".join(found["target"].split())
    name, _sharp, section = written.partition("#")
    if not name.strip():  # [[#5]] is a title that begins so
        name, section = written, ""
    target = normalise_target(name)
    if not target.strip("#"):
        return None
    label = " ".join((found["label"] or "").split()) or written
    return WikiLink(found.start(), found.end(), target, label, section.strip())


def normalise_target(title: str) -> str:
    """A title as ``WikiLink.target`` holds it: NFC, single spaces, trimmed."""
    return unicodedata.normalize("NFC", " ".join(title.split()))


def rename(source: str, old: str, new: str) -> str:
    """``source`` with every link to ``old`` leading to ``new``; labels and sections stay.

    Titles are compared without regard to letter case and runs of spaces.
    """
    wanted = normalise_target(old).casefold()
    pieces, end = [], 0
    for link in wiki_links(source):
        if link.target.casefold() != wanted:
            continue
        section = f"#{link.section}" if link.section else ""
        _before, bar, label = source[link.start + 2 : link.stop - 2].partition("|")
        pieces += [source[end : link.start], f"[[{normalise_target(new)}{section}{bar}{label}]]"]
        end = link.stop
    return "".join([*pieces, source[end:]])


def mentions(source: str) -> list[str]:
    """User names that the text mentions (@name), in small letters, each once."""
    found = (match[1].lower() for match in _outside_code(_MENTION, source))
    return list(dict.fromkeys(found))


def fences(source: str) -> list[tuple[int, int, bool]]:
    """Fenced code blocks as (start, stop, closed), fences included.

    An open fence reaches to the end of the text.
    """
    blocks: list[tuple[int, int, bool]] = []
    opened: re.Match[str] | None = None
    for line in _FENCE.finditer(source):
        mark, info = line["mark"], line["info"]
        if opened is None:
            if mark[0] == "`" and "`" in info:  # a code span that fills its line
                continue
            opened = line
        elif mark[0] == opened["mark"][0] and len(mark) >= len(opened["mark"]) and not info.strip():
            blocks.append((opened.start(), line.end(), True))
            opened = None
    if opened is not None:
        blocks.append((opened.start(), len(source), False))
    return blocks


def _outside_code(pattern: re.Pattern[str], source: str) -> Iterator[re.Match[str]]:
    """Matches that begin outside code and are not made literal by a backslash."""
    spans = _code_spans(source)
    starts = [start for start, _stop in spans]
    for found in pattern.finditer(source):
        place = bisect_right(starts, found.start()) - 1
        in_code = place >= 0 and found.start() < spans[place][1]
        if not in_code and not _is_escaped(source, found.start()):
            yield found


def _is_escaped(source: str, position: int) -> bool:
    first = position
    while first > 0 and source[first - 1] == "\\":
        first -= 1
    return (position - first) % 2 == 1


def _code_spans(source: str) -> list[tuple[int, int]]:
    """(start, stop) of all code, in order; a span of backticks ends within its paragraph."""
    if "`" not in source and "~~~" not in source:
        return []
    spans: list[tuple[int, int]] = []
    end = 0
    for start, stop, _closed in [*fences(source), (len(source), len(source), True)]:
        spans += _tick_spans(source, end, start)
        spans.append((start, stop))
        end = stop
    return spans[:-1]


def _tick_spans(source: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    borders = [found.start() for found in _BLANK_LINE.finditer(source, start, stop)]
    for begin, end in zip([start, *borders], [*borders, stop], strict=True):
        runs = [
            run
            for run in _TICKS.finditer(source, begin, end)
            if not _is_escaped(source, run.start())
        ]
        yield from _paired(runs)


def _paired(runs: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """Each run of backticks closes with the next one of its length."""
    places: dict[int, list[int]] = {}
    for place, run in reversed(list(enumerate(runs))):
        places.setdefault(len(run[0]), []).append(place)
    at = 0
    while at < len(runs):
        same = places[len(runs[at][0])]
        while same and same[-1] <= at:
            same.pop()
        if same:
            yield runs[at].start(), runs[same[-1]].end()
            at = same[-1] + 1
        else:
            at += 1
