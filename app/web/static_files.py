"""Files that never change under their address: served by WhiteNoise, the hash in the path.

One hash of the whole folder stands in every address, so that a style sheet may name its
fonts by relative addresses.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask
from whitenoise import WhiteNoise

FOLDER = Path(__file__).resolve().parent.parent / "static"
#: Seconds a browser keeps a file: a year; a changed file has another address.
FOR_EVER_S = 31_536_000
#: Made beside a file at set-up; WhiteNoise finds them by itself.
COMPRESSED = (".br", ".gz", ".zst")


def init_app(app: Flask) -> None:
    served = WhiteNoise(app.wsgi_app, max_age=FOR_EVER_S, allow_all_origins=False)
    for file in static_files():
        served.add_file_to_dictionary(static_url(file.relative_to(FOLDER).as_posix()), str(file))
    app.wsgi_app = served  # type: ignore[method-assign]
    app.add_template_global(static_url)


def static_files() -> list[Path]:
    """Every file below app/static but the compressed copies, in order."""
    return [
        file
        for file in sorted(FOLDER.rglob("*"))
        if file.is_file() and file.suffix not in COMPRESSED
    ]


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
