"""Real faults of a disk, for the length of a block: no room, no permission."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
from collections.abc import Iterator
from pathlib import Path

_CAP_DAC_OVERRIDE = 1
_VERSION_3 = 0x20080522


@contextlib.contextmanager
def no_room(beyond: int = 64) -> Iterator[None]:
    """Writing a file beyond so many bytes fails with OSError, as on a full disk.

    The limit is the kernel's (RLIMIT_FSIZE), so it needs no rights and no disk of its own.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (beyond, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing can be made, changed or removed in ``folder``, also not by root."""
    paths = [folder, *(path for path in folder.rglob("*"))]
    modes = {path: path.stat().st_mode for path in paths}
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        with _bound_by_permissions():
            yield
    finally:
        for path, mode in modes.items():
            if path.exists():
                path.chmod(mode)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


@contextlib.contextmanager
def _bound_by_permissions() -> Iterator[None]:
    """Take root's right to pass over permission bits from this thread, and give it back."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = _Header(_VERSION_3, 0), (_Sets * 2)()
    if libc.capget(ctypes.byref(header), sets) != 0:
        raise OSError(ctypes.get_errno(), "capget")
    whole = sets[0].effective
    sets[0].effective = whole & ~(1 << _CAP_DAC_OVERRIDE)
    if libc.capset(ctypes.byref(header), sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    try:
        yield
    finally:
        sets[0].effective = whole
        libc.capset(ctypes.byref(header), sets)


def put(path: Path, data: bytes) -> None:
    """Let ``path`` hold ``data``, as a new file: damage that is found when it is opened.

    A file cut in place ends the process that has it mapped; tests/services/
    test_running_index.py does that to real processes.
    """
    aside = path.with_name(f".{path.name}.harm")
    aside.write_bytes(data)
    aside.replace(path)
