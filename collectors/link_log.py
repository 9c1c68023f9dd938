"""One line for a link that is down, instead of one for each device behind it."""

import time
from typing import Final

import structlog

from models.trouble.trouble import Cause
from models.trouble.words_en import ENGLISH

_log: Final = structlog.get_logger()


class LinkLog:
    """Says when the first device is lost because of its link, and when the first one is back."""

    def __init__(self, link: str) -> None:
        """No device is lost for the link's sake."""
        self._log = _log.bind(link=link)
        self._lost: set[str] = set()
        self._is_down = False
        self._since_s = 0.0

    def lost(self, device: str, cause: Cause) -> None:
        """A device is lost, and its link is why."""
        self._lost.add(device)
        if self._is_down:
            return
        self._is_down, self._since_s = True, time.monotonic()
        check = ENGLISH[cause.trouble].check
        self._log.warning("link_lost", error=cause.detail, check=check, first=device)

    def heard(self, device: str) -> bool:
        """Whether a device had been lost for the link's sake, now that the link is not why.

        The link works as soon as one device behind it shows that.
        """
        if device not in self._lost:
            return False
        if self._is_down:
            self._is_down = False
            lasted_s = round(time.monotonic() - self._since_s, 3)
            self._log.info("link_recovered", devices=len(self._lost), lost_s=lasted_s)
        self._lost.discard(device)
        return True
