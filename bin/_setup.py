"""What bin/serve, bin/test and bin/flask share: fill ``.venv``, then hand over to it.

Runs on a bare Python 3.11+ and uses nothing but its standard library.  A stamp in ``.venv``
remembers which requirements are installed, so a second start neither calls pip nor needs
the network.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "setup.log"

#: Requirements of each set; the test set holds the whole of the other.
REQUIREMENTS = {"site": ROOT / "requirements.txt", "test": ROOT / "requirements-test.txt"}

#: command -> (set of requirements, what .venv/bin/python then runs)
COMMANDS = {
    "serve": ("site", ["-m", "app.serving"]),
    "flask": ("site", ["-m", "app"]),
    "test": ("test", [str(ROOT / "bin" / "_check.py")]),
    "translations": ("test", [str(ROOT / "bin" / "_translations.py")]),
}

#: What pip says when no index answered.
UNREACHABLE = re.compile(
    r"NameResolutionError|name resolution|NewConnectionError|Failed to establish|Max retries|"
    r"Network is unreachable|timed out|ConnectTimeout|ProxyError|Connection (?:refused|reset)|"
    r"RemoteDisconnected|SSLError|\(from versions: none\)",
    re.IGNORECASE,
)


class SetupError(Exception):
    """Why the set-up ended, in words that say the way out."""


def main(command: str, arguments: list[str]) -> NoReturn:
    wanted, program = COMMANDS[command]
    try:
        fill(wanted)
        compile_translations()
    except SetupError as error:
        print(f"bin/{command}: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("\nStopped. Start again to go on from here.", file=sys.stderr)
        sys.exit(130)
    # -P: nothing in the current directory can stand in for our modules; a relative path
    # among the arguments still means the directory in which the command was typed.
    os.execve(PYTHON, [str(PYTHON), "-P", *program, *arguments], environment())


def environment() -> dict[str, str]:
    """The environment of everything that runs inside .venv."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONWARNINGS"):
        if name in os.environ:
            kept[name] = os.environ[name]
    # numpy would start a thread for each core, in each process, for sums that one does faster.
    kept.setdefault("OPENBLAS_NUM_THREADS", "1")
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "VIRTUAL_ENV": str(VENV)}


# --- .venv -----------------------------------------------------------------------------------


def fill(wanted: str) -> None:
    """Make .venv hold the requirements ``wanted``; at once when it does already.

    :raises SetupError: when it cannot be made or filled.
    """
    if is_filled(wanted):
        return
    with locked():
        if is_filled(wanted):  # somebody else did it while we waited
            return
        began = time.monotonic()
        if venv_version() is None:
            make_venv()
        install(REQUIREMENTS[wanted])
        # The test set is pinned to the same versions and holds the whole site.
        for name in REQUIREMENTS if wanted == "test" else [wanted]:
            stamp_file(name).write_text(stamp(name), "ascii")
        say(f"Ready after {time.monotonic() - began:.0f} s.")


def is_filled(wanted: str) -> bool:
    try:
        return stamp_file(wanted).read_text("ascii") == stamp(wanted)
    except OSError:
        return False


def stamp_file(wanted: str) -> Path:
    return VENV / f".{wanted}-requirements"


def stamp(wanted: str) -> str:
    """What is to be in .venv: the text of the requirements, and the Python it was made for."""
    digest = hashlib.sha256(REQUIREMENTS[wanted].read_bytes()).hexdigest()
    return f"{venv_version()} {digest}\n"


