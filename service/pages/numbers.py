"""Numbers as people of each language write them, rounded to what is known of them."""

from dataclasses import dataclass
from math import floor, log10

NARROW_SPACE = "\u202f"
DASH = "—"
_MINUS = "\u2212"
_PLUS_MINUS = "\u00a0±\u00a0"

# From this much on, kWh are shown as MWh and kilograms as tonnes.
_LARGE_FROM = 10_000.0
_MOST_DECIMALS = 4
_LARGE_UNITS = {"kWh": "MWh", "kgCO2e": "t CO₂e"}
_SHOWN_UNITS = {"kgCO2e": "kg CO₂e", "gCO2e/kWh": "g CO₂e/kWh", "degC": "°C", "K.d": "K·d"}
_SMALL_UNITS = {"kgCO2e/kWh": "gCO2e/kWh"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberStyle:
    """How a language writes numbers."""

    decimal: str
    thousands: str
    unit_space: str


STYLES = {
    "fr": NumberStyle(decimal=",", thousands=NARROW_SPACE, unit_space=NARROW_SPACE),
    "en": NumberStyle(decimal=".", thousands=",", unit_space="\u00a0"),
}


def decimals_for(uncertainty: float) -> int:
    """Decimals that an uncertainty leaves meaningful: one digit of it, two when it starts low.

    Examples
    --------
    >>> decimals_for(0.0094), decimals_for(0.0123), decimals_for(146.0)
    (3, 3, -1)
    """
    exponent = floor(log10(uncertainty))
    lead = uncertainty / 10.0**exponent
    return -exponent + (1 if lead < 2.95 else 0)


def number(value: float | None, decimals: int, style: NumberStyle) -> str:
    """A number with so many decimals (negative: rounded to tens); a dash when missing.

    Examples
    --------
    >>> number(1234.56, 1, STYLES["en"]), number(-0.5, 1, STYLES["fr"])
    ('1,234.6', '−0,5')
    """
    if value is None:
        return DASH
    rounded = round(value, decimals)
    if rounded == 0:
        rounded = 0.0  # no minus zero
    text = f"{abs(rounded):,.{max(decimals, 0)}f}"
    text = text.replace(",", "\0").replace(".", style.decimal).replace("\0", style.thousands)
    return f"{_MINUS}{text}" if rounded < 0 else text


def with_unit(text: str, unit: str, style: NumberStyle) -> str:
    """A number and its unit; ratios have none."""
    return text if unit in {"", "ratio"} or text == DASH else f"{text}{style.unit_space}{unit}"


def percent(ratio: float, style: NumberStyle) -> str:
    """A share of one as a percentage. Only all is 100: 0.9996 is 99.9."""
    shown = 100.0 * ratio
    if 99.95 <= shown < 100.0:
        shown = 99.9
    decimals = 0 if shown in {0.0, 100.0} else 1
    return f"{number(shown, decimals, style)}{style.unit_space}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A value and its uncertainty, ready to show."""

    value: str
    uncertainty: str
    unit: str

    @property
    def text(self) -> str:
        """Both with the unit, or a dash."""
        if self.value == DASH:
            return DASH
        spread = f"{_PLUS_MINUS}{self.uncertainty}" if self.uncertainty else ""
        return f"{self.value}{spread}{self.unit}"


def measured(
    value: float | None,
    uncertainty: float | None,
    unit: str,
    style: NumberStyle,
    *,
    decimals: int = 3,
) -> Measured:
    """Round a value by its uncertainty; without one to ``decimals``. Large ones get large units."""
    if value is None:
        return Measured(value=DASH, uncertainty="", unit="")
    if unit in _LARGE_UNITS and abs(value) >= _LARGE_FROM:
        spread = None if uncertainty is None else uncertainty / 1e3
        return measured(value / 1e3, spread, _LARGE_UNITS[unit], style, decimals=decimals)
    if unit in _SMALL_UNITS:
        spread = None if uncertainty is None else 1e3 * uncertainty
        return measured(1e3 * value, spread, _SMALL_UNITS[unit], style, decimals=decimals)
    shown_unit = "" if unit == "ratio" else f"{style.unit_space}{_SHOWN_UNITS.get(unit, unit)}"
    if not uncertainty:
        return Measured(value=number(value, decimals, style), uncertainty="", unit=shown_unit)
    rounded_to = min(decimals_for(uncertainty), _MOST_DECIMALS)
    return Measured(
        value=number(value, rounded_to, style),
        # Rounded up where it is finer than anybody reads: it is never shown as none.
        uncertainty=number(max(uncertainty, 10.0**-_MOST_DECIMALS), rounded_to, style),
        unit=shown_unit,
    )


def span(low: float, high: float, unit: str, style: NumberStyle) -> tuple[str, str]:
    """Two ends in one and the same unit, the second with it.

    Examples
    --------
    >>> span(7593.0, 16160.0, "kgCO2e", STYLES["en"])
    ('7.6', '16.2\xa0t CO₂e')
    """
    large = unit in _LARGE_UNITS and max(abs(low), abs(high)) >= _LARGE_FROM
    factor = 1e-3 if large else 1.0
    shown = _LARGE_UNITS[unit] if large else _SHOWN_UNITS.get(unit, unit)
    ends = [number(factor * end, 1, style) for end in (low, high)]
    return ends[0], with_unit(ends[1], shown, style)
