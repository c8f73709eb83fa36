"""bin/serve: from settings to a running site, one printed line for each step.

A parent process binds the port, prepares the site, then forks ``WEB_WORKERS`` processes
that share one listening socket, and one for jobs and indexing, so that neither makes a
page wait for Python's lock.  The parent starts a process again that died, and ends them
all on Ctrl-C or SIGTERM.  Why waitress: docs/decisions/0002-server.md.

The parent itself never opens the database, the index or the renderer: what it forks
shares code and dictionaries with it, and nothing that must not be shared.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import logging
import os
import re
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.exc import OperationalError
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer, create_server

from app import create_app
from app.services import setup, worker
from app.text import thai
from config import Config, ConfigError, load

#: Threads that answer, in each process.  waitress reads requests whole before a thread sees
#: them and keeps answers for slow readers, so a thread is held by work alone.
THREADS = 8
#: Connections held by one process, slow and sleeping ones included.
CONNECTIONS = 2_000
#: Bytes of a request that are read at all; the site itself says its (lower) limits in Thai.
REQUEST_BYTES = 256_000_000
#: Seconds that running answers get when the site is stopped.
DRAIN_S = 5.0
#: Seconds after which a process that does not end is killed.
KILL_S = 10.0
#: A process that lives shorter than this did not get to work.
SHORT_LIFE_S = 3.0
#: So many short lives one after the other, and the site gives up instead of spinning.
SHORT_LIVES = 5

HELP = """bin/serve: set up the site if need be, and serve it until Ctrl-C.

It takes no words; settings come from the environment or from .env, for example
    PORT=8001 DATA_DIR=/srv/site bin/serve
All settings: .env.example"""


class StartError(Exception):
    """Why the site cannot start, in words that say the way out."""


def main(arguments: list[str]) -> int:
    if arguments:
        print(HELP, file=sys.stdout if arguments[0] in ("-h", "--help") else sys.stderr)
        return 0 if arguments[0] in ("-h", "--help") else 2
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # "queue depth" is no news
    try:
        start()
    except (ConfigError, StartError) as error:
        print(f"bin/serve: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        say("\nstopped")
        return 130
    return 0


def start() -> None:
    signal.signal(signal.SIGTERM, interrupt)
    config = load()
    say(f"site folder: {config.DATA_DIR}")
    with bound(config.HOST, config.PORT) as listener:
        app = create_app(config)
        with in_a_child(lambda: prepare(app, config)):
            share_memory(app, config)
        listen(listener, config)
        Supervisor(app, config, listener).run()


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """SIGTERM before the site runs ends the start like Ctrl-C."""
    raise KeyboardInterrupt


def prepare(app: Flask, config: Config) -> None:
    """Migrate, fill and index; one server at a time, when two start on one folder."""
    with (config.instance_dir / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            setup.prepare(app, say)
            tell_first_admin(app)
        except OperationalError as error:
            where = config.database.render_as_string(hide_password=True)
            raise StartError(f"the database {where} does not answer: {error.orig}") from error


def tell_first_admin(app: Flask) -> None:
    """Say how to become the administrator of a site that has none."""
    link = setup.first_admin_link(app)
    if link is not None:
        say(f"administrator: there is none yet. Open this link, which works once: {link}")
        say("  or: bin/flask users create NAME --right admin --display-name NAME --password-stdin")


@contextlib.contextmanager
def in_a_child(work: Callable[[], None]) -> Iterator[None]:
    """Run ``work`` in a process of its own beside the block; wait for its end after it.

    :raises StartError: when it failed; it has said why.
    """
    pid = os.fork()
    if pid == 0:
        _exit_after(work)
    try:
        yield
        _, status = os.waitpid(pid, 0)
    except BaseException:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        raise
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGINT or code == 130:
        raise KeyboardInterrupt
    if code:
        raise StartError("the site could not be prepared; the reason stands above.")


def _exit_after(work: Callable[[], None]) -> NoReturn:
    """End this forked process with ``work``, without the clean-up that is its parent's."""
    code = 1
    try:
        work()
        code = 0
    except KeyboardInterrupt:
        code = 130
    except StartError as error:
        print(f"bin/serve: {error}", file=sys.stderr)
    except BaseException:  # boundary: whatever it was is told, and the process ends
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def share_memory(app: Flask, config: Config) -> None:
    """Load what every process needs before they part, so that it is in memory once."""
    thai.segment("ความรู้")
    # Compiling all templates takes a second; their code is kept beside the database.
    folder = config.instance_dir / "templates"
    folder.mkdir(mode=0o700, exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(folder))
    for name in app.jinja_env.list_templates(extensions=["html", "xml"]):
        app.jinja_env.get_template(name)
    gc.collect()
    gc.freeze()  # the collector leaves these objects alone: their pages stay shared


