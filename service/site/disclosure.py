"""What a site file says of who may see what."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from models.site.disclosure import Confidentiality, Disclosure, Matter
from service.site.declarations import known_kpi


def _level(written: object) -> Confidentiality:
    levels = {one.name.lower(): one for one in Confidentiality}
    if isinstance(written, Confidentiality):
        return written
    if not isinstance(written, str) or written not in levels:
        msg = f"{written!r} is no confidentiality; use one of {', '.join(levels)}"
        raise ValueError(msg)
    return levels[written]


def _word(level: Confidentiality) -> str:
    return level.name.lower()


# Written as it is read: an evidence pack holds the declarations, and is read again.
_Level = Annotated[
    Confidentiality, BeforeValidator(_level), PlainSerializer(_word, when_used="json")
]


class DisclosureShape(BaseModel):
    """Who may see what: ``public``, ``authority`` (the City, too) or ``operator``.

    ``all`` is for every matter that ``matters`` does not name; ``kpis`` for single KPIs, wherever
    they are shown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    all: _Level | None = None
    matters: dict[Matter, _Level] = {}
    kpis: dict[Annotated[str, AfterValidator(known_kpi)], _Level] = {}


def disclosure_of(shape: DisclosureShape) -> Disclosure:
    """What the site discloses."""
    every = {} if shape.all is None else dict.fromkeys(Matter, shape.all)
    return Disclosure(matters={**every, **shape.matters}, kpis=shape.kpis)
