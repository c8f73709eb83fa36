"""A saved web page reduced to the lines that a person sees.

Plain text passes through unchanged, so that one parser serves both.  No class name, id or
place in the tree is relied upon: sites rename those, and browsers rewrite them on saving.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lxml import etree

from app.formats.records import ReadError
from app.text.cleaning import UncleanText, clean_text

#: A page of 3,000 comments has 4 MB.
LIMIT_MB = 16

#: Bullet of a list without numbers, as GotoKnow's own plain text shows it.
BULLET = "•"
#: Stands where a picture was, so that its loss can be told.
PICTURE = "\ufffc"


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows, and what its markup says about itself."""

    lines: tuple[str, ...]  # no spaces or tabs at their ends; no-break spaces kept
    titles: tuple[str, ...] = ()  # of <h1>, og:title and <title>, in that order
    people: tuple[str, ...] = ()  # of the author's meta tag and links to a profile
    is_markup: bool = False


def read_page(source: str | bytes, *, path: str = "") -> Page:
    """The visible lines of plain text or HTML.

    :raises ReadError: too_large, encoding, unclean, empty.
    """
    if len(source) > LIMIT_MB * 1_000_000:
        raise ReadError("too_large", path, 0, {"limit": LIMIT_MB})
    text = decode(source, path=path) if isinstance(source, bytes) else source
    if not text.removeprefix("\ufeff").strip():
        raise ReadError("empty", path)
    if not looks_like_markup(text):
        return Page(_cleaned(text, path, has_lines=True))
    # A parser takes NUL for the end of the page; browsers show nothing for it.
    page = _reduce(text.replace("\x00", ""))
    return replace(page, lines=_cleaned("\n".join(page.lines), path, has_lines=False))


def _cleaned(text: str, path: str, *, has_lines: bool) -> tuple[str, ...]:
    """The lines of ``text``; ``has_lines``: its line numbers mean something to a person."""
    try:
        lines = clean_text(text).split("\n")
    except UncleanText as error:
        line = text.count("\n", 0, error.position) + 1 if has_lines else 0
        character = f"U+{error.code_point:04X}"
        raise ReadError("unclean", path, line, {"character": character}) from error
    return tuple(line.strip(" \t") for line in lines)


_CHARSET = re.compile(
    rb"<(?:meta\b[^>]{0,200}?charset\s*=|\?xml\b[^>]{0,80}?encoding\s*=)"
    rb"\s*[\"']?\s*([\w-]{3,20})",
    re.IGNORECASE,
)
#: The encodings of Thai pages from before UTF-8, by the names they go under.
_THAI_CHARSETS = {"windows-874": "cp874", "tis-620": "cp874", "iso-8859-11": "cp874"}


