"""A file of a few facts: all that a charter asks of a site besides its measurements."""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from charter_rules.facts import (
    Author,
    Declaration,
    IcpeRegime,
    Inspection,
    NoiseRegime,
    SiteFacts,
)
from models.located_yaml import LocatedDocument
from models.site.dated import FactsFrom
from service.site.changes import ChangeShape, each_day_once
from service.site.errors import Problem, SiteFileError

_Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
_Words = Annotated[str, Field(min_length=1)]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _DeclarationEntry(_Shape):
    key: _Words
    made: bool
    made_on: date | None = None
    for_year: int | None = None
    document: _Words
    author: Author = Author.OPERATOR
    received_on: date | None = None
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None


class _InspectionEntry(_Shape):
    kpi: _Words
    measured_on: date
    value: Annotated[float, Field(allow_inf_nan=False)]
    expanded_uncertainty: _Positive
    level_dba: float | None = None
    indoors: bool = False
    noise_minutes: Annotated[float, Field(ge=0.0)] | None = None
    document: _Words
    author: Author = Author.INSPECTOR
    received_on: date | None = None
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None


class _MayBeUnknown(_Shape):
    """Facts that may be left out, which says that they are not known."""

    zone: str | None = None
    floor_area_m2: _Positive | None = None
    total_rated_input_kw: _Positive | None = None
    icpe_regime: IcpeRegime | None = None
    ai_share_ratio: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    siret_it_power_kw: _Positive | None = None
    rated_connection_kw: _Positive | None = None
    major_modification_on: date | None = None
    cooling_in_operation: date | None = None
    vital_or_defence: bool = False


class _ChangeEntry(ChangeShape, _MayBeUnknown):
    """What became otherwise on a day; these three are always known."""

    installed_it_power_kw: _Positive = 1.0
    public_operator: bool = False
    noise_regime: NoiseRegime = NoiseRegime.CSP

    def plain(self) -> FactsFrom:
        """The change as facts take it."""
        return FactsFrom(self.day, tuple(self.written().items()))


class _FactsFile(_MayBeUnknown):
    """The fields of :class:`charter_rules.facts.SiteFacts`."""

    entry_into_operation: date
    installed_it_power_kw: _Positive
    public_operator: bool
    noise_regime: NoiseRegime
    declarations: tuple[_DeclarationEntry, ...] = ()
    inspections: tuple[_InspectionEntry, ...] = ()
    changes: Annotated[tuple[_ChangeEntry, ...], AfterValidator(each_day_once)] = ()


def is_facts_file(document: LocatedDocument) -> bool:
    """Whether a YAML file is one of facts; a site file keeps them under ``site``."""
    return isinstance(document.data, dict) and "site" not in document.data


def facts_from(document: LocatedDocument, path: Path) -> SiteFacts:
    """Check the facts of a file.

    Raises
    ------
    SiteFileError
        With every mistake and its line.
    """
    try:
        shape = _FactsFile.model_validate(document.data)
    except ValidationError as error:
        problems = [_problem(document, one) for one in error.errors()]
        raise SiteFileError(str(path), problems) from error
    known = {name: getattr(shape, name) for name in _FactsFile.model_fields}
    said = tuple(Declaration(**one.model_dump()) for one in shape.declarations)
    found = tuple(Inspection(**one.model_dump()) for one in shape.inspections)
    changes = tuple(one.plain() for one in shape.changes)
    own = {"declarations": said, "inspections": found, "changes": changes}
    return SiteFacts(**known | own)


def _problem(document: LocatedDocument, error: ErrorDetails) -> Problem:
    where = error["loc"]
    match error["type"]:
        case "missing":
            message = "is missing; add it"
        case "extra_forbidden":
            shape = _ChangeEntry if where[0] == "changes" else _FactsFile
            known = ", ".join(shape.model_fields)
            message = f"is not a fact; correct its name or remove it (facts: {known})"
        case "value_error":
            message = error["msg"].removeprefix("Value error, ")
        case _:
            message = f"{error['msg']}; got {error['input']!r}"
    return Problem(document.line(where), ".".join(map(str, where)), message)
