"""The Markdown of this site, as Python-Markdown with our rules; runs in the child process.

What differs from plain Markdown, and why:

- HTML is shown, not obeyed, but for a few signs without attributes (<br>, <sub> …): a
  writer's "<" is a letter, and parsing HTML is where hostile text costs most.
- Indented text is text: Thai paragraphs open with spaces.  Code is fenced.
- A list may follow a line of text without a blank line, and two spaces nest it.
- A heading needs a space after its #; "#คำสำคัญ" is a tag.  A line of hyphens is a rule.
- The page has the title, so a "# heading" is one of the second level.
- Pictures come from this site; others become links.
- Rows of lessons and forums (text {#k1 source="…"}) become items with a link of their own.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as etree
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from markdown import Markdown
from markdown.blockprocessors import HashHeaderProcessor
from markdown.extensions.tables import TableExtension
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from app.text import lesson, references, rows
from app.text.form_words import BESIDE, TO_HEADING
from app.text.sanitize import sanitize, visible_text
from app.text.slugs import slugify
from app.text.years import thai_month

MOST_LIST_LEVELS = 8
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

_EXTENSIONS = ["nl2br", "sane_lists", "pymdownx.tasklist", "pymdownx.tilde", "pymdownx.mark"]
_SETTINGS = {
    # "~10 คน ~20 คน" means about, and nobody writes subscripts by hand.
    "pymdownx.tilde": {"subscript": False},
    "pymdownx.magiclink": {"hide_protocol": False},
}
_CHECKBOX = re.compile(r'<input type="checkbox" disabled( checked)?/?>')
_STASHED = re.compile("\x02[^\x03]*\x03")


def convert(source: str, links: Mapping[str, str]) -> dict[str, Any]:
    """Render ``source``: {"html", "headings": [[level, id, text], …], "plain"}.

    :param links: address of each wiki target that has a page.
    :raises RecursionError: for text nested deeper than Python can follow.
    """
    converter = _converter()
    converter.links = links
    converter.outline = []
    made = converter.convert(source)
    made = _CHECKBOX.sub(lambda found: "☑" if found[1] else "☐", made)
    cleaned = sanitize(made)
    outline = converter.outline
    return {"html": cleaned, "headings": outline, "plain": visible_text(cleaned)}


_made: list[Markdown] = []


def _converter() -> Markdown:
    """The converter, reset; made once, because making one costs as much as a short text."""
    if not _made:
        _made.append(_build())
    return _made[0].reset()


def forget() -> None:
    """Throw the converter away: an interrupted one may be in any state."""
    _made.clear()


def _build() -> Markdown:
    extensions = [*_EXTENSIONS, "pymdownx.magiclink", TableExtension(use_align_attribute=True)]
    md = Markdown(extensions=extensions, extension_configs=_SETTINGS, output_format="html")
    md.preprocessors.deregister("html_block")
    md.preprocessors.register(Fences(md), "fences", 25)
    md.preprocessors.register(Lists(md), "lists", 22)
    blocks = md.parser.blockprocessors
    blocks.deregister("code")
    blocks.deregister("setextheader")
    blocks.register(SpacedHeading(md.parser), "hashheader", 70)
    inline = md.inlinePatterns
    for name in ("html", "automail", "magic-mail"):
        inline.deregister(name)
    inline.register(WikiLinks(references.WIKI_LINK.pattern, md), "wikilink", 175)
    inline.register(PlainTags(PLAIN_TAG, md), "plain_tag", 90)
    inline.register(Comments(COMMENT, md), "comment", 91)
    # Thai has no space before an address: "ดูที่https://example.org".
    address = inline["magic-link"]
    address.compiled_re = re.compile(address.pattern.replace("(?<![^", "(?<![^\u0e00-\u0e7f", 1))
    md.treeprocessors.register(Rows(md), "rows", 30)
    md.treeprocessors.register(Finish(md), "finish", -10)
    return md


# -- lines ---------------------------------------------------------------------------------


class Fences(Preprocessor):
    """Fenced code, found in one pass; an open fence reaches to the end."""

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        pieces, end = [], 0
        for start, stop, closed in references.fences(text):
            code = text[start:stop].split("\n")[1 : -1 if closed else None]
            shown = html.escape("\n".join(code).rstrip("\n"), quote=False)
            held = self.md.htmlStash.store(f"<pre><code>{shown}\n</code></pre>")
            pieces += [text[end:start], f"\n\n{held}\n\n"]
            end = stop
        return "".join([*pieces, text[end:]]).split("\n") if pieces else lines


class Lists(Preprocessor):
    """Lists as people type them: right after a line of text, nested by two spaces or more."""

    ITEM = re.compile(r"^( *)([-*+]|\d{1,9}[.])( +)(?=\S)")
    RULE = re.compile(r"^ *(?:(?:\* *){3,}|(?:- *){3,})$")

    def run(self, lines: list[str]) -> list[str]:
        self.made: list[str] = []
        self.indents: list[int] = []  # of the markers of the open levels
        self.after_blank = True
        self.in_paragraph = False  # of an item, after a blank line
        for line in lines:
            self.take(line)
            self.after_blank = not line.strip()
        return self.made

    def take(self, line: str) -> None:
        item = self.ITEM.match(line)
        if item is None or self.RULE.match(line) or not self.may_begin(item):
            self.made.append(self.text(line))
            return
        if (self.in_paragraph or not self.indents) and not self.after_blank:
            self.made.append("")
        self.in_paragraph = False
        self.open(len(item[1]))
        self.made.append(" " * 4 * (len(self.indents) - 1) + line.lstrip(" "))

    def text(self, line: str) -> str:
        """A line that begins no item; after a blank line it may be a paragraph of one."""
        if self.RULE.match(line):
            self.indents = []
        elif self.indents and line.strip() and (self.after_blank or self.in_paragraph):
            if self.after_blank:
                self.close(len(line) - len(line.lstrip(" ")))
                self.in_paragraph = True
            return " " * 4 * len(self.indents) + line.lstrip(" ")
        return line

    def may_begin(self, item: re.Match[str]) -> bool:
        """A number other than 1 inside a paragraph is a number ("ปี\\n2550. …")."""
        return bool(self.indents) or self.after_blank or item[2] in "-*+" or item[2] == "1."

    def open(self, indent: int) -> None:
        while self.indents and indent < self.indents[-1]:
            self.indents.pop()
        if not self.indents or (
            indent >= self.indents[-1] + 2 and len(self.indents) < MOST_LIST_LEVELS
        ):
            self.indents.append(indent)

    def close(self, indent: int) -> None:
        """After a blank line: what is not indented below a marker is no part of its item."""
        while self.indents and indent < self.indents[-1] + 2:
            self.indents.pop()


class SpacedHeading(HashHeaderProcessor):
    """ATX headings; the space after the signs is needed."""

    RE = re.compile(r"(?:^|\n)(?P<level>#{1,6})[ \t]+(?P<header>[^\n]*?)[ \t]*(?:[ \t]#+)?(?:\n|$)")


# -- inside a line ---------------------------------------------------------------------------

PLAIN_TAG = r"<(/?)(b|i|u|s|em|strong|sub|sup|mark|kbd|small|del|ins|q|br)\s{0,9}/?>"
COMMENT = r"<!--"


class PlainTags(InlineProcessor):
    """A few signs of HTML, without attributes; the sanitiser closes what stays open."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str, int, int]:
        return self.md.htmlStash.store(f"<{m[1]}{m[2]}>"), m.start(0), m.end(0)


