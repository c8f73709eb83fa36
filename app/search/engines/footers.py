"""The sums that tantivy writes at the end of its own files, read from Python.

A file ends with JSON that holds the crc32 of all before it, the length of that JSON and a
magic number, four bytes each.  ``meta.json`` names the segments of the last commit; what it
does not name may still be being written.

Source: tantivy 0.27, src/directory/footer.rs.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from app.search.engine import IndexUnusable

META = "meta.json"
_END = struct.Struct("<II")
_MAGIC = 1337
_SUFFIXES = (".term", ".idx", ".pos", ".store", ".fast", ".fieldnorm")
_PIECE = 1 << 20


def check(folder: Path) -> int:
    """Compare the sum of every file of the last commit in ``folder``; returns how many.

    :raises IndexUnusable: if a file is missing or is not what was written.
    """
    for _ in range(5):
        meta = b""
        try:
            meta = (folder / META).read_bytes()
            return sum(_check_file(path) for path in _named(folder, meta))
        except (OSError, ValueError, KeyError, TypeError, struct.error) as cause:
            # A commit between the two reads removes files: look once more.
            if not (folder / META).is_file() or (folder / META).read_bytes() == meta:
                raise IndexUnusable(f"{folder} is damaged: {cause}") from cause
    return 0


def _named(folder: Path, meta: bytes) -> Iterator[Path]:
    for segment in json.loads(meta)["segments"]:
        name = segment["segment_id"].replace("-", "")
        yield from (folder / f"{name}{suffix}" for suffix in _SUFFIXES)
        if segment["deletes"]:
            yield folder / f"{name}.{segment['deletes']['opstamp']}.del"


def _check_file(path: Path) -> int:
    """1 for a file that is as it was written; ValueError for another."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(size - _END.size)
        length, magic = _END.unpack(file.read(_END.size))
        if magic != _MAGIC or length > size:
            raise ValueError(f"{path} does not end as it was written")
        file.seek(size - _END.size - length)
        wanted = json.loads(file.read(length))["crc"]
        left, found = size - _END.size - length, 0
        file.seek(0)
        while left > 0:
            piece = file.read(min(left, _PIECE))
            found, left = zlib.crc32(piece, found), left - len(piece)
    if found != wanted:
        raise ValueError(f"{path} is not what was written")
    return 1
