"""The allow-list that all HTML made from people's text passes; what is not named is dropped.

No svg, math, iframe, form, style attribute or event handler.  Pictures come from this site
only, so that no reader's browser is sent to a third party.
"""

from __future__ import annotations

import html
import re
from typing import Final

import nh3

EXTERNAL_REL: Final = "nofollow ugc noopener"

TAGS: Final = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
_ATTRIBUTES: Final = {
    "a": {"href", "title", "aria-label"},
    "img": {"src", "alt", "title"},
    "figure": {"data-upload", "title"},
    "ol": {"start"},
    "li": {"id"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}
_ALIGN: Final = {"left", "center", "right"}
_VALUES: Final = {
    "th": {"align": _ALIGN, "scope": {"col", "row"}},
    "td": {"align": _ALIGN},
    "img": {"loading": {"lazy"}, "decoding": {"async"}},
}
_CLASSES: Final = {
    "a": {"anchor", "self", "wikilink", "redlink"},
    "li": {"part", "point", "principle", "step", "line", "task-list-item"},
    "p": {"lesson-group", "part-label"},
    "small": {"part-meta"},
    "span": {
        "aar",
        "part-from",
        "part-source",
        "part-teller",
        "part-who",
        "part-due",
        "part-state",
        "part-closed",
        "open",
        "closed",
    },
    "div": {"unrendered"},
    "figure": {"photo"},
}
_CLEANER: Final = nh3.Cleaner(
    tags=set(TAGS),
    attributes=_ATTRIBUTES,
    tag_attribute_values=_VALUES,
    allowed_classes=_CLASSES,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel=EXTERNAL_REL,
    strip_comments=True,
)

# What nh3 writes has one form: attributes in quotes, & and " escaped inside them.
_TAG = re.compile(r'<(/?[a-z][a-z0-9]*)((?:\s+[a-z-]+="[^"]*")*)\s*/?>')
_OWN_LINK = re.compile(r'href="(?:/(?![/\\])|#)')
_FOREIGN_PICTURE = re.compile(r'<img(?![^>]*\ssrc="/(?![/\\]))(?:\s+[a-z-]+="[^"]*")*\s*/?>')
_REL = f' rel="{EXTERNAL_REL}"'
_SIGNS = re.compile(r'<a [^>]*class="(?:anchor|self)"[^>]*>[^<]*</a>')
_BLOCKS = frozenset(
    [
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    ]
)


def sanitize(source: str) -> str:
    """``source`` with nothing but the tags and attributes of the list.

    Links that leave the site say so to search engines; links inside it carry no rel.
    """
    cleaned = _CLEANER.clean(source)
    if "<img" in cleaned:
        cleaned = _FOREIGN_PICTURE.sub("", cleaned)
    return _TAG.sub(_without_needless_rel, cleaned) if _REL in cleaned else cleaned


def visible_text(cleaned: str) -> str:
    """The text a reader sees of sanitised HTML; blocks on lines of their own.

    The signs that only link to their own place (#k1) are left out.
    """
    text = _SIGNS.sub("", cleaned)
    text = html.unescape(_TAG.sub(_block_border, text))
    lines = (" ".join(line.split(" ")).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _without_needless_rel(found: re.Match[str]) -> str:
    if found[1] != "a" or not _OWN_LINK.search(found[2]):
        return found[0]
    return found[0].replace(_REL, "")


def _block_border(found: re.Match[str]) -> str:
    return "\n" if found[1].removeprefix("/") in _BLOCKS else ""