def venv_version() -> str | None:
    """Such as "3.12"; None when .venv is missing or its Python has gone or is too old."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        ran = subprocess.run([PYTHON, "-I", "-c", code], capture_output=True, text=True)
    except OSError:
        return None
    version = ran.stdout.strip()
    # Looking for pip finds a .venv whose making was interrupted, and one whose Python is
    # now another than the one it was made for.
    whole = (VENV / "lib" / f"python{version}" / "site-packages" / "pip").is_dir()
    return version if whole and tuple(map(int, version.split("."))) >= (3, 11) else None


def make_venv() -> None:
    say(f"Making .venv with Python {'.'.join(map(str, sys.version_info[:3]))} ...")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise SetupError(
            f"this Python ({sys.executable}) cannot make a virtual environment, because its "
            f"parts venv and ensurepip are missing. On Debian and Ubuntu they are a package "
            f"of their own: sudo apt install {package}"
        ) from None
    made = subprocess.run(
        [sys.executable, "-I", "-m", "venv", "--clear", VENV], capture_output=True, text=True
    )
    if made.returncode:
        raise SetupError(f"the folder {VENV} could not be made:\n{made.stdout}{made.stderr}")


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """One set-up at a time; a second one waits."""
    try:
        file = (ROOT / ".venv.lock").open("w")
    except OSError as error:
        raise SetupError(
            f"the folder {ROOT} cannot be written ({error.strerror}), so .venv cannot be made "
            f"there. Give this account the right to write, or copy the project to a folder of "
            f"your own."
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Waiting for another set-up of this folder to end ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


# --- packages --------------------------------------------------------------------------------


def install(requirements: Path) -> None:
    """Install the pinned packages, one counted line for each.

    :raises SetupError: naming the cause as far as pip's words tell it.
    """
    names = set(re.findall(r"^([A-Za-z0-9._-]+)==", requirements.read_text("utf-8"), re.M))
    say(f"Installing {len(names)} packages from the package index ...")
    command = [PYTHON, "-m", "pip", "install", "--require-hashes", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "--no-color"]
    command += ["--no-warn-script-location", "--requirement", requirements]
    lines: list[str] = []
    with subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment() | {"PIP_USER": "0", "PIP_NO_WARN_SCRIPT_LOCATION": "1"},
    ) as pip:
        assert pip.stdout is not None
        progress = Progress(len(names))
        for line in pip.stdout:
            lines.append(line)
            progress.read(line)
    progress.end()
    LOG.write_text("".join(lines), "utf-8")
    if pip.returncode:
        raise SetupError(explain("".join(lines)))


class Progress:
    """Counts pip's packages: on a terminal in one line, in a log every tenth."""

    def __init__(self, total: int) -> None:
        self.total, self.count, self.live = total, 0, sys.stdout.isatty()

    def read(self, line: str) -> None:
        found = re.match(
            r"(?:Collecting|Processing|Requirement already satisfied:) ([^\s=]+)", line
        )
        if found:
            self.count += 1
            self.show(found[1].rsplit("/", 1)[-1])
        elif line.startswith("Installing collected packages"):
            self.end()
            say("  all fetched; unpacking them ...")
        elif "Retrying" in line:
            self.end()
            say("  the package index does not answer; trying again ...")

    def show(self, name: str) -> None:
        if self.live:
            print(f"\r  {self.count} of {self.total}  {name:<40.40}", end="", flush=True)
        elif self.count % 10 == 0:
            say(f"  {self.count} of {self.total}")

    def end(self) -> None:
        if self.live and self.count:
            print("\r" + " " * 60 + "\r", end="", flush=True)


def explain(said: str) -> str:
    """The reason of a failed installation, from what pip printed."""
    tail = "".join(f"    {line}\n" for line in said.splitlines()[-12:])
    if "DO NOT MATCH THE HASHES" in said:
        return (
            f"a package is not the one that {REQUIREMENTS['site'].name} names: its hash differs, "
            f"so it was not installed. A proxy or mirror may have changed it. pip said:\n{tail}"
        )
    if "No space left on device" in said:
        return f"the disk that holds {VENV} is full. Make room (about 400 MB) and start again."
    if UNREACHABLE.search(said):
        return (
            "the package index cannot be reached. The first start needs the Internet (later "
            "ones do not). Check the connection; behind a proxy set HTTPS_PROXY, for a mirror "
            f"set PIP_INDEX_URL; then start again. All that pip said: {LOG}"
        )
    return f"pip could not install the requirements. All it said is in {LOG}; its end:\n{tail}"


# --- translations ----------------------------------------------------------------------------


def compile_translations() -> None:
    """Make the .mo files that are older than their texts; on a read-only disk they stay."""
    folder = ROOT / "app" / "translations"
    sources = [*folder.glob("*/LC_MESSAGES/*.po"), *folder.glob("fragments/*.po")]
    made = folder / "th" / "LC_MESSAGES" / "messages.mo"
    newest = max((source.stat().st_mtime for source in sources), default=0.0)
    if not sources or (made.exists() and made.stat().st_mtime >= newest):
        return
    ran = subprocess.run(
        [PYTHON, ROOT / "bin" / "_translations.py", "compile"],
        capture_output=True,
        text=True,
        env=environment(),
    )
    if ran.returncode:
        raise SetupError(f"the translations could not be made:\n{ran.stdout}{ran.stderr}")


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
