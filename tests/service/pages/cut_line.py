"""A line between a reader and a server that can be cut, and that hears what is asked."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit


class CutLine:
    """Passes bytes both ways; ``cut`` ends what is open and takes new connections."""

    def __init__(self, url: str) -> None:
        whole = urlsplit(url)
        self._server = (whole.hostname, whole.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.requests: list[bytes] = []

    def __enter__(self) -> "CutLine":
        self._run(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(5.0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """End every connection that is open."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _run(self, work: object, *given: object) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=given)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._server)
                self._open += [near, far]
                self._run(self._pass, near, far, self.requests)
                self._run(self._pass, far, near, [])

    @staticmethod
    def _pass(source: socket.socket, sink: socket.socket, heard: list[bytes]) -> None:
        with source, suppress(OSError):
            while data := source.recv(65_536):
                heard.append(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)
