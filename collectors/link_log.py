"""One line for a link that is down, instead of one for each device behind it."""

import time
from typing import Final

import structlog

from models.trouble.trouble import Cause
from models.trouble.words_en import ENGLISH

_log: Final = structlog.get_logger()


class LinkLog:
    """Says when the first device is lost because of its link, and when the last one is back."""

    def __init__(self, link: str) -> None:
        """No device is lost for the link's sake."""
        self._log = _log.bind(link=link)
        self._lost: set[str] = set()
        self._most = 0
        self._since_s = 0.0

    def lost(self, device: str, cause: Cause) -> None:
        """A device is lost, and its link is why."""
        if not self._lost:
            self._since_s, self._most = time.monotonic(), 0
            check = ENGLISH[cause.trouble].check
            self._log.warning("link_lost", error=cause.detail, check=check, first=device)
        self._lost.add(device)
        self._most = max(self._most, len(self._lost))

    def gained(self, device: str) -> bool:
        """Whether a device that answers again was lost for the link's sake; then nothing else is
        to be said of it.
        """
        if device not in self._lost:
            return False
        self._lost.discard(device)
        if not self._lost:
            lasted_s = round(time.monotonic() - self._since_s, 3)
            self._log.info("link_recovered", devices=self._most, lost_s=lasted_s)
        return True