# --- the port --------------------------------------------------------------------------------


@contextlib.contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that holds the port; it does not listen yet.

    :raises StartError: when the port is taken or not ours to take.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise StartError(
            f"HOST is {host!r}, which is no address of this machine. Write 127.0.0.1 for this "
            f"machine alone, or 0.0.0.0 for all its networks."
        ) from error
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            refuse_if_answered(family, address)
        except OSError as error:
            raise StartError(port_trouble(error, host, port)) from error
        listener.setblocking(False)
        yield listener


def refuse_if_answered(family: int, address: tuple[object, ...]) -> None:
    """Find a program that answers here although the port could be bound.

    One that listens on all addresses does not keep us from binding 127.0.0.1 on every system.
    """
    with socket.socket(family, socket.SOCK_STREAM) as knock:
        knock.settimeout(0.2)
        if knock.connect_ex(address) == 0 and knock.getsockname() != knock.getpeername():
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def port_trouble(error: OSError, host: str, port: int) -> str:
    """What to do about ``error`` when binding ``host``:``port``."""
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else 8000
        return (
            f"port {port} is taken by another program, perhaps by a bin/serve in another "
            f"window. End that one, or choose another port: PORT={other} bin/serve"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"port {port} is not ours to take: those below 1024 belong to the administrator of "
            f"the machine. Choose another, for example PORT=8000"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"HOST is {host}, which is no address of this machine. Write 127.0.0.1 or 0.0.0.0."
    return f"{host}:{port} cannot be opened: {error.strerror}"


def listen(listener: socket.socket, config: Config) -> None:
    try:
        listener.listen(1024)
    except OSError as error:  # another bin/serve was bound as well, and listened first
        raise StartError(port_trouble(error, config.HOST, config.PORT)) from error


def address(config: Config) -> str:
    """What to open in a browser on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.HOST, config.HOST)
    return f"http://{f'[{host}]' if ':' in host else host}:{config.PORT}"


# --- the processes ---------------------------------------------------------------------------


class Supervisor:
    """The parent: keeps its processes alive, and ends them together."""

    def __init__(self, app: Flask, config: Config, listener: socket.socket) -> None:
        self.app, self.config, self.listener = app, config, listener
        self.children: dict[int, tuple[Callable[[], None], float]] = {}
        self.stopping = False
        self.short_lives = 0
        # Nobody ever writes here: when the parent is gone, also by kill -9, its children
        # read the end of this pipe and leave, and the port is free again.
        self.leash, self.hand = os.pipe()

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop)
        # First, so that it wins the election; the others stand ready to take over.
        self.fork(self.work)
        for _ in range(self.config.WEB_WORKERS):
            self.fork(self.answer)
        count = self.config.WEB_WORKERS
        say(f"serving: {address(self.config)} ({count} processes; Ctrl-C stops it)")
        while self.children:
            self.reap()
        say("stopped")
        if self.short_lives >= SHORT_LIVES:
            raise StartError("the serving processes end as soon as they start; see above.")

    def fork(self, work: Callable[[], None]) -> None:
        pid = os.fork()
        if pid == 0:
            os.close(self.hand)
            _exit_after(work)
        self.children[pid] = (work, time.monotonic())

    def reap(self) -> None:
        """Wait for the end of a process, and start another in its place."""
        try:
            pid, status = os.wait()
        except ChildProcessError:
            self.children.clear()
            return
        if pid not in self.children:
            return
        work, born = self.children.pop(pid)
        if self.stopping:
            return
        short = time.monotonic() - born < SHORT_LIFE_S
        self.short_lives = self.short_lives + 1 if short else 0
        if self.short_lives >= SHORT_LIVES:
            self.stop(signal.SIGTERM, None)
            return
        say(f"a process ended ({os.waitstatus_to_exitcode(status)}); starting another.")
        self.fork(work)

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Ask all to end; a second time, or when they take too long, make them."""
        if self.stopping:
            self.signal_all(signal.SIGKILL)
            return
        self.stopping = True
        self.signal_all(signal.SIGTERM)
        killer = threading.Timer(KILL_S, self.signal_all, [signal.SIGKILL])
        killer.daemon = True
        killer.start()

    def signal_all(self, number: int) -> None:
        for pid in list(self.children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def work(self) -> None:
        """The process of jobs and indexing."""
        self.listener.close()
        stop = threading.Event()
        self.on_end(stop.set)
        worker.run_forever(self.app, stop)

    def answer(self) -> None:
        """A process that answers requests."""
        stop = threading.Event()
        server = make_server(self.app, self.config, self.listener)

        def end() -> None:
            stop.set()
            server.pull_trigger()

        self.on_end(end)
        # Counts reads and reopens the index; stands for election a little later than work().
        beside = threading.Thread(target=self.beside, args=[stop], name="beside")
        beside.start()
        serve_until(stop, server)
        beside.join()

    def beside(self, stop: threading.Event) -> None:
        if not stop.wait(1.0):
            worker.run_forever(self.app, stop)

    def on_end(self, end: Callable[[], None]) -> None:
        """Call ``end`` on SIGTERM, and when the parent is gone."""

        def watch() -> None:
            os.read(self.leash, 1)
            os.kill(os.getpid(), signal.SIGTERM)

        signal.signal(signal.SIGTERM, lambda number, frame: end())
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        # Ctrl-C reaches every process of the terminal; the parent alone decides.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=watch, daemon=True, name="leash").start()


def make_server(app: Flask, config: Config, listener: socket.socket) -> TcpWSGIServer:
    """waitress on the shared socket.  No X-Forwarded header is believed."""
    server: TcpWSGIServer = create_server(
        app,
        sockets=[listener],
        threads=THREADS,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,  # select() ends at 1,024 files
        max_request_body_size=REQUEST_BYTES,
        url_scheme=config.SITE_URL.partition(":")[0],
        clear_untrusted_proxy_headers=True,
        ident=None,
    )
    server.channel_class = Channel
    return server


class Parser(HTTPRequestParser):
    """Takes Thai letters in an address as somebody types them at a terminal.

    Browsers write them as %E0%B8%84; waitress alone answers 400 to the letters themselves.
    """

    def parse_header(self, header_plus: bytes) -> None:
        line, end, rest = header_plus.partition(b"\r\n")
        if not line.isascii():
            line = re.sub(rb"[\x80-\xff]", lambda found: b"%%%02X" % found[0][0], line)
        super().parse_header(line + end + rest)


class Channel(HTTPChannel):
    parser_class = Parser


def serve_until(stop: threading.Event, server: TcpWSGIServer) -> None:
    """Answer until ``stop``; then take no more, and finish what was begun."""
    turn = dict(timeout=1, count=1, map=server._map, use_poll=True)
    while not stop.is_set():
        server.asyncore.loop(**turn)
    server.del_channel()
    until = time.monotonic() + DRAIN_S
    while time.monotonic() < until and any(map(is_busy, server.active_channels.values())):
        server.asyncore.loop(**turn | {"timeout": 0.1})
    server.task_dispatcher.shutdown(timeout=1)


def is_busy(channel: object) -> bool:
    """Whether an answer is being made or sent on a connection of waitress."""
    return bool(getattr(channel, "requests", ())) or bool(getattr(channel, "total_outbufs_len", 0))


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
