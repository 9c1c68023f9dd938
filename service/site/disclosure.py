"""What a site file says of who may see what."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from models.site.disclosure import Confidentiality, Disclosure, Matter
from service.site.declarations import known_kpi

# As Confidentiality has them.
_Level = Literal["public", "authority", "operator"]


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
    return Disclosure(
        matters={matter: _of(level) for matter, level in {**every, **shape.matters}.items()},
        kpis={kpi: _of(level) for kpi, level in shape.kpis.items()},
    )


def _of(level: _Level) -> Confidentiality:
    return Confidentiality[level.upper()]
