"""Who may see what, as a site file says it."""

import pytest
from pydantic import ValidationError

from models.site.disclosure import Confidentiality, Disclosure, Matter
from service.site.disclosure import DisclosureShape, disclosure_of


def read(**written: object) -> Disclosure:
    return disclosure_of(DisclosureShape.model_validate(written))


def test_the_file_goes_before_the_default_and_a_kpi_before_its_matter() -> None:
    said = read(all="public", matters={"raw": "operator"}, kpis={"wue": "authority"})
    assert said.of(Matter.POINT) is Confidentiality.PUBLIC
    assert said.of(Matter.RAW) is Confidentiality.OPERATOR
    assert said.of_kpi("pue") is Confidentiality.PUBLIC
    assert said.of_kpi("wue") is Confidentiality.AUTHORITY
    nothing = read()
    assert {nothing.of(one) for one in Matter} == {
        Confidentiality.AUTHORITY,
        Confidentiality.OPERATOR,
    }
    assert nothing.least(Matter.KPI) is Confidentiality.AUTHORITY


@pytest.mark.parametrize(
    "written",
    [{"all": "nobody"}, {"all": 0}, {"matters": {"noise": "public"}}, {"kpis": {"peu": "public"}}],
)
def test_what_there_is_not_is_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        read(**written)


def test_what_was_written_is_read_back_from_json() -> None:
    """Evidence packs carry site files as JSON."""
    shape = DisclosureShape.model_validate({"all": "public", "kpis": {"wue": "authority"}})
    assert DisclosureShape.model_validate_json(shape.model_dump_json()) == shape
