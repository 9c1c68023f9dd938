"""The sound entries of a site file whose shape is broken elsewhere.

Names that do not fit can then be told in the same run as the broken shapes, instead of coming up
only once those are mended.
"""

from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from collectors.installation import Device, Link
from service.site.declarations import (
    DeclarationsShape,
    EnvelopeShape,
    ExchangerShape,
    HeatOfferShape,
    TakerShape,
    ThermalNodeShape,
)
from service.site.schema import BusShape, HeatBranchShape, MeterShape, NoiseShape, SiteFile

_Shape = TypeVar("_Shape", bound=BaseModel)

_ENTRIES: Final[dict[str, TypeAdapter[Any]]] = {
    "links": TypeAdapter(Link),
    "devices": TypeAdapter(Device),
    "buses": TypeAdapter(BusShape),
    "meters": TypeAdapter(MeterShape),
    "heat_branches": TypeAdapter(HeatBranchShape),
    "takers": TypeAdapter(TakerShape),
    "thermal_nodes": TypeAdapter(ThermalNodeShape),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvage:
    """What is left of a broken file.

    ``index_of[group][n]`` is the place in the file of the n-th entry kept; ``left_out`` are the
    ids of the entries that were not kept, which must not be reported as unknown. ``nameless`` are
    the groups with an entry whose id is not known: anything unknown may be it.
    """

    site_file: SiteFile
    index_of: dict[str, list[int]]
    left_out: frozenset[str]
    nameless: frozenset[str]

    def file_path(self, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
        """The path in the file of a path in what was kept."""
        if len(path) > 1 and path[0] in self.index_of and isinstance(path[1], int):
            return (path[0], self.index_of[str(path[0])][path[1]], *path[2:])
        return path


def salvage(data: object) -> Salvage | None:
    """Keep every list entry that is sound by itself; None when the file is no mapping."""
    if not isinstance(data, dict):
        return None
    kept: dict[str, Any] = {}
    index_of: dict[str, list[int]] = {}
    left_out: set[str] = set()
    nameless: set[str] = set()
    for group, adapter in _ENTRIES.items():
        given = data.get(group)
        sound: list[Any] = []
        index_of[group] = []
        for index, entry in enumerate(given if isinstance(given, list) else ()):
            try:
                sound.append(adapter.validate_python(entry))
                index_of[group].append(index)
            except ValidationError:
                if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                    left_out.add(entry["id"])
                else:
                    nameless.add(group)
        kept[group] = tuple(sound)
    site_file = SiteFile.model_construct(
        **kept,
        noise=_one(NoiseShape, data.get("noise")),
        declared=_one(DeclarationsShape, data.get("declared")) or DeclarationsShape(),
        envelope=_one(EnvelopeShape, data.get("envelope")) or EnvelopeShape(),
        exchanger=_one(ExchangerShape, data.get("exchanger")),
        heat_offer=_one(HeatOfferShape, data.get("heat_offer")),
        heat_pumps=_names(data.get("heat_pumps")),
        heat_pump_outputs=_names(data.get("heat_pump_outputs")),
        outdoor_device=next(iter(_names([data.get("outdoor_device")])), None),
    )
    return Salvage(
        site_file=site_file,
        index_of=index_of,
        left_out=frozenset(left_out),
        nameless=frozenset(nameless),
    )


def _one(shape: type[_Shape], given: object) -> _Shape | None:
    try:
        return shape.model_validate(given)
    except ValidationError:
        return None


def _names(given: object) -> tuple[str, ...]:
    return tuple(n for n in given if isinstance(n, str)) if isinstance(given, list) else ()
