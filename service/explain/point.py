"""One point explained: how it is wired, what came over the wire, what is made of it."""

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from collectors.modbus.decode import Decoder
from collectors.opcua.decode import decode_value
from collectors.opcua.nodes import NodeValue
from collectors.profiles.schema import ModbusPoint
from collectors.raw import RawPoint, RawRegisters, RawVariable
from collectors.request_time import RequestTime
from models.legal_time.days import from_us
from models.readings import Quality
from models.site.devices import SitePoint
from service.explain.wiring import NodeAddress, RegisterAddress, Wiring

_FLOATS = frozenset({"Float", "Double"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedWords:
    """What the profile makes of the words, in the unit of the point; None is no value."""

    value: float | None
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWords:
    """The last words of a point, and whether reading it has failed since.

    ``decoded`` is None where the words are of another place than the profile of now says: the
    collector reads by another version of site file or profile.
    """

    read_at: datetime | None
    raw: RawRegisters | RawVariable | None
    decoded: DecodedWords | None
    failed_at: datetime | None
    failure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointExplanation:
    """One point from its name to its words.

    ``wiring`` is None for a point that no device of the site has; ``words`` for one that was never
    read, or that the collector has not told of yet.
    """

    point: SitePoint
    wiring: Wiring | None
    words: LastWords | None


def explain_point(
    point: SitePoint, wiring: Wiring | None, raw: RawPoint | None
) -> PointExplanation:
    """Put together what is known of a point.

    Parameters
    ----------
    point : SitePoint
        What it is called, and what it measures.
    wiring : Wiring or None
        How it is read.
    raw : RawPoint or None
        Its last words.

    Returns
    -------
    PointExplanation
        With the words decoded as the profile says.
    """
    words = None
    if raw is not None:
        words = LastWords(
            read_at=None if raw.read_us is None else from_us(raw.read_us),
            raw=raw.raw,
            decoded=None if wiring is None else _decoded(wiring, raw),
            failed_at=None if raw.failed_us is None else from_us(raw.failed_us),
            failure=raw.failure,
        )
    return PointExplanation(point=point, wiring=wiring, words=words)


def _decoded(wiring: Wiring, raw: RawPoint) -> DecodedWords | None:
    if isinstance(raw.raw, RawRegisters) and isinstance(wiring.line, ModbusPoint):
        return _of_registers(wiring, wiring.line, raw.raw)
    if isinstance(raw.raw, RawVariable) and isinstance(wiring.address, NodeAddress):
        return _of_variable(wiring, wiring.address, raw.raw, raw.read_us or 0)
    return None


def _of_registers(wiring: Wiring, line: ModbusPoint, raw: RawRegisters) -> DecodedWords | None:
    told = wiring.address
    if not isinstance(told, RegisterAddress):
        return None
    place = (told.unit, told.space, told.address, told.count)
    if (raw.unit, raw.space, raw.address, len(raw.words)) != place:
        return None
    value, quality = Decoder((line,)).decode(np.array(raw.words, np.uint16))
    return _shown(float(value[0]), Quality(int(quality[0])))


def _of_variable(
    wiring: Wiring, told: NodeAddress, raw: RawVariable, read_us: int
) -> DecodedWords | None:
    if raw.node != told.node:
        return None
    is_float_in_words = isinstance(raw.value, str) and raw.data_type in _FLOATS
    node = NodeValue(
        # Not a number and infinite are no JSON: they were told in words.
        value=float(raw.value or math.nan) if is_float_in_words else raw.value,
        status=raw.status,
        source_us=raw.source_us,
        server_us=raw.server_us,
        request=RequestTime(sent_us=read_us, received_us=read_us),
    )
    decoded = decode_value(node, wiring.conversion, is_clock_off=False)
    return _shown(decoded.value, decoded.quality)


def _shown(value: float, quality: Quality) -> DecodedWords:
    return DecodedWords(value=None if math.isnan(value) else value, quality=quality)
