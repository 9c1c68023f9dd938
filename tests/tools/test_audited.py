"""An audit that could not be held is not one that found nothing."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.tools.audited import NOT_ASKED, advisories_answer, main


class _Index(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"vulnerabilities": []}' if self.path == "/advisories" else b'{"files": []}'
        self.send_response(404 if self.path == "/none" else 200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing is to be read."""


@pytest.fixture
def index() -> Iterator[str]:
    """An index of packages."""
    with HTTPServer(("127.0.0.1", 0), _Index) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_who_gives_advisories_is_asked(index: str) -> None:
    assert advisories_answer(f"{index}/advisories") is None


@pytest.mark.parametrize("path", ["/mirror", "/none"])
def test_who_has_none_is_told_apart_from_nothing_found(
    index: str, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(index + path) == NOT_ASKED
    assert "NOT audited" in capsys.readouterr().err


def test_without_network_the_packages_are_not_audited(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("http://127.0.0.1:9/none") == NOT_ASKED
    assert "NOT audited" in capsys.readouterr().err