def decode(data: bytes, *, path: str = "") -> str:
    """UTF-8, or the Thai encoding that the page itself declares.

    :raises ReadError: encoding, with the line.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        declared = _CHARSET.search(data[:4096])
        name = declared[1].decode("ascii", "replace").lower() if declared else ""
        if name in _THAI_CHARSETS:
            return data.decode(_THAI_CHARSETS[name], "replace")
        line = data.count(b"\n", 0, error.start) + 1
        raise ReadError("encoding", path, line) from error


_DOCUMENT = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_END_TAG = re.compile(r"</[a-z][a-z0-9]*\s*>", re.IGNORECASE)


def looks_like_markup(text: str) -> bool:
    """Whether ``text`` is a page of HTML, and not text with a few stray tags in it."""
    if not text.removeprefix("\ufeff").lstrip().startswith("<"):
        return False
    ends = sum(1 for _ in zip(range(3), _END_TAG.finditer(text), strict=False))
    return bool(_DOCUMENT.search(text[:4096])) or ends == 3


# fmt: off
_HIDDEN = frozenset(
    (
        "script", "style", "template", "noscript", "head", "nav", "button", "select", "option",
        "textarea", "datalist", "svg", "math", "iframe", "object", "embed", "canvas", "audio",
        "video", "map",
    )
)
_PARAGRAPHS = frozenset(
    (
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre",
        "figure", "hr", "fieldset",
    )
)
_LINES = frozenset(
    (
        "div", "section", "article", "header", "footer", "main", "aside", "form", "address", "li",
        "dt", "dd", "tr", "caption", "figcaption", "details", "summary", "body", "html", "legend",
        "center",
    )
)
_CELLS = frozenset({"td", "th"})
_VOID = frozenset(
    (
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr",
    )
)
# fmt: on
_INVISIBLE_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_PROFILE = re.compile(r"/(?:profile|profiles|user|users|people|author|@)[/@\w]", re.IGNORECASE)
_MOST_NAMES = 100
_BLANKS = re.compile(r"[ \t\n\r\f\v]+")


def _reduce(text: str) -> Page:
    """The visible lines of a document.

    The parser never opens a file or an address and expands no entities of the document's
    own; it hands over events, so that deep nesting costs neither recursion nor a tree.
    """
    reducer = _Reducer()
    parser = etree.HTMLParser(
        target=reducer, encoding="utf-8", no_network=True, huge_tree=False, recover=True
    )
    data = text.encode("utf-8", "replace")
    try:
        parser.feed(data)
        parser.close()
    except etree.LxmlError:
        # Beyond the parser's limits (depth, length of a name): what was seen so far counts.
        reducer.close()
    return Page(tuple(reducer.lines), tuple(reducer.titles), tuple(reducer.people), is_markup=True)


class _Reducer:
    """Takes the parser's events and lays the text out in lines, as a browser would."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.heads: list[str] = []  # of <h1>
        self.named: list[str] = []  # og:title, then <title>
        self.people: list[str] = []
        self.line: list[str] = []  # pieces of the line that is being laid out
        self.mark = ""  # bullet or number of an item that has no text yet
        self.gap = 0  # line breaks that are due before the next text
        self.open: list[str] = []
        self.hidden_from: int | None = None  # depth where a hidden element began
        self.lists: list[int] = []  # numbers of open lists; -1: bullets
        self.catching: list[tuple[int, list[str], list[str]]] = []  # depth, words, goal

    @property
    def titles(self) -> list[str]:
        return self.heads + self.named

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "meta":
            self.take_meta(attributes)
        if tag not in _VOID:
            self.open.append(tag)
        if tag == "title":
            self.catch(self.named)
        if self.hidden_from is None and tag not in _VOID and _is_hidden(tag, attributes):
            self.hidden_from = len(self.open)
        if self.hidden_from is None:
            self.lay(tag, attributes)

    def lay(self, tag: str, attributes: Mapping[str, str]) -> None:
        """What the beginning of a visible element does to the lines."""
        if tag == "br":
            self.end_line(forced=True)
        elif tag == "img":
            self.write(PICTURE)
        elif tag in _CELLS:
            self.write(" ")
        else:
            self.break_around(tag)
        if tag in ("ul", "ol"):
            self.lists.append(0 if tag == "ol" else -1)
        elif tag == "li":
            self.begin_item()
        elif tag == "h1":
            self.catch(self.heads)
        elif tag == "a" and (
            attributes.get("rel") == "author" or _PROFILE.search(attributes.get("href", "")[:300])
        ):
            self.catch(self.people)

    def end(self, tag: str) -> None:
        if tag in _VOID:
            return
        while self.catching and self.catching[-1][0] >= len(self.open):
            _, words, goal = self.catching.pop()
            word = _BLANKS.sub(" ", "".join(words)).strip()
            if word:
                goal.append(word)
        if self.hidden_from is None:
            self.break_around(tag)
            if tag in ("ul", "ol") and self.lists:
                self.lists.pop()
        elif self.hidden_from >= len(self.open):
            self.hidden_from = None
        if self.open:
            self.open.pop()

    def data(self, text: str) -> None:
        for _, words, _goal in self.catching:
            words.append(text)
        if self.hidden_from is not None:
            return
        if "pre" in self.open:
            for number, part in enumerate(text.split("\n")):
                if number:
                    self.end_line(forced=True)
                self.write(part)
        else:
            self.write(_BLANKS.sub(" ", text))

    def comment(self, text: str) -> None:
        """Comments of the markup are not seen."""

    def close(self) -> None:
        self.end_line()

    # -- lines ---------------------------------------------------------------------------

    def write(self, text: str) -> None:
        if not self.line:
            text = text.lstrip(" ")
        if not text:
            return
        if self.mark:  # waits for the item's own text, which may lie in a paragraph
            text, self.mark = self.mark + text.lstrip(" "), ""
        if self.gap and self.lines and self.lines[-1]:
            self.lines.extend([""] * (self.gap - 1))
        self.gap = 0
        both_blank = bool(self.line) and self.line[-1].endswith(" ") and text.startswith(" ")
        text = text[1:] if both_blank else text
        if text:
            self.line.append(text)

    def end_line(self, *, forced: bool = False) -> None:
        if self.line or forced:
            self.lines.append("".join(self.line).rstrip(" "))
        self.line = []

    def break_around(self, tag: str) -> None:
        if tag in _PARAGRAPHS or tag in _LINES:
            self.end_line()
            inside_item = "li" in self.open[-3:] and tag not in ("ul", "ol", "li")
            paragraph = tag in _PARAGRAPHS and not inside_item
            self.gap = max(self.gap, 2 if paragraph else 1)

    def begin_item(self) -> None:
        if self.lists and self.lists[-1] >= 0:
            self.lists[-1] += 1
            self.mark = f"{self.lists[-1]}. "
        else:
            self.mark = f"{BULLET} "

    # -- what the markup says of itself ---------------------------------------------------

    def catch(self, goal: list[str]) -> None:
        """Note the words of the element that begins; elements inside it are its words."""
        if len(goal) < _MOST_NAMES and all(goal is not other for *_, other in self.catching):
            self.catching.append((len(self.open), [], goal))

    def take_meta(self, attributes: Mapping[str, str]) -> None:
        name = (attributes.get("property") or attributes.get("name") or "").lower()
        content = _BLANKS.sub(" ", attributes.get("content") or "").strip()
        if content and name == "og:title":
            self.named.insert(0, content)
        elif content and name == "author":
            self.people.insert(0, content)


def _is_hidden(tag: str, attributes: Mapping[str, str]) -> bool:
    return (
        tag in _HIDDEN
        or "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or attributes.get("role") == "navigation"
        or bool(_INVISIBLE_STYLE.search(attributes.get("style", "")[:1000]))
    )
