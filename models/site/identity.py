"""Who and where a data centre is."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Self

from models.site.dated import FactsFrom, values_on

# Redundancy as Delegated Regulation (EU) 2024/1364, Annex I asks for it.
RedundancyLevel = Literal["N", "N+1", "2N", "2N+1"]
# Which French law the noise of a site is judged by.
NoiseLaw = Literal["public_health_code", "icpe"]
# Regime of an installation classified for the protection of the environment.
IcpeLevel = Literal["none", "declaration", "registration", "authorisation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redundancy:
    """How much of the plant may fail."""

    electrical: RedundancyLevel
    cooling: RedundancyLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who and where the data centre is. ``None`` means not known, never zero.

    It is as it was at first; ``changes`` are what became otherwise, and from which day.
    """

    id: str
    name: str
    operator: str
    public_operator: bool
    siret: str | None
    address: str
    postcode: str
    city: str
    latitude_deg: float
    longitude_deg: float
    entry_into_operation: date
    floor_area_m2: float
    computer_room_area_m2: float
    installed_it_power_kw: float
    rated_it_power_kw: float
    zone: str
    redundancy: Redundancy
    noise_regime: NoiseLaw
    icpe_regime: IcpeLevel | None
    total_rated_input_kw: float | None
    ai_share: float | None
    siret_it_power_kw: float | None = None
    rated_connection_kw: float | None = None
    major_modification_on: date | None = None
    cooling_in_operation: date | None = None
    vital_or_defence: bool = False
    charter: str
    simulated: bool
    notes: str
    changes: tuple[FactsFrom, ...] = ()

    def on(self, day: date) -> Self:
        """The identity as it was on a day."""
        if not self.changes:
            return self
        return replace(self, **values_on(self.changes, day), changes=())  # type: ignore[arg-type]  # named by FactsFrom
