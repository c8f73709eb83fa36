"""YAML as this project uses it: names, lists and plain values, each with its line.

Only the events of the parser are used.  Nothing is constructed from a tag, anchors and
aliases are refused (nine lines of aliases can stand for gigabytes), and what a value means
is decided by the field that takes it (``fields.py``), not by how it looks: ``no`` is a word
until somebody asks for a flag.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from app.formats.records import ReadError

#: Without libyaml PyYAML brings no C loader; the slow one reads the same.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

FRONT_MATTER_LIMIT = 256_000  # characters
LIST_LIMIT = 4_000_000  # characters of communities.yaml and its sisters
DEPTH_LIMIT = 8
FENCE = "---"

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(slots=True)
class Node:
    """A value of the file: a ``word``, or a list, or names with values; and its line."""

    line: int
    word: str | None = None  # None in a scalar's place: written as nothing, ~ or null
    items: list[Node] | None = None
    pairs: dict[str, Node] | None = None
    key_lines: dict[str, int] = field(default_factory=dict)

    @property
    def is_word(self) -> bool:
        return self.items is None and self.pairs is None


@dataclass(frozen=True, slots=True)
class Parts:
    """A file cut at its fences."""

    front: str
    body: str
    line: int  # of the first line of the body


def split(text: str, *, path: str = "") -> Parts:
    """Cut ``text`` ("\\n" line ends) into front matter and body.

    :raises ReadError: no_front_matter, open_front_matter.
    """
    if not text.strip():
        raise ReadError("empty", path)
    if text != FENCE and not text.startswith(FENCE + "\n"):
        raise ReadError("no_front_matter", path, 1)
    closing = re.compile(r"^---[ \t]*$", re.MULTILINE).search(text, len(FENCE))
    if closing is None:
        raise ReadError("open_front_matter", path, 1)
    front = text[len(FENCE) + 1 : closing.start()]
    after = text[closing.end() + 1 :]
    body = after.lstrip("\n")
    blank = len(after) - len(body)
    return Parts(front, body, text.count("\n", 0, closing.end()) + 2 + blank)


def parse(
    text: str,
    *,
    path: str = "",
    first_line: int = 1,
    limit: int = FRONT_MATTER_LIMIT,
) -> Node:
    """The one document of ``text`` as a tree of nodes.

    :param first_line: the line of the file where ``text`` begins.
    :param limit: most characters that are looked at.
    :raises ReadError: with the line where reading stopped.
    """
    if len(text) > limit:
        raise ReadError("yaml_size", path, first_line)
    try:
        return _Builder(path, first_line).build(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = first_line + (mark.line if mark else 0)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None)
        raise ReadError("yaml", path, line, {"problem": problem or "unknown"}) from error


class _Builder:
    """Makes nodes from the parser's events, with its own stack: depth costs no recursion."""

    def __init__(self, path: str, first_line: int) -> None:
        self.path = path
        self.first_line = first_line
        self.root: Node | None = None
        self.stack: list[Node] = []
        self.keys: list[str | None] = []  # the name that waits for its value, per level

    def build(self, events: Iterable[yaml.Event]) -> Node:
        documents = 0
        for event in events:
            mark = event.start_mark
            line = self.first_line + (mark.line if mark else 0)
            self.refuse_magic(event, line)
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise ReadError("yaml_documents", self.path, line)
            elif isinstance(event, yaml.ScalarEvent):
                self.add_word(event, line)
            elif isinstance(event, yaml.SequenceStartEvent):
                self.open(Node(line, items=[]))
            elif isinstance(event, yaml.MappingStartEvent):
                self.open(Node(line, pairs={}))
            elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                self.stack.pop()
                self.keys.pop()
        return self.root or Node(self.first_line)

    def refuse_magic(self, event: yaml.Event, line: int) -> None:
        magic = getattr(event, "anchor", None) or getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent) or magic not in (None, "!"):
            raise ReadError("yaml_anchor", self.path, line)

    def open(self, node: Node) -> None:
        if len(self.stack) >= DEPTH_LIMIT:
            raise ReadError("yaml_depth", self.path, node.line)
        self.attach(node)
        self.stack.append(node)
        self.keys.append(None)

    def add_word(self, event: yaml.ScalarEvent, line: int) -> None:
        plain = event.style is None or event.style == ""
        is_key = bool(self.stack) and self.stack[-1].pairs is not None and self.keys[-1] is None
        if is_key:
            self.open_key(event.value, line)
        else:
            empty = plain and event.value in _NULLS
            self.attach(Node(line, word=None if empty else event.value))

    def open_key(self, name: str, line: int) -> None:
        parent = self.stack[-1]
        if name in parent.key_lines:
            raise ReadError("twice", self.path, line, {"name": name})
        parent.key_lines[name] = line
        self.keys[-1] = name

    def attach(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if parent.items is not None:
            parent.items.append(node)
        elif parent.pairs is not None:
            name = self.keys[-1]
            if name is None:  # a list or group of values where a name should stand
                raise ReadError("not_names", self.path, node.line)
            parent.pairs[name] = node
            self.keys[-1] = None


#: What :func:`compose` can write.
Value = str | int | bool | list[str] | list[int] | Mapping[str, "Value"]


def compose(values: Mapping[str, Value], body: str) -> str:
    """The text of a file: front matter in the order of ``values``, then the body.

    Empty values are left out.  ``split`` and ``parse`` read the same words back.
    """
    lines = [f"{name}: {text}" for name, text in _written(values)]
    front = "".join(f"{line}\n" for line in lines)
    return f"{FENCE}\n{front}{FENCE}\n" + (f"\n{body}\n" if body else "")


def _written(values: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if value is True or (value not in ("", [], {}) and value is not False):
            yield name, _flow(value)


def _flow(value: Value) -> str:
    """``value`` on one line."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{name}: {text}" for name, text in _written(value))
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{', '.join(_flow(item) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else _word(value)


#: Words that every YAML reader takes for text, and that need no quotes in a flow list.
_BARE = re.compile(
    r"(?!(?:true|false|yes|no|on|off|null|y|n)\Z)"
    r"[A-Za-z\u0e01-\u0e2e\u0e40-\u0e44]"
    r"(?:[\w.()/+@\u0e00-\u0e7f\u2013-]| (?! |\Z)|:(?=[\w/]))*\Z",
    re.IGNORECASE,
)
_ISO = re.compile(r"\d{4}-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d)?)?)?\Z")

#: Characters that YAML does not print, folds as line ends, or takes for a byte order mark.
_UNPRINTED = re.compile("[\x7f-\xa0\xad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufffe\uffff]")


def _word(text: str) -> str:
    if _BARE.match(text) or _ISO.match(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
