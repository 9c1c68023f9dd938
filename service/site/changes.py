"""What of a site became otherwise on a day: what its file and a file of facts have in common."""

from collections.abc import Sequence
from datetime import date
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator


class ChangeShape(BaseModel):
    """The values from a day on; what did not change is left out.

    No default of a field is read: a change is what was written.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"day"}:
            msg = "says nothing beside its day; write what became otherwise, or remove it"
            raise ValueError(msg)
        return self

    def written(self) -> dict[str, object]:
        """The values by name, in the order of the names."""
        return {name: getattr(self, name) for name in sorted(self.model_fields_set - {"day"})}


_Change = TypeVar("_Change", bound=ChangeShape)


def each_day_once(changes: Sequence[_Change]) -> Sequence[_Change]:
    """Refuse two changes of one day: which of them counts would hang on their order."""
    seen: set[date] = set()
    for one in changes:
        if one.day in seen:
            msg = f"{one.day} is there twice; write what changed on that day in one entry"
            raise ValueError(msg)
        seen.add(one.day)
    return changes