class Comments(InlineProcessor):
    """Comments of HTML (<!--more-->) are not for readers."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str | None, int | None, int | None]:
        end = data.find("-->", m.end(0), m.end(0) + 2000)
        return ("", m.start(0), end + 3) if end >= 0 else (None, None, None)


class WikiLinks(InlineProcessor):
    """[[target|label]]: to the page of that title, or to the place where it can be begun."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(
        self, m: re.Match[str], data: str
    ) -> tuple[etree.Element | None, int | None, int | None]:
        link = references.wiki_link(m)
        if link is None:
            return None, None, None
        address = self.md.links.get(link.target)
        shown = etree.Element("a")
        shown.set("class", "wikilink" if address else "redlink")
        section = f"#{quote(heading_id(link.section))}" if link.section else ""
        shown.set("href", (address or f"/pages/{quote(slugify(link.target))}") + section)
        shown.text = AtomicString(link.label)
        return shown, m.start(0), m.end(0)


# -- the tree before inline text: rows and boxes of lessons ------------------------------------

_BOX_MARK = re.compile(r"\s*\{\.box-([1-8])\}$")
_LABEL_MARK = " {.part-label}"
_CLASSES = {rows.POINT: "point", rows.PRINCIPLE: "principle", rows.STEP: "step", rows.LINE: "line"}
_BARE_ADDRESS = re.compile(r'(?:[a-z0-9-]+\.)+[a-z]{2,}/[^\s<>"]+')


