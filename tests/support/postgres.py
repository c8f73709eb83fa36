"""PostgreSQL for the tests: a server that answers, or a temporary one from the binaries.

``server()`` finds it once for a test run; ``database()`` makes an empty database in it and
drops it afterwards.  Order: ``TEST_DATABASE_URL``, the usual local addresses, binaries.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL, make_url

MISSING = (
    "no PostgreSQL found. Install it (Debian: sudo apt install postgresql) or name a server: "
    "TEST_DATABASE_URL=postgresql+psycopg://user@host/postgres bin/test"
)
CONNECT_S = 3


@functools.cache
def server() -> URL | None:
    """The address of a server on which databases may be made; None: there is none.

    :raises RuntimeError: when ``TEST_DATABASE_URL`` is set and does not answer.
    """
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        url = make_url(named).set(drivername="postgresql+psycopg")
        if not may_create(url):
            shown = url.render_as_string(hide_password=True)
            raise RuntimeError(f"TEST_DATABASE_URL is {shown}: no database can be made there.")
        return url
    user = pwd.getpwuid(os.getuid()).pw_name
    for host, name in (("127.0.0.1", user), ("127.0.0.1", "postgres"), (None, user)):
        url = URL.create("postgresql+psycopg", username=name, host=host, database="postgres")
        if may_create(url):
            return url
    return temporary_server()


def may_create(url: URL) -> bool:
    """Whether the server answers and lets this role make databases."""
    try:
        with connection(url) as link:
            found = link.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error:
        return False
    return bool(found and found[0])


def connection(url: URL) -> psycopg.Connection:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=CONNECT_S)


@contextlib.contextmanager
def database(url: URL) -> Iterator[str]:
    """The SQLAlchemy address of a new empty database, dropped at the end."""
    name = f"test_{uuid.uuid4().hex[:16]}"
    with connection(url) as link:
        link.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with connection(url) as link:
            link.execute(f"DROP DATABASE {name} WITH (FORCE)")


# --- a server of our own -----------------------------------------------------------------------


def binaries() -> Path | None:
    """The folder of initdb and postgres, newest version first."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name)
    )
    on_path = [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
    return next((folder for folder in [*debian, *on_path] if (folder / "initdb").exists()), None)


def temporary_server() -> URL | None:
    """Start a cluster in a temporary folder, for this test run; None without binaries."""
    programs = binaries()
    if programs is None:
        return None
    folder = tempfile.mkdtemp(prefix="postgres-for-tests-")
    run = functools.partial(subprocess.run, check=True, capture_output=True, cwd=folder)
    account: dict[str, str] = {}
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        account = {"user": "postgres" if has_account("postgres") else "nobody"}
        shutil.chown(folder, account["user"])
    data, port = f"{folder}/data", free_port()
    initdb = [programs / "initdb", "--pgdata", data, "--username", "tests", "--auth", "trust"]
    run([*initdb, "--encoding", "UTF8", "--locale", "C", "--no-sync"], **account)
    # fsync off: what a test wrote need not survive a power cut.
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c full_page_writes=off"
    control = [programs / "pg_ctl", "--pgdata", data, "--silent", "--wait"]
    # The output goes to a file: postgres keeps it open, and a pipe would never end.
    run([*control, "--log", f"{folder}/log", "--options", options, "start"], **account)

    def end() -> None:
        run([*control, "--mode", "immediate", "stop"], **account)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return URL.create(
        "postgresql+psycopg", username="tests", host="127.0.0.1", port=port, database="postgres"
    )


def has_account(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
