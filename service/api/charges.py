"""Who answers for which device or alarm: taken in charge with name and note, given back."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models.site.disclosure import Confidentiality, Matter
from service.access.roles import Action
from service.alerts.wording import alert_names
from service.api.of_a_site import site_router
from service.api.permissions import Here, Who, may, reads, require
from service.api.problems import ApiProblem, not_found
from service.api.recording import RECORDED
from service.api.served import ServedSite
from service.storage.charges import ChargeKind

_MOST = 500
_LONGEST_NOTE = 1000
router = site_router("alarms")


class ChargeAnswer(BaseModel):
    """Somebody answers for a device or an alarm."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(description="grows; the cursor of the list")
    kind: ChargeKind = Field(description="device or alarm")
    subject: str = Field(description="name of the device or of the alarm")
    account: str = Field(description="of whoever answers for it")
    name: str = Field(description="of whoever answers for it, as it was then")
    note: str = Field(description="what they noted")
    at: datetime = Field(description="since when")
    ended_at: datetime | None = Field(description="until when; null: still")
    ended_by: str | None = Field(description="account that ended it, or that took over")


class ChargeTaken(BaseModel):
    """What is noted when something is taken in charge."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_LONGEST_NOTE)
    ] = Field(description="what is done about it, for whoever looks next")


@router.get("/charges", dependencies=reads(Matter.DEVICE))
async def list_charges(
    here: Here,
    who: Who,
    standing: Annotated[bool, Query(description="only those that stand")] = True,
    before: Annotated[int | None, Query(ge=1, description="older than this id")] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
) -> list[ChargeAnswer]:
    """Who answers for what, the newest first. Names of people are not for the public."""
    require(who, here, Confidentiality.AUTHORITY, "who answers for what")
    found = await here.store.charges.charges(standing=standing, before=before, limit=limit)
    return [ChargeAnswer.model_validate(one) for one in found]


@router.put("/charges/{kind}/{subject}", dependencies=[*may(Action.TAKE_CHARGE), *RECORDED])
async def take_charge(
    kind: ChargeKind, subject: str, said: ChargeTaken, here: Here, who: Who
) -> ChargeAnswer:
    """Answer for a device or an alarm; whoever did before no longer does."""
    _known(here, kind, subject)
    taken = await here.store.charges.take(kind, subject, who, said.note, datetime.now(UTC))
    return ChargeAnswer.model_validate(taken)


@router.delete(
    "/charges/{kind}/{subject}", dependencies=[*may(Action.TAKE_CHARGE), *RECORDED], status_code=204
)
async def end_charge(kind: ChargeKind, subject: str, here: Here, who: Who) -> None:
    """Give it back: it is over, or nobody answers for it any more."""
    _known(here, kind, subject)
    if not await here.store.charges.end(kind, subject, who, datetime.now(UTC)):
        raise ApiProblem(
            409,
            "not_taken_in_charge",
            "Not taken in charge",
            f"nobody answers for {kind.value} {subject}",
            "see the site's /charges for what is",
        )


def _known(here: ServedSite, kind: ChargeKind, subject: str) -> None:
    if kind is ChargeKind.DEVICE and subject not in here.site.devices:
        raise not_found(kind.value, subject, "see the site's /devices for the names")
    if kind is ChargeKind.ALARM and subject not in alert_names():
        raise not_found(kind.value, subject, f"use one of {', '.join(alert_names())}")
