"""What a rule asks of a KPI, as forecasts and cross-checks take it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiLimit:
    """A limit that one rule sets for one KPI over a named window.

    ``value`` is in the unit of the KPI, ``at_least`` says whether it is a minimum, and
    ``least_coverage_ratio`` is what the rule asks to be known of the window. [-]
    """

    kpi: str
    window: str
    rule: str
    value: float
    at_least: bool
    least_coverage_ratio: float = 0.0

    def margin(self, value: float) -> float:
        """How far a value is on the good side; negative beyond the limit.

        Examples
        --------
        >>> pue = KpiLimit(kpi="pue", window="12months", rule="r", value=1.3, at_least=False)
        >>> round(pue.margin(1.2), 9), round(pue.margin(1.5), 9)
        (0.1, -0.2)
        """
        return value - self.value if self.at_least else self.value - value
