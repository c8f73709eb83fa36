"""Files of this and other systems to records and back; no table is known here.

To read another format, write a module with a reader and add a line to ``READERS``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.formats import content_folder, gotoknow
from app.formats.records import ReadError, Record

__all__ = ["READERS", "Reader", "read"]


@dataclass(frozen=True, slots=True)
class Reader:
    """How to know the files of one format, and how to read them."""

    name: str  # as shown to people
    fits: Callable[[Path], bool]
    read: Callable[[Path], Iterator[Record | ReadError]]


def _saved_page(path: Path) -> Iterator[Record | ReadError]:
    try:
        yield gotoknow.parse(content_folder.read_bytes(path, path.name), path=path.name)
    except ReadError as error:
        yield error


def _ends_in(*endings: str) -> Callable[[Path], bool]:
    return lambda path: path.suffix.casefold() in endings


#: The first that fits reads.
READERS = (
    Reader("content folder", Path.is_dir, content_folder.read_folder),
    Reader("*.md", _ends_in(".md"), content_folder.read_entry_file),
    Reader("*.html *.htm *.txt", _ends_in(".html", ".htm", ".xhtml", ".txt"), _saved_page),
)


def read(path: str | os.PathLike[str]) -> Iterator[Record | ReadError]:
    """Everything that a file or folder says, and what could not be read, in a stable order.

    Nothing is raised: a path that does not exist is a ReadError like any other fault.
    """
    place = Path(path)
    if not os.path.lexists(place):
        yield ReadError("missing", os.fspath(path))
        return
    for reader in READERS:
        if reader.fits(place):
            yield from reader.read(place)
            return
    known = ", ".join(reader.name for reader in READERS)
    yield ReadError("unknown_format", os.fspath(path), 0, {"known": known})
