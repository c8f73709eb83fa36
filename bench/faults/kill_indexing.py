"""kill -9 in the middle of indexing: index and database are equal soon after the restart.

    .venv/bin/python bench/faults/kill_indexing.py [--rounds 20] [--engine whoosh]

Each round: the site runs with two workers while eight writers save posts through the API;
every process is killed at once while the index takes changes in, while it merges what many
small commits left, or while it is built anew, in turn.  The site is started again.  Within
30 s the index must hold exactly what the database holds (the comparison of
``bin/flask search check``), every file must be as it was written, a rebuild that was asked
for must be done, nothing half-built may be left, and no acknowledged post may be lost.
Exit status 1 when not.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from kill_writers import WRITERS, Site, lost_posts, write  # noqa: E402

import config  # noqa: E402
from app import create_app  # noqa: E402
from app.db import db  # noqa: E402
from app.errors import SearchUnavailable  # noqa: E402
from app.search.engine import IndexUnusable  # noqa: E402
from app.search.engines.folder import BUILDING, MANIFEST, IndexFolder  # noqa: E402
from app.search.engines.whoosh import TIER  # noqa: E402
from app.search.wishes import Wishes  # noqa: E402
from app.services import checking, rebuilding  # noqa: E402

EQUAL_S = 30.0
#: Seconds in which the wanted moment must come; then it is killed anyway.
MOMENT_S = 10.0
#: Entries of the site before the first round, so that building takes a while.
ENTRIES = 400


def main() -> int:
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("--rounds", type=int, default=20)
    asked.add_argument("--engine", default="whoosh")
    asked.add_argument("--entries", type=int, default=ENTRIES)
    options = asked.parse_args()
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = Site(folder)
        site.prepare()
        site.flask("demo", "load", "--entries", str(options.entries))
        site.flask("search", "use", options.engine)
        site.start()
        for n in range(options.rounds):
            moment = MOMENTS[n % len(MOMENTS)]
            faults += [f"round {n}: {fault}" for fault in one_round(site, folder, n, moment)]
        site.kill()
    for fault in faults:
        print(f"FAULT: {fault}")
    print(f"{options.rounds} rounds with {options.engine}, {len(faults)} faults")
    return 1 if faults else 0


def one_round(
    site: Site, folder: Path, n: int, moment: Callable[[Path, random.Random], str]
) -> list[str]:
    """Write, kill at ``moment``, start again, compare; what was wrong."""
    posts: dict[str, int] = {}
    stop = threading.Event()
    writers = [
        threading.Thread(target=write, args=(site, f"{n}-{w}", stop, posts, {}))
        for w in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    reached = moment(folder / "search_index", random.Random(n))
    site.kill()
    stop.set()
    for writer in writers:
        writer.join()
    started = time.monotonic()
    site.start()
    faults = differences(folder, started)
    took = time.monotonic() - started
    print(f"round {n}: killed {reached} after {len(posts)} posts; equal after {took:.1f} s")
    return faults + lost_posts(site, posts)


# --- the moment of the kill --------------------------------------------------------------------


def applying(folder: Path, dice: random.Random) -> str:
    """While files of a commit are written that no commit names yet."""
    time.sleep(dice.uniform(0.5, 1.5))
    return "while applying" if reached(lambda: unnamed(folder) > 0) else "between commits"


def merging(folder: Path, dice: random.Random) -> str:
    """While files are written although there are as many segments as are merged."""
    time.sleep(dice.uniform(0.5, 1.0))
    if IndexFolder(folder).engine() != "whoosh":  # another engine merges when it likes
        time.sleep(dice.uniform(0.0, 2.0))
        return "while writing"
    is_merging = reached(lambda: segments(folder) >= TIER and unnamed(folder) > dice.randint(0, 3))
    return "while merging" if is_merging else "while writing"


def building(folder: Path, dice: random.Random) -> str:
    """While an index is built aside, at any point up to the swap."""
    Wishes(folder).ask_rebuild()
    begun = reached(lambda: any((folder / BUILDING).glob("generation-*/*")))
    time.sleep(dice.uniform(0.0, 2.5))
    if not begun:
        return "before building"
    return "while building" if (folder / BUILDING).exists() else "after building"


MOMENTS = (applying, merging, building)


def reached(holds: Callable[[], bool]) -> bool:
    """Whether it comes to be within MOMENT_S; files come and go meanwhile."""
    until = time.monotonic() + MOMENT_S
    while time.monotonic() < until:
        try:
            if holds():
                return True
        except (OSError, ValueError, KeyError, IndexUnusable):
            pass
        time.sleep(0.0005)
    return False


def unnamed(folder: Path) -> int:
    """Files of the generation in use that its last commit does not name."""
    generation = IndexFolder(folder).generation()
    names = {row["name"] for row in json.loads((generation / MANIFEST).read_bytes())["segments"]}
    return sum(
        path.name.partition(".")[0] not in {*names, "", "MANIFEST"}
        for path in generation.rglob("*")
    )


def segments(folder: Path) -> int:
    generation = IndexFolder(folder).generation()
    return len(json.loads((generation / MANIFEST).read_bytes())["segments"])


# --- afterwards --------------------------------------------------------------------------------


def differences(folder: Path, started: float) -> list[str]:
    """What still differs EQUAL_S after ``started``; returns as soon as nothing does."""
    app = create_app(config.load({"DATA_DIR": str(folder), "CONTENT_DIR": ""}))
    with app.app_context():
        try:
            while True:
                faults = compared(folder / "search_index")
                if not faults or time.monotonic() - started > EQUAL_S:
                    return faults
                time.sleep(0.2)
        finally:
            db.session.remove()
            db.engine.dispose()


def compared(folder: Path) -> list[str]:
    """What differs now between index and database, and what is left about."""
    faults = []
    try:
        rebuilding.verify()
        found = checking.compare()
    except (SearchUnavailable, IndexUnusable) as cause:
        return [f"no index: {cause}"]
    if not found.is_equal:
        faults.append(
            f"{found.behind} behind, {len(found.missing)} missing, {len(found.extra)} too many, "
            f"{len(found.stale)} of an older version"
        )
    if Wishes(folder).rebuild():
        faults.append("a rebuild that was asked for is not done")
    if (folder / BUILDING).exists():
        faults.append("something half-built is left")
    if len(list(folder.glob("generation-*"))) != 1:
        faults.append("a generation is left")
    return faults


if __name__ == "__main__":
    sys.exit(main())
