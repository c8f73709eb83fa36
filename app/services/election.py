"""Which process of a data folder writes the index and runs the jobs."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO


class Election:
    """Whether this process is the one that writes, by a lock on ``instance/worker.lock``."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "instance" / "worker.lock"
        self._file: IO[str] | None = None

    def won(self) -> bool:
        """True for exactly one living process of a data folder."""
        if self._file is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def resign(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
