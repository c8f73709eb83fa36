"""waitress in several processes on one listening socket: ``forked_waitress.py PORT WORKERS``."""

from __future__ import annotations

import os
import signal
import socket
import sys

from bare import app
from waitress.server import create_server


def main(port: int, workers: int) -> None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(1024)
    listener.setblocking(False)
    children = []
    for _ in range(workers):
        child = os.fork()
        if child == 0:
            create_server(
                app, sockets=[listener], threads=8, connection_limit=2000, asyncore_use_poll=True
            ).run()
            os._exit(0)
        children.append(child)
    signal.signal(signal.SIGTERM, lambda *_: [os.kill(child, signal.SIGTERM) for child in children])
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
