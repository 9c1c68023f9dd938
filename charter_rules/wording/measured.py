"""The one way to write a figure: rounded to what is known of it, shares in percent."""

from dataclasses import dataclass
from decimal import Decimal
from math import floor, isfinite, log10

from charter_rules.law.kpis import KpiSpec, spec_of
from charter_rules.wording.language import NumberStyle
from models.kpi.result import KpiResult

DASH = "—"
_PLUS_MINUS = "\u00a0±\u00a0"

# From this much on, kWh are shown as MWh and kilograms as tonnes.
_LARGE_FROM = 10_000.0
_MOST_DECIMALS = 4
_MOST_DISTANCE_DIGITS = 3
_LARGE_UNITS = {"kWh": "MWh", "kgCO2e": "tCO2e"}
_SMALL_UNITS = {"kgCO2e/kWh": "gCO2e/kWh"}


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
    >>> from charter_rules.wording.english import ENGLISH
    >>> number(1234.56, 1, ENGLISH.numbers), number(1234.56, -2, ENGLISH.numbers)
    ('1,234.6', '1,200')
    """
    if value is None:
        return DASH
    exact = Decimal(repr(float(value)))
    return style.number(round(exact, decimals) if decimals < 0 else exact, decimals)


def with_unit(text: str, unit: str, style: NumberStyle) -> str:
    """A number and its unit; a dash has none."""
    return text if text == DASH else style.with_unit(text, unit)


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
    if value is None or not isfinite(value):
        return Measured(value=DASH, uncertainty="", unit="")
    if unit in _LARGE_UNITS and abs(value) >= _LARGE_FROM:
        spread = None if uncertainty is None else uncertainty / 1e3
        return measured(value / 1e3, spread, _LARGE_UNITS[unit], style, decimals=decimals)
    if unit in _SMALL_UNITS:
        spread = None if uncertainty is None else 1e3 * uncertainty
        fewer = max(decimals - 3, 0)
        return measured(1e3 * value, spread, _SMALL_UNITS[unit], style, decimals=fewer)
    shown_unit = style.unit(unit)
    if not uncertainty or not isfinite(uncertainty):
        return Measured(value=number(value, decimals, style), uncertainty="", unit=shown_unit)
    rounded_to = min(decimals_for(uncertainty), _MOST_DECIMALS)
    # Of none at all, digits behind the mark would say nothing.
    none = round(value, rounded_to) == 0.0
    return Measured(
        value=number(0.0, 0, style) if none else number(value, rounded_to, style),
        # Rounded up where it is finer than anybody reads: it is never shown as none.
        uncertainty=number(max(uncertainty, 10.0**-_MOST_DECIMALS), rounded_to, style),
        unit=shown_unit,
    )


def kpi_unit(spec: KpiSpec) -> tuple[str, float]:
    """The unit in which a KPI is written, and how much of its own one of it is.

    Examples
    --------
    >>> kpi_unit(spec_of("erf")), kpi_unit(spec_of("pue"))
    (('%', 0.01), ('ratio', 1.0))
    """
    if spec.unit == "ratio" and spec.upper == 1.0:
        return "%", 0.01
    return spec.unit, 1.0


def measured_kpi(result: KpiResult, style: NumberStyle) -> Measured:
    """A KPI where no text says in which unit."""
    spec = spec_of(result.kpi)
    unit, factor = kpi_unit(spec)
    return measured_in(
        result.value, result.expanded_uncertainty, (unit, factor), style, decimals=spec.decimals
    )


def measured_in(
    value: float | None,
    uncertainty: float | None,
    unit_and_factor: tuple[str, float],
    style: NumberStyle,
    *,
    decimals: int,
) -> Measured:
    """A figure in another unit than its own; ``decimals`` are those of its own unit."""
    unit, factor = unit_and_factor
    return measured(
        None if value is None else value / factor,
        None if uncertainty is None else uncertainty / factor,
        unit,
        style,
        decimals=max(decimals + floor(log10(factor) + 0.5), 0),
    )


def distance(
    value: float,
    guard_band: float | None,
    unit_and_factor: tuple[str, float],
    style: NumberStyle,
) -> str:
    """How far a figure is from a limit: as fine as its guard band, and in three digits at most.

    Examples
    --------
    >>> from charter_rules.wording.english import ENGLISH
    >>> distance(-0.73074, 0.00024, ("points", 0.01), ENGLISH.numbers)
    '−73.1\xa0points'
    """
    unit, factor = unit_and_factor
    size = abs(value) / factor
    if not isfinite(size):
        return DASH
    decimals = _MOST_DISTANCE_DIGITS - 1 - floor(log10(size)) if size else 0
    fine = decimals_for(guard_band / factor) if guard_band and isfinite(guard_band) else decimals
    # One that the digits of the band would round to nothing keeps its own.
    if size and round(size, min(fine, decimals)) != 0.0:
        decimals = min(fine, decimals)
    return with_unit(number(value / factor, decimals, style), unit, style)


def span(low: float, high: float, unit: str, style: NumberStyle) -> tuple[str, str]:
    """Two ends in one and the same unit, the second with it.

    Examples
    --------
    >>> from charter_rules.wording.english import ENGLISH
    >>> span(7593.0, 16160.0, "kgCO2e", ENGLISH.numbers)
    ('7.6', '16.2\xa0t CO₂e')
    """
    large = unit in _LARGE_UNITS and max(abs(low), abs(high)) >= _LARGE_FROM
    factor = 1e-3 if large else 1.0
    ends = [number(factor * end, 1, style) for end in (low, high)]
    return ends[0], with_unit(ends[1], _LARGE_UNITS[unit] if large else unit, style)
