"""Plain text as Markdown that renders to the same lines.

What a person typed on a site without Markdown must look the same on one with it:
"1)โครงสร้าง" stays a line, "*" stays a star, and "๑. " does not become a list that counts
from another number.  Only the bullet "•" is meant as a list and becomes one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ADDRESS = re.compile(r"https?://[^\s<>\"'`*\[\]{}\\\u0e00-\u0e7f]+")
_ANYWHERE = re.compile(
    r"[\\`*\[{~]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # inside a word an underscore is only itself
    r"|={2,}"
)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY = re.compile(r"&(?=#|\w{1,32};)")
#: Beginnings of a line that mean something: headings, quotes, lists, numbers with a dot.
_BEGINNING = re.compile(r"(?:\d{1,9}(?=\.\s)|(?=[#>]|[+-]\s))")
#: Lines that rule off, underline a heading or divide a table.
_RULE = re.compile(r"(?=[-=:|+])[-=:|+\s]+\Z")
_SIGN = re.compile(r"[-=|+]")
_BULLET = re.compile(r"[•·●▪]\s*")


def to_markdown(lines: Iterable[str]) -> str:
    """The Markdown of ``lines``: a blank line parts paragraphs, others keep their break.

    Blank lines at the ends are dropped, several together count as one.
    """
    out: list[str] = []
    in_list = False
    for line in lines:
        line = line.strip(" \t")
        bullet = _BULLET.match(line)
        if not line.strip():
            in_list = False
            if out and out[-1]:
                out.append("")
            continue
        if bool(bullet) != in_list and out and out[-1]:
            out.append("")
        in_list = bool(bullet)
        if bullet:
            out.append("- " + escaped_line(line[bullet.end() :]))
        else:
            out.append(escaped_line(line))
    return "\n".join(out).strip("\n")


def escaped_line(line: str) -> str:
    """``line`` with a backslash before everything that Markdown would take as a sign."""
    if _RULE.match(line):
        return _SIGN.sub(r"\\\g<0>", line, count=1)
    kept: list[str] = []
    end = 0
    for address in _ADDRESS.finditer(line):
        kept += [_escaped(line[end : address.start()]), address[0]]
        end = address.end()
    kept.append(_escaped(line[end:]))
    text = "".join(kept)
    beginning = _BEGINNING.match(text)
    return f"{text[: beginning.end()]}\\{text[beginning.end() :]}" if beginning else text


def _escaped(text: str) -> str:
    text = _ANYWHERE.sub(lambda found: "".join(f"\\{c}" for c in found[0]), text)
    return _TAG.sub("&lt;", _ENTITY.sub("&amp;", text))
