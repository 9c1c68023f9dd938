"""The shape of a site file. README.md in this folder explains each part with an example."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from collectors.installation import Device, Identifier, Link
from models.metering.tree import Role, Serves
from models.registers.register import EventKind
from models.site.identity import IcpeLevel, NoiseLaw, RedundancyLevel
from service.site.changes import ChangeShape, each_day_once
from service.site.declarations import (
    DeclarationsShape,
    EnvelopeShape,
    ExchangerShape,
    HeatOfferShape,
    TakerShape,
    ThermalNodeShape,
)
from service.site.disclosure import DisclosureShape

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

# A class better than any that there is makes every verdict surer than it can be: 0,1 S of IEC
# 62053-22:2020, 0,1 of IEC 61869-2, and 0,3 of Directive 2014/32/EU, annex VII.
_BEST_METER: Final = 0.1
_BEST_TRANSFORMER: Final = 0.1
_BEST_VOLUME_METER: Final = 0.3
_WORST_CLASS: Final = 10.0


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RedundancyShape(_Shape):
    """Redundancy as Delegated Regulation (EU) 2024/1364, Annex I asks for it."""

    electrical: RedundancyLevel
    cooling: RedundancyLevel


class _MayBeUnknown(BaseModel):
    """Facts that may be left out, which says that they are not known."""

    icpe_regime: IcpeLevel | None = None
    total_rated_input_kw: float | None = Field(gt=0, default=None)
    ai_share: float | None = Field(ge=0, le=1, default=None)
    siret_it_power_kw: float | None = Field(gt=0, default=None)
    rated_connection_kw: float | None = Field(gt=0, default=None)
    major_modification_on: date | None = None
    cooling_in_operation: date | None = None
    vital_or_defence: bool = False


class IdentityChangeShape(ChangeShape, _MayBeUnknown):
    """What of the identity became otherwise on a day; these are always known."""

    operator: Text = ""
    public_operator: bool = False
    floor_area_m2: float = Field(gt=0, default=1.0)
    installed_it_power_kw: float = Field(gt=0, default=1.0)
    zone: Identifier = ""
    noise_regime: NoiseLaw = "public_health_code"


class IdentityShape(_Shape, _MayBeUnknown):
    """Who and where the data centre is. ``None`` means not known, never zero.

    It is as it was at first; ``changes`` say what became otherwise, and from which day.
    """

    id: Identifier
    name: Text
    operator: Text
    public_operator: bool
    siret: str | None = Field(pattern=r"^\d{14}$", default=None)
    address: Text
    postcode: str = Field(pattern=r"^\d{5}$")
    city: Text
    latitude_deg: float = Field(ge=-90, le=90)
    longitude_deg: float = Field(ge=-180, le=180)
    entry_into_operation: date
    floor_area_m2: float = Field(gt=0)
    computer_room_area_m2: float = Field(gt=0)
    installed_it_power_kw: float = Field(gt=0)
    rated_it_power_kw: float = Field(gt=0)
    zone: Identifier
    redundancy: RedundancyShape
    noise_regime: NoiseLaw
    changes: Annotated[tuple[IdentityChangeShape, ...], AfterValidator(each_day_once)] = ()
    charter: Identifier
    simulated: bool = False
    notes: str = ""


def _transformer_class(mpe_percent: float) -> float:
    """Zero where there is none."""
    if mpe_percent and not _BEST_TRANSFORMER <= mpe_percent <= _WORST_CLASS:
        msg = f"a class is {_BEST_TRANSFORMER} to {_WORST_CLASS}, or 0 without a transformer"
        raise ValueError(msg)
    return mpe_percent


class ElectricityAccuracyShape(_Shape):
    """Class of an electricity meter and of its current transformers, as percentages."""

    kind: Literal["electricity"]
    standard: Text
    mpe_percent: float = Field(ge=_BEST_METER, le=_WORST_CLASS)
    ct_mpe_percent: Annotated[float, AfterValidator(_transformer_class)] = 0.0


class VolumeAccuracyShape(_Shape):
    """Maximum permissible error of a water or fuel meter, as a percentage."""

    kind: Literal["volume"]
    standard: Text
    mpe_percent: float = Field(ge=_BEST_VOLUME_METER, le=_WORST_CLASS)


class HeatAccuracyShape(_Shape):
    """EN 1434 class of a heat meter with the two data its error depends on."""

    kind: Literal["heat"]
    standard: Text
    accuracy_class: Literal[1, 2, 3]
    dt_min_k: float = Field(gt=0, le=20)
    qp_m3_per_h: float = Field(gt=0)


AccuracyShape = Annotated[
    ElectricityAccuracyShape | VolumeAccuracyShape | HeatAccuracyShape,
    Field(discriminator="kind"),
]


class BusShape(_Shape):
    """A node of the tree that has no meter of its own, such as a main board.

    ``complete`` says that everything it feeds is metered: only then can a balance find losses.
    """

    id: Identifier
    label_fr: Text
    label_en: Text
    complete: bool = False


class MeterEventShape(_Shape):
    """What was done to a meter, in the unit of its register's quantity (kWh or m3).

    ``final_index`` is what it showed before ``at``, ``initial_index`` what it showed after; without
    both, what was counted around the instant is not known. ``factor_before`` corrects what was
    counted before a transformer's ratio was. ``document`` says who wrote it down where.
    """

    kind: EventKind
    at: AwareDatetime
    final_index: float | None = Field(ge=0, default=None)
    initial_index: float | None = Field(ge=0, default=None)
    factor_before: float = Field(gt=0, default=1.0)
    document: Text


class MeterShape(_Shape):
    """One meter: the device and register it is read from, its role and its place.

    ``max_per_h`` is the most the register can count in an hour, in kWh or m3: a faster
    increase is a replaced meter or a misreading, never consumption. ``resolution`` is the step in
    which it counts where that is coarser than what is read; ``starting_rate_per_h`` the rate below
    which it may not count, that of its class when left out. ``net`` registers run backwards too;
    ``complete``: all inside it is metered; ``serves``: what heat pumps are for; ``fresh``: rain or
    other water that counts as fresh.
    """

    id: Identifier
    device: Identifier
    register_: Identifier = Field(alias="register")
    power: Identifier | None = None
    volume: Identifier | None = None
    role: Role
    inside: Identifier | None = None
    accuracy: AccuracyShape
    max_per_h: float = Field(gt=0)
    resolution: float | None = Field(gt=0, default=None)
    starting_rate_per_h: float | None = Field(ge=0, default=None)
    net: bool = False
    complete: bool = False
    serves: Serves | None = None
    fresh: bool = False
    events: tuple[MeterEventShape, ...] = ()


class NoisePointShape(_Shape):
    """A sound meter at the property line, with the levels measured without the plant.

    Emergence is only as good as the residual level: ``provenance`` and ``measured_on`` are
    shown beside every figure derived from it.
    """

    id: Identifier
    label_fr: Text
    label_en: Text
    device: Identifier
    level: Identifier
    residual_day_dba: float = Field(gt=10, lt=120)
    residual_night_dba: float = Field(gt=10, lt=120)
    residual_u_db: float = Field(gt=0, le=10)
    ambient_u_db: float = Field(gt=0, le=10)
    provenance: Text
    measured_on: date


class WindShape(_Shape):
    """Which point gives the wind speed at the sound meters."""

    device: Identifier
    speed: Identifier


class NoiseShape(_Shape):
    """Noise monitoring of the site."""

    wind: WindShape
    points: tuple[NoisePointShape, ...] = Field(min_length=1)


class HeatBranchShape(_Shape):
    """A heat branch shown live: the heat meter whose temperatures and power are its own.

    Their order in the file is that on the page, and gives their colours.
    """

    id: Identifier
    label_fr: Text
    label_en: Text
    device: Identifier


class SiteFile(_Shape):
    """One data centre."""

    site: IdentityShape
    links: tuple[Link, ...] = Field(min_length=1)
    devices: tuple[Device, ...] = Field(min_length=1)
    buses: tuple[BusShape, ...] = ()
    meters: tuple[MeterShape, ...] = Field(min_length=1)
    noise: NoiseShape | None = None
    heat_branches: tuple[HeatBranchShape, ...] = ()
    heat_pumps: tuple[Identifier, ...] = ()
    heat_pump_outputs: tuple[Identifier, ...] = ()
    outdoor_device: Identifier | None = None
    declared: DeclarationsShape = DeclarationsShape()
    envelope: EnvelopeShape = EnvelopeShape()
    exchanger: ExchangerShape | None = None
    heat_offer: HeatOfferShape | None = None
    takers: tuple[TakerShape, ...] = ()
    thermal_nodes: tuple[ThermalNodeShape, ...] = ()
    disclosure: DisclosureShape = DisclosureShape()
