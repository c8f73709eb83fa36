"""What people want of an index, as small files in its folder.

The one process that writes the index reads them; every other process of the machine may
leave one: a command beside a running site, or a page that met damage.

``ENGINE``    the engine that is to be used here; chosen at the first build, then by a command
``REBUILD``   a rebuild is wanted; holds a word that tells one wish from the next
``DOUBT``     a search met damage; holds the generation in which
``PROGRESS``  how far the build is that goes on, or why the last one failed
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

ENGINE, REBUILD, DOUBT, PROGRESS = "ENGINE", "REBUILD", "DOUBT", "PROGRESS"
_MOST = 200  # letters of such a file that are read


@dataclass(frozen=True, slots=True)
class Progress:
    """A build that goes on, or the end of the last one."""

    engine: str
    done: int = 0
    total: int = 0
    failed: str = ""  # why the last build ended without an index


class Wishes:
    """The wishes in the index folder ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def engine(self) -> str:
        """The engine that is wanted here, as it was written; "" when nobody chose."""
        return self._read(ENGINE)

    def choose(self, engine: str) -> None:
        self._write(ENGINE, engine)

    def rebuild(self) -> str:
        """The word of the wish for a rebuild; "" when there is none."""
        return self._read(REBUILD)

    def ask_rebuild(self) -> str:
        """Leave a wish; returns its word."""
        word = secrets.token_hex(6)
        self._write(REBUILD, word)
        return word

    def fulfilled(self, word: str) -> None:
        """A rebuild that began after ``word`` was read is done; a later wish stays."""
        if word and self.rebuild() == word:
            self._remove(REBUILD)

    def doubt(self) -> str:
        """The generation in which a search met damage; "" when there is none."""
        return self._read(DOUBT)

    def leave_doubt(self, generation: str) -> None:
        """Ask for a look at ``generation``; nothing happens where nothing can be written."""
        with contextlib.suppress(OSError):
            if self.path.is_dir() and not (self.path / DOUBT).exists():
                self._write(DOUBT, generation)

    def looked(self) -> None:
        """The doubt was looked into."""
        self._remove(DOUBT)

    def progress(self) -> Progress | None:
        """How far a build is; None while none goes on and none has failed."""
        try:
            data = json.loads((self.path / PROGRESS).read_text("utf-8"))
            return Progress(
                str(data["engine"]), int(data["done"]), int(data["total"]), str(data["failed"])
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def tell(self, progress: Progress | None) -> None:
        """Say how far a build is; None: it is done.  Saying is no reason to fail."""
        with contextlib.suppress(OSError):
            if progress is None:
                self._remove(PROGRESS)
            else:
                self._write(PROGRESS, json.dumps(asdict(progress), ensure_ascii=False))

    def _read(self, name: str) -> str:
        try:
            return (self.path / name).read_text("utf-8")[:_MOST].strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def _write(self, name: str, said: str) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        aside = self.path / f".{name}.{os.getpid()}.{threading.get_ident()}"
        try:
            aside.write_text(said + "\n", "utf-8")
            aside.replace(self.path / name)
        except OSError:
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)
            raise

    def _remove(self, name: str) -> None:
        with contextlib.suppress(OSError):
            (self.path / name).unlink(missing_ok=True)
