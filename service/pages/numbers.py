"""Numbers as people of each language write them, rounded to what is known of them."""

from dataclasses import dataclass
from math import floor, log10

NARROW_SPACE = "\u202f"
DASH = "—"
_MINUS = "\u2212"
_PLUS_MINUS = "\u00a0±\u00a0"

# From this much on, kWh are shown as MWh.
_MWH_FROM_KWH = 10_000.0


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
    value: float | None, uncertainty: float | None, unit: str, style: NumberStyle
) -> Measured:
    """Round a value by its uncertainty; energies from 10 MWh on are in MWh."""
    if value is None:
        return Measured(value=DASH, uncertainty="", unit="")
    if unit == "kWh" and abs(value) >= _MWH_FROM_KWH:
        spread = None if uncertainty is None else uncertainty / 1e3
        return measured(value / 1e3, spread, "MWh", style)
    shown_unit = "" if unit == "ratio" else f"{style.unit_space}{unit}"
    if not uncertainty:
        return Measured(value=number(value, 3, style), uncertainty="", unit=shown_unit)
    decimals = decimals_for(uncertainty)
    return Measured(
        value=number(value, decimals, style),
        uncertainty=number(uncertainty, decimals, style),
        unit=shown_unit,
    )
