"""What is stated of whoever runs the service: publisher, host, accessibility, data protection."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from models.located_yaml import LocatedYamlError, load_located
from service.errors import UserError

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Body(_Shape):
    """Somebody who answers for something, and how to reach them."""

    name: _Text
    address: _Text
    phone: _Text | None = None
    email: _Text | None = None


class Conformity(StrEnum):
    """The result of an audit by the RGAA."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


class Shortcoming(_Shape):
    """Something that is not accessible, and why or until when."""

    fr: _Text
    en: _Text


class Audit(_Shape):
    """An audit of accessibility; ``rate`` is the share of criteria that are kept."""

    conformity: Conformity
    rate: float = Field(ge=0.0, le=1.0)
    on: date
    by: _Text
    shortcomings: tuple[Shortcoming, ...] = ()


class Statements(_Shape):
    """What the pages say; what is left out is shown as still to be filled in."""

    publisher: Body | None = None
    publication_director: _Text | None = None
    host: Body | None = None
    controller: Body | None = None
    data_protection_officer: Body | None = None
    accessibility_contact: Body | None = None
    audit: Audit | None = None


NOTHING_STATED: Final = Statements()


def load_statements(path: Path | None) -> Statements:
    """Read the file that ``BOUCLE_STATEMENTS`` names; nothing is stated without one.

    Raises
    ------
    UserError
        Naming file, line and remedy.
    """
    if path is None:
        return NOTHING_STATED
    try:
        document = load_located(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: not read ({error}); correct BOUCLE_STATEMENTS"
        raise UserError(msg) from error
    except LocatedYamlError as error:
        msg = f"{path}:{error.line}: {error.message}"
        raise UserError(msg) from error
    try:
        return Statements.model_validate(document.data)
    except ValidationError as error:
        lines = [
            f"{path}:{document.line(one['loc'])}: {'.'.join(map(str, one['loc']))}: {one['msg']}; "
            "see deploy/statements.yaml"
            for one in error.errors()
        ]
        raise UserError("\n".join(lines)) from error
