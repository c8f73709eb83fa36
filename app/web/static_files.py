"""Files that never change under their address: served by WhiteNoise, the hash in the path.

One hash of the whole folder stands in every address, so that a style sheet may name its
fonts by relative addresses.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tempfile
from functools import cache
from pathlib import Path

import brotli
from flask import Flask
from whitenoise import WhiteNoise

FOLDER = Path(__file__).resolve().parent.parent / "static"
#: Seconds a browser keeps a file: a year; a changed file has another address.
FOR_EVER_S = 31_536_000
#: Files that get smaller by compression; the others are compressed already.
TEXTS = (".css", ".js", ".json", ".svg", ".txt")
COMMENT_LINES = re.compile(
    rb"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL
)


def init_app(app: Flask) -> None:
    served = WhiteNoise(app.wsgi_app, max_age=FOR_EVER_S, allow_all_origins=False)
    copies = app.config["INSTANCE_DIR"] / "static" / folder_hash()
    for file in static_files():
        name = file.relative_to(FOLDER)
        sent = compressed(file, copies / name) if file.suffix in TEXTS else file
        served.add_file_to_dictionary(static_url(name.as_posix()), str(sent))
    app.wsgi_app = served  # type: ignore[method-assign]
    app.add_template_global(static_url)


def static_files() -> list[Path]:
    """Every file below app/static, in order."""
    return [file for file in sorted(FOLDER.rglob("*")) if file.is_file()]


def compressed(file: Path, copy: Path) -> Path:
    """The ``copy`` of a text that is served, its compressed forms beside it for WhiteNoise.

    Made once for each content: the folder of code stays as it was installed.
    """
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = served_text(file)
        _put(copy.with_name(f"{copy.name}.br"), brotli.compress(text, quality=9))
        _put(copy.with_name(f"{copy.name}.gz"), gzip.compress(text, mtime=0))
        _put(copy, text)  # last: it says that the others are there
    return copy


def served_text(file: Path) -> bytes:
    """What a browser is sent of a text: our scripts without comments on lines of their own.

    Comments are an eighth of a compressed script.  Nothing else is taken out: what a library
    for it makes of a regular expression behind "=>" no longer runs.
    """
    text = file.read_bytes()
    return COMMENT_LINES.sub(b"", text) if file.suffix == ".js" and file.parent == FOLDER else text


def _put(file: Path, content: bytes) -> None:
    """Write a file whole or not at all; other processes may be at it too."""
    handle, draft = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    os.replace(draft, file)


@cache
def folder_hash() -> str:
    """A short hash of all names and contents below app/static."""
    digest = hashlib.sha256()
    for file in static_files():
        digest.update(file.relative_to(FOLDER).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:10]


@cache
def static_url(name: str) -> str:
    """The address of a file below app/static.

    :raises FileNotFoundError: a template names a file that does not exist.
    """
    if not (FOLDER / name).is_file():
        raise FileNotFoundError(f"there is no app/static/{name}")
    return f"/static/{folder_hash()}/{name}"
