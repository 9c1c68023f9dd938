"""What happened at a site, the newest first: the trace of a night."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from models.site.disclosure import Confidentiality, Matter
from service.api.of_a_site import site_router
from service.api.paging import Page, PageAsked, number_of
from service.api.parameters import Instant
from service.api.permissions import EVERYBODY, Here, Who
from service.journal.happening import HappeningKind
from service.storage.journal_book import BY_RULE, JournalAsked, JournalEntry

_NEWEST: Final = 2**62
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
router = site_router("journal")


class JournalEntryAnswer(BaseModel):
    """One thing that happened."""

    model_config = ConfigDict(from_attributes=True)

    seq: int = Field(description="number; later ones are higher", examples=[812])
    at: datetime = Field(description="when it happened", examples=["2026-11-28T02:14:07Z"])
    noted_at: datetime = Field(
        description="when it was written down", examples=["2026-11-28T02:14:08Z"]
    )
    kind: HappeningKind = Field(description="what became otherwise", examples=["device"])
    subject: str = Field(
        description="device, meter or rule it happened to; empty: the site", examples=["pdu_07"]
    )
    before: str | None = Field(description="how it was; null: it is new", examples=["ok"])
    after: str = Field(description="how it is since", examples=["lost"])
    why: Mapping[str, str] = Field(
        description="what more is known; of who answers for what nothing to the public",
        examples=[{"trouble": "nothing_listens"}],
    )

    @classmethod
    def of(cls, entry: JournalEntry, *, named: bool) -> "JournalEntryAnswer":
        """From the store; ``named``: with the names of people."""
        told = cls.model_validate(entry)
        is_secret = entry.kind is HappeningKind.CHARGE and not named
        return told.model_copy(update={"why": {}}) if is_secret else told


JournalPage = Page[JournalEntryAnswer]


@router.get("/journal", dependencies=EVERYBODY)
async def list_journal(
    here: Here,
    who: Who,
    page: PageAsked,
    kind: Annotated[
        list[HappeningKind] | None,
        Query(description="only of these kinds; may be given several times", examples=["device"]),
    ] = None,
    subject: Annotated[
        str | None,
        Query(max_length=200, description="only what happened to this", examples=["pdu_07"]),
    ] = None,
    since: Annotated[
        Instant | None,
        Query(description="only what happened from then on", examples=["2026-11-27T18:00:00Z"]),
    ] = None,
) -> JournalPage:
    """What happened to devices, collector, database, meters, verdicts and breaches.

    The newest first, as far as the visitor may see it.
    """
    disclosure, clearance = here.site.disclosure, who.clearance(here.id)
    rules = here.rules_shown(who)
    seen = {one for one in Matter if disclosure.of(one) <= clearance}
    asked = JournalAsked(
        before=number_of(page.cursor) or _NEWEST,
        limit=page.limit + 1,
        since=_EVER if since is None else since,
        kinds=kind,
        subject=subject,
        # Of rules that are not all for the visitor, those that are, by name.
        matters=seen if rules is None else seen - set(BY_RULE),
        rules=rules if rules is not None and seen >= set(BY_RULE) else None,
    )
    found = await here.store.journal.happened(asked)
    items = found[: page.limit]
    named = clearance > Confidentiality.PUBLIC
    return JournalPage(
        items=[JournalEntryAnswer.of(one, named=named) for one in items],
        next=page.goes_on(str(items[-1].seq) if len(found) > page.limit else None),
    )
