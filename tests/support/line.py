"""A poor line between a browser and a site: slow, late, and cut for real.

Whatever goes through it, service workers included, meets the same line.  Every wait in it
ends: threads are daemons, sockets have time limits, and ``cut`` closes all that is open.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

#: Bytes that are sent at once, and seconds after which a silent connection goes.
PIECE, SILENT_S = 4096, 30.0


class Line:
    """TCP from a port of its own to ``port``, at ``kbit_s`` and ``delay_ms`` each way."""

    def __init__(self, port: int, *, kbit_s: float, delay_ms: float) -> None:
        self._to = port
        self._bytes_s, self._delay_s = kbit_s * 1000 / 8, delay_ms / 1000
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._busy_until = {"up": 0.0, "down": 0.0}
        self._is_cut = False
        #: Bytes that went each way until now.
        self.carried = {"up": 0, "down": 0}
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """From here on nothing gets through, in either direction."""
        with self._lock:
            self._is_cut = True
            for end in self._open:
                break_off(end)
            self._open.clear()

    def mend(self) -> None:
        with self._lock:
            self._is_cut = False

    def close(self) -> None:
        self.cut()
        break_off(self._listener)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._join(self._listener.accept()[0])

    def _join(self, near: socket.socket) -> None:
        """Join a connection of the browser with one to the site, unless the line is cut."""
        with self._lock:
            if self._is_cut:
                return break_off(near)
            try:
                far = socket.create_connection(("127.0.0.1", self._to), 5)
            except OSError:
                return break_off(near)
            self._open |= {near, far}
        for end in (near, far):
            end.settimeout(SILENT_S)
        for way in ((near, far, "up"), (far, near, "down")):
            threading.Thread(target=self._carry, args=way, daemon=True).start()

    def _carry(self, source: socket.socket, to: socket.socket, way: str) -> None:
        """Pass pieces on, late after a silence and no faster than the line; all share it."""
        last = 0.0
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                present = time.monotonic()
                with self._lock:
                    free = max(present, self._busy_until[way])
                    self._busy_until[way] = until = free + len(piece) / self._bytes_s
                    self.carried[way] += len(piece)
                late = self._delay_s if present - last > self._delay_s else 0.0
                time.sleep(max(0.0, until + late - present))
                to.sendall(piece)
                last = time.monotonic()
        with self._lock:
            self._open -= {source, to}
        break_off(source)
        break_off(to)


def break_off(end: socket.socket) -> None:
    """Close a socket at once (RST), waking whoever waits on it."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextlib.contextmanager
def line_to(port: int, *, kbit_s: float = 400, delay_ms: float = 300) -> Iterator[Line]:
    """A running line to a port of this machine."""
    line = Line(port, kbit_s=kbit_s, delay_ms=delay_ms)
    try:
        yield line
    finally:
        line.close()
