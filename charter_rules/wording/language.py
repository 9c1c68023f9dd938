"""How a language writes numbers, dates and the sentences of an explanation."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal

from charter_rules.facts import Author
from charter_rules.findings import LegalStatus, Verdict, Verification
from charter_rules.judging.conditions import Comparison
from charter_rules.judging.outcome import MissingEvidence
from charter_rules.law.availability import NotMeasured, reasons_not_measured
from models.kpi.words import KpiCatalogue
from models.readings import Origin

_MINUS = "\u2212"
# How people write what programs spell out.
_SHOWN = {
    "degC": "°C",
    "m2": "m²",
    "m3": "m³",
    "kgCO2e": "kg CO₂e",
    "tCO2e": "t CO₂e",
    "kgCO2e/kWh": "kg CO₂e/kWh",
    "gCO2e/kWh": "g CO₂e/kWh",
    "K.d": "K·d",
}
_PERCENT_STEP = Decimal("0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberStyle:
    """Marks and gaps between digits and units; whoever writes a number writes it by this.

    ``units`` are those that this language calls otherwise than all others.
    """

    decimal_mark: str
    thousands_mark: str
    unit_gap: str
    percent_gap: str
    units: Mapping[str, str]

    def number(self, value: Decimal, decimals: int) -> str:
        """Write a number rounded half to even, without a negative zero."""
        rounded = round(value, max(decimals, 0))
        return self._localised(f"{abs(rounded):,f}", negative=rounded < 0)

    def as_written(self, value: Decimal) -> str:
        """Write all the digits of a number and no more: the figure of a text."""
        plain = f"{abs(value):,f}"
        if "." in plain:
            plain = plain.rstrip("0").rstrip(".")
        return self._localised(plain, negative=value < 0)

    def with_unit(self, number: str, unit: str) -> str:
        """Join a written number and its unit; a plain ratio has none."""
        return f"{number}{self.unit(unit)}"

    def unit(self, unit: str) -> str:
        """Write a unit with the gap before it; a plain ratio has none."""
        if unit in {"", "ratio"}:
            return ""
        gap = self.percent_gap if unit == "%" else self.unit_gap
        return f"{gap}{self.units.get(unit) or _SHOWN.get(unit, unit)}"

    def share(self, ratio: float) -> str:
        """Write a share in percent, rounded down: 94.96 % is not yet 95 %, and only all is 100."""
        percent = (Decimal(repr(float(ratio))) * 100).quantize(_PERCENT_STEP, ROUND_DOWN)
        none_or_all = ratio in {0.0, 1.0}
        return self.with_unit(self.number(percent, 0 if none_or_all else 1), "%")

    def _localised(self, plain: str, *, negative: bool) -> str:
        marks = {",": self.thousands_mark, ".": self.decimal_mark}
        body = "".join(marks.get(sign, sign) for sign in plain)
        return f"{_MINUS}{body}" if negative else body


@dataclass(frozen=True, slots=True, kw_only=True)
class DateStyle:
    """Names of the months and the order of day, month and year."""

    months: tuple[str, ...]
    first_of_month: str
    day: str
    moment: str

    def write_day(self, day: date) -> str:
        """Write a day in full."""
        number = self.first_of_month if day.day == 1 else str(day.day)
        return self.day.format(day=number, month=self.months[day.month - 1], year=day.year)

    def write_moment(self, moment: datetime) -> str:
        """Write a day and an hour."""
        return self.moment.format(day=self.write_day(moment.date()), hour=f"{moment:%H:%M}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """Templates of the sentences, filled with ``str.format``."""

    asked: str
    source: str
    limit: Mapping[Comparison, str]
    limit_fall: str
    threshold_since: str
    threshold_from: str
    threshold_not_published: str
    not_published_from: str
    duty_since: str
    duty_from: str
    duty_yearly: str
    threshold_repealed: str
    threshold_ended: str
    will_become: str
    will_be_repealed: str
    grace: str
    not_measured: str
    measured: str
    inspected: str
    uncertainty: str
    margin_kept: Mapping[Comparison, str]
    margin_missed: Mapping[Comparison, str]
    changed: str
    declared: str
    not_declared: str
    undated: str
    points: str
    guard_uncertainty: str
    indicative: str
    missing_inspection: str
    no_number: str
    not_fixed: str
    nothing_to_prove: str
    missing_check: str
    conclusion: str
    not_in_force: str
    not_applicable: str
    insufficient: str
    downgraded: str
    doubted: str
    doubt: str
    named_meter: str
    unnamed_meter: str
    to_do: str
    missing_surer: str
    missing_farther: str
    missing_further: str
    missing_measurement: str
    missing_repair: str
    doubted_meter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteReasons:
    """Why a rule does not concern a site."""

    entered_too_late: str
    entered_too_early: str
    changed_too_early: str
    cooling_too_late: str
    cooling_too_early: str
    power_too_low: str
    power_not_above: str
    siret_power_too_low: str
    connection_too_low: str
    input_not_above: str
    area_too_small: str
    ai_share_too_low: str
    other_icpe_regime: str
    off_level: str
    other_zone: str
    public_only: str
    private_only: str
    exempt: str
    exempt_only: str
    other_noise_regime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Everything one language needs to explain a finding; also the labels of the enums.

    ``typography`` puts the gaps and signs that a language asks for in the place of plain ones,
    ``abbreviations`` are what short names stand for.
    """

    language: str
    abbreviations: Mapping[str, str]
    numbers: NumberStyle
    dates: DateStyle
    typography: Sequence[tuple[re.Pattern[str], str]]
    sentences: Sentences
    site_reasons: SiteReasons
    verdicts: Mapping[Verdict, str]
    reasons: Mapping[Verdict, str]
    presence_reasons: Mapping[Verdict, str]
    duty_reasons: Mapping[Verdict, str]
    lacks: Mapping[MissingEvidence, str]
    proofs: Mapping[MissingEvidence, str]
    unknown_facts: Mapping[type, str]
    legal_statuses: Mapping[LegalStatus, str]
    verifications: Mapping[Verification, str]
    origins: Mapping[Origin, str]
    authors: Mapping[Author, str]
    kpi: KpiCatalogue
    not_measured: Mapping[NotMeasured, str]

    def not_measured_yet(self, kpi: str, *windows: str | None) -> Iterator[str]:
        """A sentence for each reason why a KPI cannot be measured over some windows."""
        for reason in reasons_not_measured(kpi, *windows):
            yield self.sentences.not_measured.format(reason=self.not_measured[reason])

    def typeset(self, text: str) -> str:
        """Put the gaps and the apostrophes of the language's typography into plain text."""
        for plain, set_ in self.typography:
            text = plain.sub(set_, text)
        return text

    def spell_out(self, text: str) -> str:
        """Say what each abbreviation stands for where it comes first.

        Examples
        --------
        >>> from charter_rules.wording.english import ENGLISH
        >>> ENGLISH.spell_out("The PUE falls; a PUE of 1 is perfect.")
        'The PUE (power usage effectiveness) falls; a PUE of 1 is perfect.'
        """
        for short, full in self.abbreviations.items():
            found = re.search(rf"\b{short}\b", text)
            if found is None or full.lower() in text.lower():
                continue
            # In brackets it stands behind its own name already.
            if not text[: found.start()].endswith("("):
                text = f"{text[: found.end()]} ({full}){text[found.end() :]}"
        return text
