"""What a reader may see of a site. Readers who may see the same share one stream."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from service.access.visitor import Visitor
from service.api.served import ServedSite
from service.live.snapshot import LiveSnapshot


@dataclass(frozen=True, slots=True)
class Viewer:
    """``key`` is the same for all who are shown the same; ``shown`` is the newest of that."""

    key: tuple[str, ...]
    shown: Callable[[], LiveSnapshot | None]


def viewer_of(here: ServedSite, who: Visitor) -> Viewer:
    """A visitor as far as it makes a difference at a site."""
    clearance, takers = who.clearance(here.id), who.takers(here.id)
    return Viewer((here.id, clearance.name, *sorted(takers)), partial(here.shown, who))
