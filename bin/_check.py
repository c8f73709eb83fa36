"""bin/test: format, lint, templates, types, then pytest; runs inside ``.venv``.

Every check runs, also after one has failed.  Their outcome and the skipped tests with
their reasons stand above pytest's closing line, which comes last.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: name -> (command after "python -m", how to mend what it finds)
CHECKS = {
    "format": ("ruff format --check --quiet .", ".venv/bin/ruff format ."),
    "lint": ("ruff check --quiet .", ".venv/bin/ruff check --fix ."),
    "templates": ("djlint app/templates --lint --quiet", "see the lines above"),
    "types": ("mypy --no-error-summary", "see the lines above"),
    "translations": ("bin/_translations.py check", "add the Thai: bin/translations --help"),
}

#: One process more than there are cores: journeys wait more than they work.  Tests of one file
#: stay together, for they share a site and a browser; and files come in the order in which they
#: are collected (tests/conftest.py), not by how many tests they have.
IN_PARALLEL = (
    *("-n", str((os.cpu_count() or 1) + 1)),
    *("--dist", "loadfile", "--no-loadscope-reorder"),
)

HELP = """bin/test: run every check and test.

Words go to pytest:       bin/test tests/text -k years
A skip counts as failure: REQUIRE_ALL=1 bin/test
PostgreSQL elsewhere:     TEST_DATABASE_URL=postgresql+psycopg://user@host/postgres bin/test"""


def main(arguments: list[str]) -> int:
    if arguments in (["-h"], ["--help"]):
        print(HELP)
        return 0
    words = [under_root(word) for word in arguments]
    os.chdir(ROOT)
    failed = [name for name in CHECKS if not passes(name)]
    print("tests", flush=True)
    said = "; ".join(f"{name} (mend: {CHECKS[name][1]})" for name in failed)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *IN_PARALLEL, *words],
        env=os.environ | {"FAILED_CHECKS": said},
    )
    return ran.returncode or (1 if failed else 0)


def passes(name: str) -> bool:
    """Run one check; what it says is shown only when it fails."""
    program, *words = CHECKS[name][0].split()
    command = [program] if program.endswith(".py") else ["-m", program]
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, *command, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    took = f"{time.monotonic() - began:.1f} s"
    print(f"{name:<14}{'ok' if ran.returncode == 0 else 'FAILED'} ({took})", flush=True)
    if ran.returncode:
        print(ran.stdout, end="", flush=True)
    return ran.returncode == 0


def under_root(word: str) -> str:
    """A path as it was meant where the command was typed; other words stay."""
    path, colon, rest = word.partition("::")
    return str(Path(path).resolve()) + colon + rest if Path(path).exists() else word


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
