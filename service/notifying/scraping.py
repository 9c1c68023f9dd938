"""The programs' own ``/metrics``, as Prometheus would ask for them."""

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from service.exchange import ExchangeError, Request, exchange
from service.notifying.samples import Shown, shown_in

log = structlog.get_logger(__name__)

_TIMEOUT_S: Final = 5.0
# 50,000 points are 8 MB.
_MOST_BYTES: Final = 64 * 1024 * 1024
_ACCEPT: Final = "text/plain; version=0.0.4"


class Scraper:
    """Asks every program; what one that does not answer has shown is gone."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self._targets = targets
        self._lost: set[str] = set()

    async def shown(self, families: frozenset[str]) -> list[Shown]:
        """The samples of these families, of all programs that answer."""
        async with asyncio.TaskGroup() as tasks:
            asked = [
                tasks.create_task(self._of(program, target, families), name=f"scrape-{program}")
                for program, target in self._targets.items()
            ]
        return [one for task in asked for one in task.result()]

    async def _of(self, program: str, target: str, families: frozenset[str]) -> list[Shown]:
        try:
            body = await _body(f"http://{target}/metrics")
            found = await asyncio.to_thread(_read, body, families)
        except (ExchangeError, ValueError) as error:
            if program not in self._lost:
                log.warning("program_not_scraped", program=program, at=target, reason=str(error))
            self._lost.add(program)
            return []
        if program in self._lost:
            log.info("program_scraped_again", program=program, at=target)
            self._lost.discard(program)
        return found


async def _body(url: str) -> bytes:
    request = Request(url=url, headers={"Accept": _ACCEPT})
    answer = await exchange(request, timeout_s=_TIMEOUT_S, most_bytes=_MOST_BYTES)
    if answer.status != 200:
        msg = f"its answer is {answer.status}"
        raise ExchangeError(msg)
    return answer.body


def _read(body: bytes, families: frozenset[str]) -> list[Shown]:
    return list(shown_in(body.decode("utf-8"), families))
