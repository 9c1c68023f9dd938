"""The glossary holds together."""

import pytest

from models.quantities import QUANTITIES, Quantity
from models.units import affine_to_canonical, known_units


def test_every_quantity_has_a_row_with_ordered_limits_and_both_labels() -> None:
    assert set(QUANTITIES) == set(Quantity)
    for spec in QUANTITIES.values():
        assert spec.lower < spec.upper
        assert spec.why
        assert spec.label_fr
        assert spec.label_en


def test_every_canonical_unit_converts_to_itself() -> None:
    for quantity, spec in QUANTITIES.items():
        assert affine_to_canonical(spec.unit, quantity) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("unit", "quantity", "value", "expected"),
    [
        ("degF", Quantity.TEMPERATURE, 212.0, 100.0),
        ("kelvin", Quantity.TEMPERATURE, 273.15, 0.0),
        ("GJ", Quantity.HEAT_ENERGY, 3.6, 1000.0),
        ("L/min", Quantity.VOLUME_FLOW, 1000.0, 60.0),
        ("%", Quantity.RATIO, 50.0, 0.5),
    ],
)
def test_known_conversions(unit: str, quantity: Quantity, value: float, expected: float) -> None:
    factor, offset = affine_to_canonical(unit, quantity)

    assert factor * value + offset == pytest.approx(expected)


def test_a_unit_of_another_quantity_is_refused_with_the_allowed_ones() -> None:
    assert "W" in known_units()
    with pytest.raises(ValueError, match="use one of kWh, Wh, MWh"):
        affine_to_canonical("W", Quantity.ACTIVE_ENERGY)
