"""The breaches of a site and their audit trail."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from charter_rules.breaches.lifecycle import AUTHOR
from charter_rules.breaches.state import Breach, BreachState
from models.site.disclosure import Confidentiality, Matter
from service.access.visitor import Visitor
from service.api.of_a_site import BreachId, site_router
from service.api.paging import Page, PageAsked, no_such_cursor
from service.api.permissions import Here, Who, reads
from service.api.problems import not_found
from service.api.served import ServedSite
from service.evaluation.ports import StoreAway
from service.storage.breach_trail import TrailEntry
from service.storage.breaches import NoSuchBreach
from service.storage.errors import StoreUnreachableError


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class DerogationAnswer(_Answer):
    """Why a breach is allowed to stand."""

    ground: str
    until: date
    document: str


class BreachAnswer(_Answer):
    """One breach as it stands."""

    id: str
    rule_id: str
    rule_version: int
    state: BreachState
    began_at: datetime = Field(description="since when it is shown without interruption")
    preceded_by: str | None = Field(description="the verdict before that; null: nobody judged it")
    may_be_older: bool = Field(description="nothing proves that it had not begun before")
    noticed_at: datetime = Field(description="when it was first noticed; deadlines run from then")
    opened_at: datetime | None = Field(description="when it had stood for long enough")
    resolved_at: datetime | None
    last_at: datetime = Field(description="when it was last observed")
    last_verdict: str
    value: float | None
    expanded_uncertainty: float | None
    threshold: float | None
    margin: float | None = Field(description="positive on the compliant side")
    worst_margin: float | None
    unit: str
    window_start: datetime | None = Field(description="begin of the data behind the figures")
    window_end: datetime | None
    lack: str | None = Field(description="what the newest verdict lacks; the clocks stand still")
    breach_since: datetime | None = Field(description="begin of the evidence of a breach")
    clear_since: datetime | None = Field(description="begin of the evidence that it is over")
    deadline: date | None
    deadline_passed: bool
    plan: str
    derogation: DerogationAnswer | None
    times_opened: int


class BreachEventAnswer(_Answer):
    """One line of the audit trail."""

    seq: int
    kind: str
    at: datetime
    who: str | None = Field(description="boucle, or the person; null: its name is not for all")
    why: str
    before: str | None
    after: str
    details: Mapping[str, str]
    prev_sha256: str
    sha256: str

    @classmethod
    def of(cls, entry: TrailEntry, *, named: bool) -> "BreachEventAnswer":
        """From the store; ``named``: with the names of people."""
        event = entry.event
        return cls(
            seq=entry.seq,
            kind=event.kind.value,
            at=event.at,
            who=event.who if named or event.who == AUTHOR else None,
            why=event.why,
            before=None if event.before is None else event.before.value,
            after=event.after.value,
            details=event.details,
            prev_sha256=entry.prev_sha256,
            sha256=entry.sha256,
        )


class BreachPage(Page[BreachAnswer]):
    """Breaches, the newest first."""


class BreachWithTrail(BreachAnswer):
    """One breach and everything that happened to it."""

    events: list[BreachEventAnswer]


router = site_router("charter")


@router.get("/breaches", dependencies=reads(Matter.BREACH))
async def list_breaches(
    here: Here,
    who: Who,
    page: PageAsked,
    state: Annotated[
        BreachState | None, Query(description="only those that are so", examples=["open"])
    ] = None,
    rule: Annotated[
        str | None, Query(description="only those of this rule", examples=["paris_ref"])
    ] = None,
) -> BreachPage:
    """Breaches of the charter, the newest first, with those that ended."""
    found = await _page(here, who, rule, state, page.cursor, page.limit + 1)
    shown, rest = found[: page.limit], found[page.limit :]
    return BreachPage(
        items=[BreachAnswer.model_validate(one) for one in shown],
        next=page.goes_on(rest[0].id if rest else None),
    )


@router.get("/breaches/{breach_id}", dependencies=reads(Matter.BREACH))
async def read_breach(breach_id: BreachId, here: Here, who: Who) -> BreachWithTrail:
    """One breach with its audit trail."""
    try:
        one = await here.store.breaches.one(breach_id)
        if one is None or not any(here.breaches_shown([one], who)):
            what = "breach"
            raise not_found(what, breach_id, "see the site's /breaches for the names")
        trail = await here.store.breaches.trail(breach_id)
    except StoreUnreachableError as error:
        raise StoreAway(str(error)) from error
    plain = BreachAnswer.model_validate(one).model_dump()
    named = who.clearance(here.id) > Confidentiality.PUBLIC
    events = [BreachEventAnswer.of(entry, named=named) for entry in trail]
    return BreachWithTrail(**plain, events=events)


async def _page(
    here: ServedSite,
    who: Visitor,
    rule: str | None,
    state: BreachState | None,
    first: str | None,
    limit: int,
) -> list[Breach]:
    """Of the rules that a visitor may see."""
    rules = here.rules_shown(who)
    if rule is not None:
        rules = frozenset({rule}) if rules is None or rule in rules else frozenset()
    try:
        return await here.store.breaches.page(rules, state, first, limit)
    except StoreUnreachableError as error:
        raise StoreAway(str(error)) from error
    except NoSuchBreach as error:
        raise no_such_cursor(str(error)) from error
