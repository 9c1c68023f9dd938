"""The page's event stream: the whole once, then what changed, worked out once for all readers."""

import json
from collections.abc import Callable
from secrets import token_hex
from time import monotonic
from typing import Final

from service.live.board import SnapshotBoard
from service.live.snapshot import LiveSnapshot
from service.pages.elements import Element, tree_of
from service.pages.patches import differences
from service.streams.changes import Changes
from service.streams.event import RETRY, Place, encoded, numbered

# Figures change with every snapshot, each second; nobody reads so many any faster. A little less
# than two seconds, so that a snapshot that comes a moment early is not left out.
_FIGURES_EVERY_S: Final = 1.8
# A snapshot that came too early for that is shown after so long, should no newer one come.
_HELD_AT_MOST_S: Final = 3.0


class SharedPage:
    """One rendering of the page, of which all readers of the same words and figures are told."""

    def __init__(
        self,
        board: SnapshotBoard,
        shown: Callable[[], LiveSnapshot | None],
        render: Callable[[LiveSnapshot], str],
    ) -> None:
        """``shown`` is the newest snapshot without what these readers may not see."""
        self.board = board
        self._shown, self._render = shown, render
        self._epoch = token_hex(8)
        self._sequence = 0
        self._shown_at_s = 0.0
        self._snapshot: LiveSnapshot | None = None
        self._tree: Element | None = None
        self._whole: bytes | None = None
        self._changes = Changes(0)

    @property
    def place(self) -> Place:
        """Where who knows all of it is."""
        return Place(self._epoch, self._sequence)

    @property
    def waits_s(self) -> float | None:
        """How long until a snapshot is shown that is here already; None when there is none."""
        if self._sequence == self.board.sequence:
            return None
        return max(self._shown_at_s + _HELD_AT_MOST_S - monotonic(), 0.0)

    def advance(self, *, at_once: bool = False) -> None:
        """Show the newest snapshot if it is time for figures, or if something happened."""
        sequence = self.board.sequence
        if sequence == self._sequence:
            return
        newest = self._shown()
        if newest is None:
            return
        due = at_once or monotonic() - self._shown_at_s >= _FIGURES_EVERY_S
        if self._snapshot is not None and not due and troubles(self._snapshot) == troubles(newest):
            return
        html = self._render(newest)
        # As browsers take it; in an event, too, a carriage return would end a line.
        html = html.replace("\r\n", "\n").replace("\r", "\n")
        before, self._tree = self._tree, tree_of(html)
        self._snapshot, self._sequence, self._whole = newest, sequence, None
        self._shown_at_s = monotonic()
        if before is None:
            self._changes = Changes(sequence)
            return
        changes = differences(before, self._tree)
        told = json.dumps(changes, ensure_ascii=False, separators=(",", ":"))
        self._changes.add(sequence, self._numbered("patch", told) if changes else None)

    def whole(self) -> bytes | None:
        """All of it; None before the first snapshot."""
        if self._whole is None and self._tree is not None:
            self._whole = self._numbered("main", self._tree.source)
        return self._whole

    def _numbered(self, event: str, data: str) -> bytes:
        return numbered(encoded(event, data), self.place)

    def since(self, place: Place | None) -> bytes | None:
        """What brings a reader up to date; None when there is nothing to tell."""
        whole, changes = self.whole(), None
        if place is not None and place.epoch == self._epoch:
            changes = self._changes.since(place.sequence)
        if whole is None or changes is None:
            return whole
        events = b"".join(event for _, event in changes)
        return events or None if len(events) < len(whole) else whole


class PageReader:
    """One reader of a shared page."""

    def __init__(self, page: SharedPage, place: Place | None) -> None:
        self._page, self._place = page, place
        self._greeting = RETRY

    async def read(self, within_s: float) -> bytes | None:
        """What changed since it was last asked, or None when nothing does within so long."""
        until_s = monotonic() + within_s
        # Who comes gets the newest, as the page that it was loaded with.
        self._page.advance(at_once=bool(self._greeting))
        while True:
            events = self._page.since(self._place)
            if self._page.whole() is not None:
                self._place = self._page.place
            if events is not None or self._greeting:
                greeting, self._greeting = self._greeting, b""
                return greeting + (events or b"")
            left_s = until_s - monotonic()
            if left_s <= 0.0:
                return None
            waits_s = self._page.waits_s
            wait_s = left_s if waits_s is None else min(left_s, waits_s)
            await self._page.board.wait_newer(self._page.board.sequence, wait_s)
            self._page.advance()


def troubles(snapshot: LiveSnapshot) -> tuple[object, ...]:
    """What is shown at once when it changes: trouble, its end, and what somebody did about it."""
    devices = tuple((d.state, d.stale_points, d.charge) for d in snapshot.devices)
    verdicts = tuple(f.verdict for f in snapshot.findings)
    standing = tuple(one.meter for one in snapshot.standing)
    breaches = tuple(
        (one.id, one.state, one.plan, one.derogation, one.deadline) for one in snapshot.breaches
    )
    current = (snapshot.store_reachable, snapshot.evaluation_up)
    return (current, devices, verdicts, standing, breaches)
