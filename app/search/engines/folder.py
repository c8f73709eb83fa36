"""The folder of an index: one sub-folder for each generation, and CURRENT that names one.

A rebuild writes a new generation beside the old one and then changes CURRENT, so there is
no moment without an index.  Inside a generation MANIFEST.json names the segments, what is
deleted in them and the last change of the log that they hold: a commit is one rename.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import threading
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from app.search.engine import IndexUnusable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from whoosh.util.filelock import FileLock, try_for

FORMAT = 1
MANIFEST = "MANIFEST.json"
CURRENT = "CURRENT"
_GENERATION = re.compile(r"generation-[0-9]{6}-[0-9a-f]{6}")
#: A second writer waits this long.  The slowest batch measured (500 documents) takes 2 s.
LOCK_WAIT_S = 10.0


@dataclass(frozen=True)
class SegmentInfo:
    """A segment as a commit knows it."""

    name: str
    documents: int  # deleted ones included
    sizes: dict[str, int]  # bytes of each file, by suffix
    deleted: tuple[int, ...] = ()  # places, sorted

    @property
    def live(self) -> int:
        return self.documents - len(self.deleted)


@dataclass(frozen=True)
class Manifest:
    """One commit."""

    fingerprint: str
    sequence: int = 0
    commit: int = 0
    segments: tuple[SegmentInfo, ...] = field(default_factory=tuple)
    format: int = FORMAT


class IndexFolder:
    """Finds, locks, commits and swaps generations below ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._threads = threading.RLock()  # the file lock is held per process
        self._depth = 0

    def generation(self) -> Path:
        """The generation that CURRENT names.

        :raises IndexUnusable: if there is none.
        """
        try:
            name = (self.path / CURRENT).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as cause:
            raise IndexUnusable(f"There is no index in {self.path}.") from cause
        if not _GENERATION.fullmatch(name) or not (self.path / name / MANIFEST).is_file():
            raise IndexUnusable(f"{self.path / CURRENT} names no index of ours: {name[:60]!r}.")
        return self.path / name

    def new_generation(self) -> Path:
        """An empty folder beside the others; not in use before ``switch``."""
        self.path.mkdir(parents=True, exist_ok=True)
        numbers = [int(found.name.split("-")[1]) for found in self._generations()]
        folder = self.path / f"generation-{max(numbers, default=0) + 1:06}-{secrets.token_hex(3)}"
        folder.mkdir()
        return folder

    def switch(self, generation: Path) -> None:
        """Let CURRENT name ``generation``, and remove the others."""
        _write_whole(self.path / CURRENT, generation.name.encode("ascii") + b"\n")
        for other in self._generations():
            if other != generation:
                shutil.rmtree(other, ignore_errors=True)

    def _generations(self) -> list[Path]:
        if not self.path.is_dir():
            return []
        return [found for found in self.path.iterdir() if _GENERATION.fullmatch(found.name)]

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one writer; freed on any way out, so a failed commit blocks nobody.

        :raises TimeoutError: if another process keeps writing for LOCK_WAIT_S.
        """
        with self._threads:
            if self._depth:
                yield
                return
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(str(self.path / "WRITE_LOCK"))
            if not try_for(lock.acquire, timeout=LOCK_WAIT_S, delay=0.05):
                raise TimeoutError(
                    f"Another process has been writing to {self.path} for {LOCK_WAIT_S:.0f} s."
                )
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                lock.release()


def read_manifest(generation: Path, fingerprint: str) -> Manifest:
    """The newest commit of ``generation``.

    :raises IndexUnusable: if it cannot be read, or was made by another version of the
        analysis than ``fingerprint``.
    """
    try:
        data = json.loads((generation / MANIFEST).read_bytes())
        if data["format"] != FORMAT or data["fingerprint"] != fingerprint:
            raise IndexUnusable(
                f"{generation} was made by another version (format {data['format']}, "
                f"analysis {data['fingerprint']}; now {FORMAT}, {fingerprint})."
            )
        return _manifest(data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as cause:
        raise IndexUnusable(f"{generation / MANIFEST} cannot be read: {cause}") from cause


def _manifest(data: dict[str, Any]) -> Manifest:
    segments = []
    for row in data["segments"]:
        if not re.fullmatch("[0-9a-f]{1,40}", row["name"]):
            raise ValueError(f"{row['name'][:60]!r} is no name of a segment")
        sizes = {str(suffix): int(size) for suffix, size in row["sizes"].items()}
        deleted = tuple(int(place) for place in row["deleted"])
        segments.append(SegmentInfo(row["name"], int(row["documents"]), sizes, deleted))
    return Manifest(
        data["fingerprint"], int(data["sequence"]), int(data["commit"]), tuple(segments)
    )


def write_manifest(generation: Path, manifest: Manifest) -> None:
    """Commit: from here on readers see ``manifest``.  What no segment needs is removed."""
    for segment in manifest.segments:
        for suffix in segment.sizes:
            _to_disk(generation / f"{segment.name}{suffix}")
    _write_whole(generation / MANIFEST, json.dumps(asdict(manifest)).encode("ascii"))
    needed = {
        f"{segment.name}{suffix}" for segment in manifest.segments for suffix in segment.sizes
    }
    for found in generation.iterdir():
        if found.name != MANIFEST and found.name not in needed:
            found.unlink(missing_ok=True)


def check_sizes(generation: Path, segment: SegmentInfo) -> None:
    """:raises IndexUnusable: if a file of ``segment`` is missing or was cut."""
    for suffix, size in segment.sizes.items():
        path = generation / f"{segment.name}{suffix}"
        found = path.stat().st_size if path.is_file() else -1
        if found != size:
            raise IndexUnusable(f"{path} should have {size} bytes and has {max(found, 0)}.")


def _write_whole(path: Path, data: bytes) -> None:
    """Replace ``path`` at once; after a power cut it is the old file or the new one."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


_synced: set[str] = set()


def _to_disk(path: Path) -> None:
    """Flush a finished file once; files of a segment never change afterwards."""
    if str(path) in _synced:
        return
    with path.open("rb") as file:
        os.fsync(file.fileno())
    if len(_synced) > 10_000:
        _synced.clear()
    _synced.add(str(path))