class Rows(Treeprocessor):
    """Marks that lesson.to_markdown_for_reading left: rows, labels, groups of boxes."""

    def run(self, root: etree.Element) -> None:
        self.ids: set[str] = set()
        self.boxes(root)
        for item in root.iter("li"):
            holder = item[0] if len(item) and item[0].tag == "p" and not item.text else item
            part = rows.part_of(holder.text or "") if "{#" in (holder.text or "") else None
            if part is not None:
                self.row(item, holder, part)

    def boxes(self, root: etree.Element) -> None:
        for place, block in reversed(list(enumerate(root))):
            text = block.text or ""
            found = _BOX_MARK.search(text) if block.tag == "h2" else None
            if found:
                box = lesson.BOXES[int(found[1]) - 1]
                block.text = text[: found.start()]
                if box.is_aar:
                    _child(block, "span", "AAR", "aar")
                if self.opens_group(root, place, box.group):
                    group = etree.Element("p", {"class": "lesson-group"})
                    group.text = AtomicString(box.group.th)
                    root.insert(place, group)
            elif block.tag == "p" and text == lesson.ROWS_END:
                root.remove(block)
            elif block.tag == "p" and text.endswith(_LABEL_MARK):
                block.text = text.removesuffix(_LABEL_MARK)
                block.set("class", "part-label")

    def opens_group(self, root: etree.Element, place: int, group: lesson.Said) -> bool:
        """Whether no box of ``group`` stands before ``place``."""
        for block in root[:place]:
            found = _BOX_MARK.search(block.text or "") if block.tag == "h2" else None
            if found and lesson.BOXES[int(found[1]) - 1].group == group:
                return False
        return True

    def row(self, item: etree.Element, holder: etree.Element, part: rows.Part) -> None:
        if part.id not in self.ids and part.id != part.kind and "-" not in part.id:
            item.set("id", part.id)
        self.ids.add(part.id)
        item.set("class", f"part {_CLASSES[part.kind]}")
        holder.text = f"{part.text} "
        meta = etree.Element("small", {"class": "part-meta"})
        self.describe(meta, part)
        inside = [meta] if len(meta) else []
        if item.get("id"):
            own = etree.Element("a", {"class": "self", "href": f"#{part.id}"})
            own.text = AtomicString(f"#{part.id}")
            inside.append(own)
        for place, element in enumerate(inside):
            element.tail = " "
            holder.insert(place, element)

    def describe(self, meta: etree.Element, part: rows.Part) -> None:
        """Attributes in words, in the language of the lessons."""
        if part.sums:
            holder = _beside(meta, "part-from")
            for name in part.sums:
                number, sharp, row = name.rpartition("#")
                address = f"/posts/{number}#{row}" if sharp else f"#{row}"
                _child(holder, "a", f"#{name}" if not sharp else name, "", href=address).tail = " "
        if part.source:
            self.sources(_beside(meta, "part-source"), part.source)
        if part.teller:
            _beside(meta, "part-teller", part.teller)
        if part.who:
            _beside(meta, "part-who", part.who)
        if part.due:
            _beside(meta, "part-due", thai_month(part.due))
        if f"part-state {part.state}" in BESIDE:
            _beside(meta, f"part-state {part.state}")
        if re.fullmatch("[0-9]{1,15}", part.closed_by):
            holder = _beside(meta, "part-closed")
            _child(holder, "a", part.closed_by, "", href=f"/posts/{int(part.closed_by)}")
        for element in list(meta)[:-1]:
            element.tail = " · "

    def sources(self, holder: etree.Element, written: str) -> None:
        """Addresses and record numbers become links; anything else is Markdown of one line."""
        pieces = written.split(", ")
        if not any(_address_of(piece) for piece in pieces):
            holder.text = f"{holder.text}{written}"
            return
        for piece in pieces:
            address = _address_of(piece)
            shown = _child(holder, "a" if address else "span", piece, "", href=address)
            shown.tail = ", " if piece is not pieces[-1] else ""


def _address_of(source: str) -> str:
    if re.fullmatch(r"[0-9]{3,15}", source):
        return f"/posts/{source}"
    if source.startswith(("/posts/", "/lessons/", "/pages/", "https://", "http://")):
        return source if " " not in source else ""
    return f"https://{source}" if _BARE_ADDRESS.fullmatch(source) else ""


def _beside(meta: etree.Element, css: str, text: str = "") -> etree.Element:
    """One attribute of a row, after the word of the form for it."""
    return _child(meta, "span", f"{BESIDE[css].th}{text}", css)


def _child(
    parent: etree.Element, tag: str, text: str, css: str, *, href: str = ""
) -> etree.Element:
    made = etree.SubElement(parent, tag)
    if css:
        made.set("class", css)
    if href:
        made.set("href", href)
    made.text = AtomicString(text)
    return made


# -- the finished tree -------------------------------------------------------------------------


