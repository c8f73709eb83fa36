"""The folder of an index: one sub-folder for each generation, and CURRENT that names one.

A rebuild writes a new generation beside the old one and then changes CURRENT, so there is
no moment without an index.  Inside a generation MANIFEST.json names the engine, the
segments, what is deleted in them and the last change of the log that they hold: a commit
is one rename.  It carries a sum of every file and of itself, so that damage which no
reader would stumble over is found all the same (``verify``).

``building/`` is an index folder of its own, in which one process builds a generation that
is then adopted; what a killed process left there is removed by the next one.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import threading
import time
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from app.search.engine import IndexUnusable
from app.search.engines import footers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from whoosh.util.filelock import FileLock, try_for

FORMAT = 2
MANIFEST = "MANIFEST.json"
CURRENT = "CURRENT"
BUILDING = "building"
_GENERATION = re.compile(r"generation-[0-9]{6}-[0-9a-f]{6}")
#: A second writer waits this long.  The slowest batch measured (500 documents) takes 2 s.
LOCK_WAIT_S = 10.0
#: A file written aside and not renamed for so long belongs to a process that died.
LEFT_OVER_S = 60.0


@dataclass(frozen=True)
class SegmentInfo:
    """A segment as a commit knows it."""

    name: str
    documents: int  # deleted ones included
    sizes: dict[str, int]  # bytes of each file, by suffix
    deleted: tuple[int, ...] = ()  # places, sorted
    sums: dict[str, int] = field(default_factory=dict)  # crc32 of each file; made at the commit

    @property
    def live(self) -> int:
        return self.documents - len(self.deleted)


@dataclass(frozen=True)
class Manifest:
    """One commit.  ``fingerprint`` is made by ``fingerprint_of`` and names the engine first."""

    fingerprint: str
    sequence: int = 0
    commit: int = 0
    segments: tuple[SegmentInfo, ...] = field(default_factory=tuple)
    format: int = FORMAT

    @property
    def engine(self) -> str:
        return self.fingerprint.partition(":")[0]


def fingerprint_of(engine: str, analysis: str) -> str:
    """What a generation must have been made by: this engine with this analysis."""
    return f"{engine}:{analysis}"


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

    def engine(self) -> str:
        """The name of the engine that made the generation in use.

        :raises IndexUnusable: if there is none, or its manifest cannot be read.
        """
        generation = self.generation()
        try:
            return str(json.loads((generation / MANIFEST).read_bytes())["engine"])
        except (OSError, ValueError, KeyError, TypeError) as cause:
            raise IndexUnusable(f"{generation / MANIFEST} cannot be read: {cause!r}") from cause

    def stamp(self) -> tuple[int, int]:
        """Moves with every swap; (0, 0) while there is no index."""
        try:
            found = (self.path / CURRENT).stat()
        except OSError:
            return 0, 0
        return found.st_ino, found.st_mtime_ns

    def swapped_at(self) -> float | None:
        """When the generation in use came into use: seconds since 1970."""
        try:
            return (self.path / CURRENT).stat().st_mtime
        except OSError:
            return None

    def size(self) -> int:
        """Bytes of the generation in use; 0 when there is none."""
        try:
            return sum(file.stat().st_size for file in self.generation().rglob("*"))
        except (IndexUnusable, OSError):
            return 0

    def verify(self) -> int:
        """Read every file of the generation in use and compare its sum; returns how many.

        :raises IndexUnusable: if a file is missing or differs from what was written.
        """
        generation = self.generation()
        for _ in range(5):
            before = _unsealed(generation)
            try:
                segments = _manifest(before).segments
                for segment in segments:
                    check_sizes(generation, segment)
                    _check_sums(generation, segment)
                own = sum(len(segment.sums) for segment in segments)
                return own + sum(footers.check(m.parent) for m in generation.glob("*/meta.json"))
            except (IndexUnusable, OSError, ValueError, KeyError, TypeError) as cause:
                # A commit between the two reads removes files: look once more.
                generation = self.generation()
                if _unsealed(generation) == before:
                    raise IndexUnusable(f"{generation} is damaged: {cause}") from cause
        return 0  # it is written to all the time; the next look finds it at rest

    # --- generations ---

    def new_generation(self) -> Path:
        """An empty folder beside the others; not in use before ``switch``."""
        self.path.mkdir(parents=True, exist_ok=True)
        folder = self._next()
        folder.mkdir()
        return folder

    def _next(self) -> Path:
        numbers = [int(found.name.split("-")[1]) for found in self._generations()]
        return self.path / f"generation-{max(numbers, default=0) + 1:06}-{secrets.token_hex(3)}"

    def switch(self, generation: Path) -> None:
        """Let CURRENT name ``generation``, and remove the others."""
        _write_whole(self.path / CURRENT, generation.name.encode("ascii") + b"\n")
        for other in self._generations():
            if other != generation:
                shutil.rmtree(other, ignore_errors=True)

    def adopt(self, generation: Path) -> None:
        """Take in a generation that was built elsewhere on this disk, and switch to it."""
        with self.lock():
            place = self._next()
            generation.rename(place)
            try:
                _sync_folder(self.path)
                self.switch(place)
            except BaseException:
                shutil.rmtree(place, ignore_errors=True)
                raise

    def _generations(self) -> list[Path]:
        if not self.path.is_dir():
            return []
        return [found for found in self.path.iterdir() if _GENERATION.fullmatch(found.name)]

    def sweep(self) -> None:
        """Remove what killed processes left: half-built generations, files written aside."""
        if not self.path.is_dir():
            return
        with self.lock():
            try:
                current = self.generation()
            except IndexUnusable:
                return
            for other in self._generations():
                if other != current:
                    shutil.rmtree(other, ignore_errors=True)
            for left in self.path.glob(".*.*.*"):  # what was not renamed to its name
                with contextlib.suppress(FileNotFoundError):
                    if time.time() - left.stat().st_mtime > LEFT_OVER_S:
                        left.unlink()
        if (self.path / BUILDING).exists():
            # While another process builds there it stays.
            with contextlib.suppress(TimeoutError), self.building():
                pass

    # --- locks ---

    @contextlib.contextmanager
    def building(self) -> Iterator[Path]:
        """An empty index folder for one process that builds; removed on any way out.

        :raises TimeoutError: if another process builds.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(str(self.path / "BUILD_LOCK"))
        if not lock.acquire():
            raise TimeoutError(f"Another process is building an index in {self.path}.")
        folder = self.path / BUILDING
        try:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            lock.release()

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

    :raises IndexUnusable: if it cannot be read, or was made by another engine or another
        version of the analysis than ``fingerprint``.
    """
    data = _unsealed(generation)
    try:
        if data["format"] != FORMAT or data["fingerprint"] != fingerprint:
            raise IndexUnusable(
                f"{generation} was made by another version (format {data['format']}, "
                f"analysis {data['fingerprint']}; now {FORMAT}, {fingerprint})."
            )
        return _manifest(data)
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise IndexUnusable(f"{generation / MANIFEST} cannot be read: {cause}") from cause


def _manifest(data: dict[str, Any]) -> Manifest:
    segments = []
    for row in data["segments"]:
        if not re.fullmatch("[0-9a-f]{1,40}", row["name"]):
            raise ValueError(f"{row['name'][:60]!r} is no name of a segment")
        sizes = {str(suffix): int(size) for suffix, size in row["sizes"].items()}
        sums = {str(suffix): int(value) for suffix, value in row["sums"].items()}
        deleted = tuple(int(place) for place in row["deleted"])
        segments.append(SegmentInfo(row["name"], int(row["documents"]), sizes, deleted, sums))
    return Manifest(
        data["fingerprint"], int(data["sequence"]), int(data["commit"]), tuple(segments)
    )


def write_manifest(generation: Path, manifest: Manifest) -> None:
    """Commit: from here on readers see ``manifest``.  What no segment needs is removed.

    When it fails, what the last commit does not need is removed: on a full disk every new
    try would leave another segment behind.
    """
    try:
        for segment in manifest.segments:
            for suffix in segment.sizes:
                _to_disk(generation / f"{segment.name}{suffix}")
        summed = tuple(_summed(generation, segment) for segment in manifest.segments)
        data = {**asdict(replace(manifest, segments=summed)), "engine": manifest.engine}
        _write_whole(generation / MANIFEST, sealed(data))
    except OSError:
        with contextlib.suppress(IndexUnusable, OSError, KeyError, TypeError, ValueError):
            _remove_needless(generation, _manifest(_unsealed(generation)))
        raise
    _remove_needless(generation, manifest)


def _remove_needless(generation: Path, manifest: Manifest) -> None:
    needed = {
        f"{segment.name}{suffix}" for segment in manifest.segments for suffix in segment.sizes
    }
    for found in generation.iterdir():
        if found.name != MANIFEST and found.name not in needed:
            found.unlink(missing_ok=True)


def sealed(data: dict[str, Any]) -> bytes:
    """``data`` as JSON with a sum of itself, so that one wrong digit in it is noticed."""
    return json.dumps({**data, "seal": _seal(data)}).encode("ascii")


def _seal(data: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(data, sort_keys=True).encode("ascii"))


def _unsealed(generation: Path) -> dict[str, Any]:
    """What MANIFEST holds.

    :raises IndexUnusable: if it cannot be read or is not what was written.
    """
    try:
        data: dict[str, Any] = json.loads((generation / MANIFEST).read_bytes())
        seal = data.pop("seal")
        if seal != _seal(data):
            raise ValueError("its sum is another")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as cause:
        raise IndexUnusable(f"{generation / MANIFEST} cannot be read: {cause!r}") from cause
    return data


def _summed(generation: Path, segment: SegmentInfo) -> SegmentInfo:
    """``segment`` with the sums of its files; they never change afterwards."""
    if segment.sums.keys() == segment.sizes.keys():
        return segment
    sums = {suffix: _sum(generation / f"{segment.name}{suffix}") for suffix in segment.sizes}
    return replace(segment, sums=sums)


def _sum(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            found = zlib.crc32(piece, found)
    return found


def _check_sums(generation: Path, segment: SegmentInfo) -> None:
    """:raises IndexUnusable: if a file of ``segment`` is not what was written."""
    for suffix, wanted in segment.sums.items():
        path = generation / f"{segment.name}{suffix}"
        if _sum(path) != wanted:
            raise IndexUnusable(f"{path} is not what was written.")


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
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise


def _sync_folder(path: Path) -> None:
    """Flush the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
