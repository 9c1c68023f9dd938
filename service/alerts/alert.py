"""One alert: what it is about, when it holds, and what becomes of it when nothing is known.

A condition is 1 or 0 for each subject, and absent while it is not known. It is recorded under
``HELD``, where the last thing known stands for as long as nothing newer is: missing data neither
raises an alert nor resolves one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from service.alerts.conditions import Condition, Sign

HELD: Final = "boucle:condition:held"
# For so long Prometheus itself may have been away; what it restores of "for" reaches as far back
# by default (--rules.alert.for-outage-tolerance).
HELD_FOR: Final = "1h"


class Kind(StrEnum):
    """Whether law that binds the site is at stake, a reference, or the watching itself."""

    BINDING = "binding"
    REFERENCE = "reference"
    TECHNICAL = "technical"


class Severity(StrEnum):
    """How soon somebody should look: now, today, or when there is time."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Input series of a unit test, in promtool's notation: the alert fires, or does not."""

    fires: Mapping[str, str]
    silent: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert of one site, about one subject or about all of a kind.

    ``when`` is true or false by the labels ``by``. ``alive`` is there while whoever tells the
    condition is alive: then absence means that it does not hold; without it absence means that
    nobody knows. A condition that is about absence itself is not ``held``. ``answered`` is there
    while somebody answers for it, as Boucle itself knows. ``labels`` name the subject; ``words``
    fill the texts of ``words/*.yaml``.
    """

    name: str
    when: Condition
    kind: Kind
    severity: Severity
    example: Example
    for_s: int = 60
    by: tuple[str, ...] = ()
    held: bool = True
    alive: Sign | None = None
    answered: Sign | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def condition(self) -> str:
        """PromQL of the condition."""
        return self.when.promql
