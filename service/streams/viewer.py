"""What a reader may see of a snapshot. Readers who may see the same share one stream."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from service.live.snapshot import LiveSnapshot


@dataclass(frozen=True, slots=True)
class Viewer:
    """``key`` is the same for all who are shown the same by ``shown``."""

    key: tuple[str, ...]
    shown: Callable[[LiveSnapshot], LiveSnapshot]


ViewerOf = Callable[[Request], Viewer]


def everyone(request: Request) -> Viewer:
    """Without accounts everybody sees everything."""
    del request
    return Viewer((), lambda snapshot: snapshot)
