"""Temperatures the equipment of a site is allowed to see."""

from dataclasses import dataclass

from models.kpi.thermal_envelope import AirClass


@dataclass(frozen=True, slots=True, kw_only=True)
class AirEnvelope:
    """The class the rooms are run to; ``inlets`` are the keys of the air at the servers."""

    air_class: AirClass
    inlets: tuple[str, ...]
    sensor_u_k: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidEnvelope:
    """The class of the liquid-cooled racks; ``supply`` is the key of the water they get."""

    liquid_class: str
    supply: str
    sensor_u_k: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What is declared of air and water."""

    air: AirEnvelope | None = None
    liquid: LiquidEnvelope | None = None
