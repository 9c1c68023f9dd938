"""What people do to a breach over HTTP: each stays in the audit trail with who and why."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from charter_rules.breaches import actions
from charter_rules.breaches.actions import ActionRefused, Done
from charter_rules.breaches.state import Breach, Derogation
from models.site.disclosure import Matter
from service.access.roles import Action
from service.access.visitor import Visitor
from service.api.breaches import BreachAnswer
from service.api.of_a_site import BreachId, site_router
from service.api.parameters import Day
from service.api.permissions import Here, Who, may, reads
from service.api.problems import ApiProblem, not_found
from service.api.recording import RECORDED
from service.api.served import ServedSite
from service.evaluation.ports import StoreAway
from service.storage.breaches import NoSuchBreach
from service.storage.errors import StoreUnreachableError

_LONGEST = 4000
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_LONGEST)]


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    why: _Text = Field(description="why; it stays in the audit trail for good")


class Acknowledgement(_Act):
    """Somebody answers for a breach."""


class Comment(_Act):
    """A note; nothing changes."""


class PlanFiled(_Act):
    """The remediation plan."""

    plan: _Text = Field(description="the plan, or where it is")


class DerogationGiven(_Act):
    """A derogation that covers a breach until its last day."""

    ground: _Text = Field(description="the legal ground")
    until: Day = Field(description="its last day")
    document: _Text = Field(description="the document that grants it")


class DeadlineMoved(_Act):
    """Another last day of the remedy."""

    deadline: Day = Field(description="the new last day")


router = site_router("charter")
_ANSWERS = [*reads(Matter.BREACH), *may(Action.ANSWER_BREACH), *RECORDED]
_DECIDES = [*reads(Matter.BREACH), *may(Action.DECIDE_BREACH), *RECORDED]


@router.post("/breaches/{breach_id}/acknowledgement", dependencies=_ANSWERS)
async def acknowledge_breach(
    breach_id: BreachId, said: Acknowledgement, here: Here, who: Who
) -> BreachAnswer:
    """Answer for a breach that is open."""
    return await _act(
        here, who, breach_id, lambda b, by, at: actions.acknowledge(b, by, said.why, at)
    )


@router.post("/breaches/{breach_id}/plan", dependencies=_ANSWERS)
async def plan_breach(breach_id: BreachId, said: PlanFiled, here: Here, who: Who) -> BreachAnswer:
    """File the remediation plan."""
    return await _act(
        here, who, breach_id, lambda b, by, at: actions.plan(b, said.plan, by, said.why, at)
    )


@router.post("/breaches/{breach_id}/derogation", dependencies=_DECIDES)
async def justify_breach(
    breach_id: BreachId, said: DerogationGiven, here: Here, who: Who
) -> BreachAnswer:
    """Record a derogation: the authority's decision."""
    given = Derogation(ground=said.ground, until=said.until, document=said.document)
    return await _act(
        here, who, breach_id, lambda b, by, at: actions.justify(b, given, by, said.why, at)
    )


@router.post("/breaches/{breach_id}/deadline", dependencies=_DECIDES)
async def move_breach_deadline(
    breach_id: BreachId, said: DeadlineMoved, here: Here, who: Who
) -> BreachAnswer:
    """Move the last day of the remedy: the authority's decision."""
    return await _act(
        here,
        who,
        breach_id,
        lambda b, by, at: actions.move_deadline(b, said.deadline, by, said.why, at),
    )


@router.post(
    "/breaches/{breach_id}/comments",
    dependencies=[
        *reads(Matter.BREACH),
        *may(Action.ANSWER_BREACH, Action.DECIDE_BREACH),
        *RECORDED,
    ],
)
async def comment_breach(breach_id: BreachId, said: Comment, here: Here, who: Who) -> BreachAnswer:
    """Note something; nothing changes."""
    return await _act(here, who, breach_id, lambda b, by, at: actions.comment(b, by, said.why, at))


_By = Callable[[Breach, str, datetime], Done]


async def _act(here: ServedSite, who: Visitor, breach_id: str, action: _By) -> BreachAnswer:
    """Apply an action; a breach that the visitor may not see is not there."""
    at = datetime.now(UTC)

    def done(breach: Breach) -> Done:
        if not any(here.breaches_shown([breach], who)):
            raise NoSuchBreach(breach_id)
        return action(breach, f"{who.name} ({who.account})", at)

    try:
        return BreachAnswer.model_validate(await here.store.breaches.act(breach_id, done))
    except NoSuchBreach as error:
        what = "breach"
        raise not_found(what, breach_id, "see the site's /breaches for the names") from error
    except ActionRefused as error:
        raise ApiProblem(
            409, "action_refused", "Refused", str(error), "see the state of the breach"
        ) from error
    except StoreUnreachableError as error:
        raise StoreAway(str(error)) from error
