"""Duties to declare: was it said, by whom is read elsewhere, to be done in time."""

from dataclasses import replace
from datetime import date

from charter_rules.conditions import weigh
from charter_rules.facts import Declaration
from charter_rules.findings import Verdict
from charter_rules.outcome import Lack, Outcome
from charter_rules.standing import last_due
from models.readings import Origin


def judge_declaration(outcome: Outcome) -> Outcome:
    """The verdict on a duty in force. Silence proves neither that it was done nor the contrary."""
    due_on = last_due(outcome.rule, outcome.on)
    found = _declaration(outcome, due_on)
    if found is None:
        return replace(
            outcome,
            verdict=Verdict.INSUFFICIENT_DATA,
            lack=Lack.NO_DECLARATION,
            due_on=due_on,
        )
    plain = Verdict.COMPLIANT if found.made else Verdict.BREACH
    verdict = weigh(plain, Origin.DECLARED, outcome.rule.evidence)
    return replace(
        outcome,
        verdict=verdict,
        declaration=found,
        due_on=due_on,
        tempered=verdict is not plain,
    )


def _declaration(outcome: Outcome, due_on: date | None) -> Declaration | None:
    """The newest declaration of the duty that was known on the day."""
    duty = outcome.rule.duty
    known = [
        one
        for one in outcome.facts.declarations
        if duty is not None
        and one.key == duty.key
        and (one.made_on is None or one.made_on <= outcome.on)
        and (due_on is None or one.for_year == due_on.year - 1)
    ]
    # What was done in the end counts before what was not done until then.
    return max(known, key=lambda one: (one.made_on or date.min, one.made), default=None)