class Finish(Treeprocessor):
    """Headings with ids and links of their own; pictures of other sites as links.

    A picture ![words](upload:5) becomes an empty <figure data-upload="5">: whether a reader
    sees it is known only when the page is shown, and a door that forgets to ask shows none.
    """

    def run(self, root: etree.Element) -> None:
        self.ids: dict[str, int] = {}  # name -> how many headings have asked for it
        Figures().run(root)
        for element in list(root.iter()):
            if element.tag in HEADINGS:
                self.heading(element)
        for parent in list(root.iter()):
            for place, child in enumerate(parent):
                if child.tag == "img":
                    self.picture(parent, place, child)

    def heading(self, heading: etree.Element) -> None:
        if heading.tag == "h1":
            heading.tag = "h2"
        sign = heading.find("span[@class='aar']")
        if sign is not None:
            heading.remove(sign)
        text = " ".join(_STASHED.sub("", "".join(heading.itertext())).split())
        if not text:
            return
        name = self.free_id(heading_id(text))
        heading.set("id", name)
        self.md.outline.append([int(heading.tag[1]), name, text])
        if sign is not None:
            _append_text(heading, " ")
            heading.append(sign)
        _append_text(heading, " ")
        anchor = etree.SubElement(heading, "a", {"class": "anchor", "href": f"#{name}"})
        anchor.set("aria-label", f"{TO_HEADING.th}{text}")
        anchor.text = "#"

    def free_id(self, wanted: str) -> str:
        name = wanted
        while name in self.ids:
            self.ids[wanted] += 1
            name = f"{wanted}-{self.ids[wanted]}"
        self.ids[name] = 1
        return name

    def picture(self, parent: etree.Element, place: int, image: etree.Element) -> None:
        source = image.get("src", "")
        if source.startswith("/") and not source.startswith(("//", "/\\")):
            image.set("loading", "lazy")
            image.set("decoding", "async")
            return
        link = etree.Element("a", {"href": source})
        link.text = image.get("alt") or source
        link.tail = image.tail
        parent[place] = link


class Figures:
    """Uploads that a text shows or links to."""

    ADDRESS = re.compile(r"upload:([0-9]{1,9})")

    def run(self, root: etree.Element) -> None:
        for link in root.iter("a"):
            if found := self.ADDRESS.fullmatch(link.get("href", "")):
                link.set("href", f"/uploads/{found[1]}")
        for parent in list(root.iter()):
            for child in list(parent):
                if child.tag == "p" and any(self.number(one) for one in child):
                    self.split(parent, child)
                elif child.tag == "img" and self.number(child):
                    # In a table, an item, or a word set in bold: shown in place.
                    self.become(child)

    def number(self, element: etree.Element) -> str:
        if element.tag != "img":
            return ""
        found = self.ADDRESS.fullmatch(element.get("src", ""))
        return found[1] if found else ""

    def become(self, image: etree.Element) -> None:
        number, words = self.number(image), image.get("alt", "")
        image.tag = "figure"
        image.attrib.clear()
        image.set("class", "photo")
        image.set("data-upload", number)
        image.set("title", words)

    def split(self, parent: etree.Element, paragraph: etree.Element) -> None:
        """A figure stands between paragraphs, never inside one."""
        pieces = [etree.Element("p", dict(paragraph.attrib))]
        pieces[0].text = paragraph.text
        for child in list(paragraph):
            if not self.number(child):
                pieces[-1].append(child)
                continue
            after = etree.Element("p")
            after.text, child.tail = child.tail, None
            self.become(child)
            pieces += [child, after]
        kept = [one for one in pieces if one.tag != "p" or self.says_something(one)]
        if kept:
            kept[-1].tail = paragraph.tail
        place = list(parent).index(paragraph)
        parent.remove(paragraph)
        for one in reversed(kept):
            parent.insert(place, one)

    def says_something(self, paragraph: etree.Element) -> bool:
        """Whether more than line breaks is left; breaks at its ends go."""
        while len(paragraph) and paragraph[0].tag == "br" and not (paragraph.text or "").strip():
            paragraph.text = paragraph[0].tail
            paragraph.remove(paragraph[0])
        while (
            len(paragraph) and paragraph[-1].tag == "br" and not (paragraph[-1].tail or "").strip()
        ):
            paragraph.remove(paragraph[-1])
        return bool(len(paragraph) or (paragraph.text or "").strip())


def _append_text(parent: etree.Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def heading_id(text: str) -> str:
    """The id of a heading: its slug.

    One without a Thai letter gets "h-" before it: the ids of pages themselves (main,
    search, k1) are plain Latin and must not be met.
    """
    slug = slugify(text, limit=60, fallback="h")
    return slug if re.search("[\u0e00-\u0e7f]", slug) else f"h-{slug}"
