"""A poor line between a browser and a site: slow, late, and cut for real.

Whatever goes through it, service workers included, meets the same line.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

#: Bytes that are sent at once.
PIECE = 4096


class Line:
    """TCP from a port of its own to ``port``, at ``kbit_s`` and ``delay_ms`` each way."""

    def __init__(self, port: int, *, kbit_s: float, delay_ms: float) -> None:
        self._to, self.port = port, 0
        self._bytes_s, self._delay_s = kbit_s * 1000 / 8, delay_ms / 1000
        self._is_cut = False
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._busy_until = {"up": 0.0, "down": 0.0}

    def cut(self) -> None:
        """From here on nothing gets through, in either direction."""
        self._run(self._cut(True))

    def mend(self) -> None:
        self._run(self._cut(False))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(5)

    async def _cut(self, is_cut: bool) -> None:
        self._is_cut = is_cut
        for writer in list(self._open) if is_cut else ():
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        there, out = await asyncio.open_connection("127.0.0.1", self._to)
        self._open |= {writer, out}
        with contextlib.suppress(OSError):
            await asyncio.gather(
                self._carry(reader, out, "up"),
                self._carry(there, writer, "down"),
                return_exceptions=True,
            )
        for end in (writer, out):
            self._open.discard(end)
            end.transport.abort()

    async def _carry(
        self, source: asyncio.StreamReader, to: asyncio.StreamWriter, way: str
    ) -> None:
        """Pass pieces on, each after the delay and no faster than the line; all share it."""
        arriving: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                at, piece = await arriving.get()
                await asyncio.sleep(max(0.0, at - self._loop.time()))
                to.write(piece)
                await to.drain()
                if not piece:
                    to.write_eof()
                    return

        delivering = asyncio.ensure_future(deliver())
        try:
            while True:
                piece = await source.read(PIECE)
                free = max(self._loop.time(), self._busy_until[way])
                self._busy_until[way] = free + len(piece) / self._bytes_s
                await arriving.put((self._busy_until[way] + self._delay_s, piece))
                if not piece:
                    break
                await asyncio.sleep(max(0.0, self._busy_until[way] - self._loop.time()))
            await delivering
        finally:
            delivering.cancel()


@contextlib.contextmanager
def line_to(port: int, *, kbit_s: float = 200, delay_ms: float = 600) -> Iterator[Line]:
    """A running line to a port of this machine."""
    line = Line(port, kbit_s=kbit_s, delay_ms=delay_ms)
    thread = threading.Thread(target=line._loop.run_forever, daemon=True)
    thread.start()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(line._serve, "127.0.0.1", 0)

    server = asyncio.run_coroutine_threadsafe(start(), line._loop).result(5)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        line.cut()
        line._loop.call_soon_threadsafe(server.close)
        line._loop.call_soon_threadsafe(line._loop.stop)
        thread.join(5)
