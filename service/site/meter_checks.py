"""What a meter of a site file must keep beyond its shape: what fits its role, and its events."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

from models.metering.tree import QUANTITY_OF_ROLE, WATER_INPUTS, Role
from models.quantities import Quantity
from models.registers.register import EventKind
from service.site.schema import MeterEventShape, MeterShape

# Field of a meter, or of one of its events, and what is wrong with it.
Complaint = tuple[tuple[str | int, ...], str]


def role_complaints(meter: MeterShape) -> Iterator[Complaint]:
    """Declarations that say nothing of a meter of that role."""
    electrical = QUANTITY_OF_ROLE[meter.role] is Quantity.ACTIVE_ENERGY
    role = meter.role.value
    if meter.net and not electrical:
        yield ("net",), f"a {role} meter does not run backwards; remove it"
    if meter.net and meter.role is Role.EXPORT:
        yield ("net",), "an export meter counts what is given back; a net meter is the intake's own"
    if meter.serves is not None and meter.role is not Role.HEAT_PUMP:
        yield ("serves",), f"is said of heat pumps, not of a {role} meter; remove it"
    if meter.fresh and meter.role not in WATER_INPUTS:
        yield ("fresh",), f"is said of water that enters, not of a {role} meter; remove it"
    if meter.complete and not electrical:
        yield ("complete",), f"is said of electrical nodes, not of a {role} meter; remove it"


def event_complaints(
    meter: MeterShape, modulus: float | None, now: datetime | None = None
) -> Iterator[Complaint]:
    """Events that cannot have been so."""
    now = now or datetime.now(UTC)
    for index, event in enumerate(meter.events):
        for field, message in _of_event(event, modulus, now):
            yield ("events", index, field), message
    for index, (before, event) in enumerate(pairwise(meter.events), start=1):
        if event.at <= before.at:
            yield (
                ("events", index, "at"),
                f"is not after the event before it ({before.at.isoformat()}); put them in order",
            )
        shown, started = event.final_index, before.initial_index
        if shown is not None and started is not None and shown < started and not meter.net:
            yield (
                ("events", index, "final_index"),
                f"{shown:g} is below {started:g}, what the register showed after the event before "
                "it; correct one of them",
            )


def _of_event(
    event: MeterEventShape, modulus: float | None, now: datetime
) -> Iterator[tuple[str, str]]:
    if event.at > now:
        yield "at", f"{event.at.isoformat()} is in the future; an event is declared once it was"
    corrected = event.kind is EventKind.RATIO_CORRECTED
    if corrected and event.factor_before == 1.0:
        yield "factor_before", "is what a corrected ratio is about; say by how much it was wrong"
    if not corrected and event.factor_before != 1.0:
        yield (
            "factor_before",
            f"belongs to 'ratio_corrected', not to {event.kind.value!r}; split it",
        )
    for field in ("final_index", "initial_index"):
        shown = getattr(event, field)
        if shown is not None and modulus is not None and shown >= modulus:
            yield (
                field,
                f"{shown:g} is more than the register can show ({modulus:g}); give it in kWh or m3",
            )
