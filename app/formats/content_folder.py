"""A content folder, read in an order that never changes.

communities.yaml, programs.yaml and glossary.yaml come first, because entries speak of
what they describe; then posts, lessons, pages, each by number or name; then files.
Whatever cannot be read is yielded as a ReadError in its place, and reading goes on.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.formats.entry_files import entry_or_problems, path_of, read_entry, write_entry
from app.formats.records import (
    EntryRecord,
    FileRecord,
    ReadError,
    Record,
)
from app.formats.taxonomy_files import READERS, read_list
from app.vocabulary import EntryKind

__all__ = [
    "path_of",
    "read_bytes",
    "read_entry",
    "read_entry_file",
    "read_folder",
    "read_text",
    "write_entry",
]

LISTS = tuple(READERS)
ENTRY_FOLDERS = ("posts", "lessons", "pages")
FILE_FOLDER = "files"

#: Larger than any text a person writes: the Bible in Thai has 9 MB.
TEXT_LIMIT_MB = 16

_FILE_NAME = re.compile(r"([0-9a-f]{64})\.([a-z0-9]{1,10})\Z")


def read_folder(path: str | os.PathLike[str]) -> Iterator[Record | ReadError]:
    """Everything that the folder ``path`` says, and what could not be read.

    A folder that has none of the known names is read as a heap of ``*.md`` files; the
    path of one such file is taken too.
    """
    root = Path(path)
    try:
        real = root.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        yield ReadError("missing", str(path))
        return
    if not real.is_dir():
        yield from read_entry_file(root)
        return
    names = _names_in(real)
    if isinstance(names, ReadError):
        yield names
    elif known := [n for n in (*LISTS, *ENTRY_FOLDERS, FILE_FOLDER) if n in names]:
        yield from _once_each(_parts(real, known))
    elif any(_is_markdown(name) for name in names):
        yield from _once_each(_entries(real, ""))
    else:
        words = ", ".join((*LISTS, *ENTRY_FOLDERS, FILE_FOLDER, "*.md"))
        yield ReadError("empty_folder", str(path), 0, {"known": words})


def read_entry_file(path: str | os.PathLike[str]) -> Iterator[Record | ReadError]:
    """The entry of one Markdown file that lies anywhere."""
    file = Path(path)
    # The folder's name tells the kind, as it does inside a content folder.
    folder = file.parent.name
    shown = _shown(folder if folder in ENTRY_FOLDERS else "", file.name)
    yield from _entry(file, shown)


def read_text(path: Path, shown: str) -> str:
    """The text of a file.

    :param shown: the name used in a complaint.
    :raises ReadError: not_a_file, unreadable, too_large, encoding (with its line).
    """
    data = read_bytes(path, shown)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ReadError("encoding", shown, line) from error


def read_bytes(path: Path, shown: str) -> bytes:
    """The content of a file that is not too large.

    :raises ReadError: not_a_file, unreadable, too_large.
    """
    try:
        found = path.stat()
        # A pipe would wait for a writer for ever.
        if not stat.S_ISREG(found.st_mode):
            raise ReadError("not_a_file", shown)
        if found.st_size > TEXT_LIMIT_MB * 1_000_000:
            raise ReadError("too_large", shown, 0, {"limit": TEXT_LIMIT_MB})
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ReadError("missing", shown) from error
    except OSError as error:
        cause = error.strerror or type(error).__name__
        raise ReadError("unreadable", shown, 0, {"cause": cause}) from error


def _parts(root: Path, names: Iterable[str]) -> Iterator[Record | ReadError]:
    for name in names:
        if name in LISTS:
            yield from _list(root, name)
        elif name in ENTRY_FOLDERS:
            yield from _entries(root, name)
        else:
            yield from _files(root)


def _list(root: Path, name: str) -> Iterator[Record | ReadError]:
    try:
        _stay_inside(root, root / name, name)
        text = read_text(root / name, name)
    except ReadError as error:
        yield error
    else:
        yield from read_list(text, path=name)


def _entries(root: Path, folder: str) -> Iterator[Record | ReadError]:
    for path, shown in _children(root, folder):
        if isinstance(path, ReadError):
            yield path
        elif _is_markdown(path.name):
            yield from _entry(path, shown)


def _entry(path: Path, shown: str) -> Iterator[Record | ReadError]:
    try:
        text = read_text(path, shown)
    except ReadError as error:
        yield error
    else:
        yield from entry_or_problems(text, path=shown)


def _files(root: Path) -> Iterator[Record | ReadError]:
    for path, shown in _children(root, FILE_FOLDER):
        if isinstance(path, ReadError):
            yield path
            continue
        found = _FILE_NAME.match(path.name)
        try:
            if found is None or not path.is_file() or _sha256(path) != found[1]:
                yield ReadError("wrong_sum", shown)
            else:
                size = path.stat().st_size
                yield FileRecord(sha256=found[1], extension=found[2], size=size, path=shown)
        except OSError as error:
            cause = error.strerror or type(error).__name__
            yield ReadError("unreadable", shown, 0, {"cause": cause})


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _children(root: Path, folder: str) -> Iterator[tuple[Path | ReadError, str]]:
    """The files of a folder, by number, then by name; hidden ones are not looked at."""
    place = root / folder
    try:
        _stay_inside(root, place, folder)
        names = _names_in(place, folder)
    except ReadError as error:
        names = error
    if isinstance(names, ReadError):
        yield names, folder
        return
    for name in names:
        shown = _shown(folder, name)
        try:
            _stay_inside(root, place / name, shown)
            yield place / name, shown
        except ReadError as error:
            yield error, shown


def _shown(folder: str, name: str) -> str:
    """A path that can be printed, composed as NFC (macOS hands out names decomposed)."""
    name = unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "replace"))
    return f"{folder}/{name}" if folder else name


def _names_in(folder: Path, shown: str = "") -> list[str] | ReadError:
    try:
        names = [name for name in os.listdir(folder) if not name.startswith(".")]
    except NotADirectoryError:
        return ReadError("not_a_file", shown)
    except OSError as error:
        cause = error.strerror or type(error).__name__
        return ReadError("unreadable", shown or str(folder), 0, {"cause": cause})
    return sorted(names, key=_by_number)


def _by_number(name: str) -> tuple[bool, int, str]:
    stem = name.split(".", 1)[0]
    is_number = stem.isascii() and stem.isdigit() and len(stem) < 19
    return (not is_number, int(stem) if is_number else 0, name)


def _stay_inside(root: Path, path: Path, shown: str) -> None:
    """Refuse a link that leads out of ``root``, which must be resolved already."""
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise ReadError("missing", shown) from error
    if not real.is_relative_to(root):
        raise ReadError("outside", shown)


def _is_markdown(name: str) -> bool:
    return name.casefold().endswith(".md")


def _once_each(found: Iterable[Record | ReadError]) -> Iterator[Record | ReadError]:
    """Complain about the second entry of a number, or page of a slug."""
    holders: dict[object, str] = {}
    for record in found:
        keys = _keys(record) if isinstance(record, EntryRecord) else {}
        taken = [key for key in keys if key in holders]
        if isinstance(record, EntryRecord) and taken:
            yield ReadError(
                "taken",
                record.path,
                record.lines.get("number", 0),
                {"what": keys[taken[0]], "other": holders[taken[0]]},
            )
            continue
        if isinstance(record, EntryRecord):
            holders.update(dict.fromkeys(keys, record.path))
        yield record


def _keys(entry: EntryRecord) -> dict[object, str]:
    """What no other entry may have, and how it is shown."""
    keys: dict[object, str] = {}
    if entry.number is not None:
        keys[entry.number] = str(entry.number)
    if entry.kind is EntryKind.PAGE:
        keys[entry.slug] = entry.slug
    return keys
