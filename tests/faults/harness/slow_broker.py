"""A relay in front of the broker whose delay can be set."""

import contextlib
import socket
import threading
import time
from pathlib import Path

CHUNK = 65536


class SlowRelay:
    """Listens at `path` and passes everything on to `broker`, each piece after `delay` seconds."""

    def __init__(self, path: Path, broker: Path) -> None:
        self.broker, self.delay = broker, 0.0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(64)

    def __enter__(self) -> "SlowRelay":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                broker = socket.socket(socket.AF_UNIX)
                try:
                    broker.connect(str(self.broker))
                except OSError:
                    client.close()
                    continue
                for source, target in ((client, broker), (broker, client)):
                    threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(CHUNK):
                time.sleep(self.delay)
                target.sendall(chunk)
        for connection in (source, target):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
