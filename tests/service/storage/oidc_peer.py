"""Starts the peer node-oidc-provider, and walks through its pages as a browser does."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from service.oidc.client import OidcClient
from tests.simulators.sites import free_ports

_FORM = re.compile(r'<form[^>]* action="([^"]+)"')
_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcPeer:
    """A provider that vouches for people to a server at ``base``."""

    issuer: str
    base: str
    process: subprocess.Popen[str]

    def command(self, op: str, **arguments: object) -> Any:
        """Do it, and wait until it is done."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"op": op, **arguments}) + "\n")
        self.process.stdin.flush()
        return _answer(self.process, op)

    def client(self, client_id: str = "boucle", **more: Any) -> OidcClient:
        """What the settings of that server say."""
        return OidcClient(
            **{
                "issuer": self.issuer,
                "client_id": client_id,
                "client_secret": f"secret of {client_id}, which is long enough",
                "scopes": ("openid", "email", "profile"),
                "name": "City SSO",
                "acr": (),
                "public_url": self.base,
                **more,
            }
        )


@contextmanager
def serving(tools: Path) -> Iterator[OidcPeer]:
    port, base_port = free_ports(2)
    base = f"http://127.0.0.1:{base_port}"
    command = ["node", "serve_oidc.mjs", str(port), base]
    with subprocess.Popen(
        command,
        cwd=tools,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            _answer(process, "ready")
            yield OidcPeer(issuer=f"http://127.0.0.1:{port}", base=base, process=process)
        finally:
            process.kill()


async def walked(browser: httpx.AsyncClient, url: str, login: str, until: str) -> str:
    """Follow redirects and forms of the provider, up to an address that begins with ``until``."""
    answer = await browser.get(url)
    for _ in range(20):
        if answer.is_redirect:
            url = urljoin(str(answer.url), answer.headers["location"])
            if url.startswith(until):
                return url
            answer = await browser.get(url)
            continue
        action = _FORM.search(answer.text)
        assert action is not None, answer.text
        fields = dict(_FIELD.findall(answer.text))
        if fields.get("prompt") == "login":
            fields |= {"login": login, "password": "any"}
        if "xsrf" in fields:
            fields |= {"logout": "yes"}
        answer = await browser.post(urljoin(str(answer.url), action[1]), data=fields)
    raise AssertionError(f"no end at {url}")


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def _answer(process: subprocess.Popen[str], op: str) -> Any:
    assert process.stdout is not None
    for line in iter(process.stdout.readline, ""):
        # What the library advises those who run it comes in between.
        if line.startswith("{"):
            answer = json.loads(line)
            assert answer["did"] == op
            return answer.get("found")
    raise AssertionError(f"the provider ended before {op!r}")
