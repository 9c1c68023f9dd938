"""One language of the page: its words, and how it writes numbers, ages and verdicts."""

import re
from datetime import date
from decimal import Decimal
from typing import Protocol

from charter_rules.findings import DecisionRule, Finding, Verdict
from charter_rules.law.kpis import spec_of
from charter_rules.wording.english import ENGLISH
from charter_rules.wording.french import FRENCH
from charter_rules.wording.language import NumberStyle, Wording
from charter_rules.wording.measured import (
    DASH,
    Measured,
    distance,
    measured_in,
    measured_kpi,
    number,
    with_unit,
)
from models.kpi.result import Doubt, KpiResult
from models.trouble.trouble import Trouble
from models.trouble.words_en import ENGLISH as TROUBLES_EN
from models.trouble.words_fr import FRENCH as TROUBLES_FR
from service.live.snapshot import DeviceView, LiveSnapshot
from service.pages.parts import Chip
from service.pages.text import TEXTS

_WORDINGS = {"fr": FRENCH, "en": ENGLISH}
_TROUBLES = {"fr": TROUBLES_FR, "en": TROUBLES_EN}
_TONES = {
    Verdict.COMPLIANT: ("good", "✓"),
    Verdict.COMPLIANT_NOT_PROVEN: ("fair", "≈"),
    Verdict.SUSPECTED: ("warn", "!"),
    Verdict.BREACH: ("bad", "✕"),
    Verdict.DEVIATION: ("reference", "≠"),
    Verdict.NOT_HANDED_IN: ("warn", "!"),
    Verdict.LATE: ("warn", "!"),
    Verdict.DECLARED_UNCHECKED: ("fair", "≈"),
    Verdict.NOT_FIXED: ("unknown", "–"),
    Verdict.INSUFFICIENT_DATA: ("unknown", "?"),
    Verdict.NOT_APPLICABLE: ("unknown", "–"),
    Verdict.NOT_IN_FORCE: ("unknown", "–"),
}


# Rules that weigh a figure, of the KPI or of its change: not its presence.
_SAME_UNIT = frozenset({"at_most", "at_least", "between", "trend"})


class Labelled(Protocol):
    """What has a name in both languages."""

    @property
    def label_fr(self) -> str:
        """In French."""
        ...

    @property
    def label_en(self) -> str:
        """In English."""
        ...


class Voice:
    """How the page speaks in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.t = TEXTS[lang]
        self.wording: Wording = _WORDINGS[lang]
        self.troubles = _TROUBLES[lang]
        self.style: NumberStyle = self.wording.numbers

    def label(self, of: Labelled) -> str:
        """What the site file calls a thing, in this language."""
        return of.label_fr if self.lang == "fr" else of.label_en

    def kpi(self, kpi: str) -> str:
        """What a KPI is called, at the start of a line."""
        return self.wording.typeset(self.wording.kpi.kpis[kpi].heading)

    def kpi_in_full(self, kpi: str, spelled: set[str] | None = None) -> str:
        """What a KPI is called where it comes first, with what its abbreviation stands for.

        ``spelled`` holds the abbreviations that were already told, and takes this one.
        """
        heading = self.wording.kpi.kpis[kpi].heading
        short = re.split(r"\W", heading)[0]
        known = spelled is not None and short in spelled
        if spelled is not None:
            spelled.add(short)
        return self.wording.typeset(heading if known else self.wording.spell_out(heading))

    def window(self, window: str) -> str:
        """What a period is called above its figures."""
        return self.wording.kpi.windows[window].heading

    def day(self, day: date) -> str:
        """A date as people write it."""
        return f"{day:%d/%m/%Y}" if self.lang == "fr" else f"{day.day} {day:%B %Y}"

    def kw(self, value: float | None) -> str:
        """A power."""
        return with_unit(number(value, 0, self.style), "kW", self.style)

    def degc(self, value: float | None) -> str:
        """A temperature."""
        return with_unit(number(value, 1, self.style), "°C", self.style)

    def duration(self, seconds: float) -> str:
        """A length of time."""
        for key, size, upto in (("s", 1, 100), ("min", 60, 6000), ("h", 3600, 172_800)):
            if seconds < upto:
                return self.t[key].format(n=round(seconds / size))
        return self.t["d"].format(n=round(seconds / 86_400))

    def ago(self, seconds: float) -> str:
        """How long ago."""
        for key, size, upto in (("ago_s", 1, 100), ("ago_min", 60, 6000), ("ago_h", 3600, 172_800)):
            if seconds < upto:
                return self.t[key].format(n=round(seconds / size))
        return self.t["ago_d"].format(n=round(seconds / 86_400))

    def measured(self, result: KpiResult | None) -> Measured:
        """A KPI with its uncertainty, or a dash."""
        if result is None:
            return Measured(value=DASH, uncertainty="", unit="")
        return measured_kpi(result, self.style)

    def chip(self, verdict: Verdict) -> Chip:
        """A verdict as a chip."""
        tone, sign = _TONES[verdict]
        return Chip(tone=tone, sign=sign, text=self.wording.verdicts[verdict])

    def meter(self, meter: str, snapshot: LiveSnapshot) -> str:
        """What the site file calls a meter; its id where it is no device."""
        device = next((one for one in snapshot.devices if one.id == meter), None)
        return meter if device is None else self.label(device)

    def doubt(self, doubt: Doubt, snapshot: LiveSnapshot) -> str:
        """Which meter is not to be trusted, and why."""
        sentences = self.wording.sentences
        meter = sentences.unnamed_meter
        if doubt.meter:
            name = self.t["quoted"].format(text=self.meter(doubt.meter, snapshot))
            meter = sentences.named_meter.format(meter=name)
        reason = self.wording.kpi.doubts[doubt.reason]
        return self.wording.typeset(sentences.doubt.format(meter=meter, reason=reason)).rstrip(".")

    def left_out(self, device: DeviceView) -> str:
        """Which device a figure does without, and why."""
        name = self.t["quoted"].format(text=self.label(device))
        what = self.troubles[device.trouble or Trouble.SILENT].what
        said = self.t["left_out"].format(device=name, why=what[0].lower() + what[1:])
        return self.wording.typeset(said)

    def why_missing(self, result: KpiResult | None) -> str:
        """Why a KPI has no value."""
        if result is None or result.withheld is None:
            return self.t["missing"]
        return self.wording.typeset(self.wording.kpi.withheld[result.withheld])

    def with_coverage(self, title: str, result: KpiResult | None) -> str:
        """A KPI with its coverage, or with the reason it is missing."""
        text = f"{title} {self.measured(result).text}"
        if result is None or result.value is None:
            return f"{text} ({self.why_missing(result)})"
        return f"{text}, {self.coverage(result)}"

    def coverage(self, result: KpiResult) -> str:
        """The share of the period for which all inputs are known together."""
        return self.t["coverage"].format(value=self.style.share(result.coverage_ratio))

    def threshold(self, finding: Finding) -> str:
        """The limit of a rule in the unit of its text; a dash where it weighs no figure."""
        if finding.text_threshold is None:
            unknown = finding.decision_rule is not DecisionRule.STATED
            return self.t["not_published"] if unknown else DASH
        if finding.comparison == "trend" and finding.text_threshold < 0.0:
            fall = self.style.as_written(Decimal(f"{-finding.text_threshold:.10g}"))
            fall = with_unit(fall, finding.text_unit, self.style)
            return self.wording.sentences.limit_fall.format(value=fall)
        ends = [finding.text_threshold]
        if finding.threshold_high is not None:
            ends.append(finding.threshold_high / finding.text_factor)
        texts = [self.style.as_written(Decimal(f"{end:.10g}")) for end in ends]
        return with_unit(" – ".join(texts), finding.text_unit, self.style)

    def in_text_unit(self, finding: Finding) -> Measured:
        """What was weighed, in the unit of the text; the KPI in its own where nothing was."""
        result = finding.kpi
        if result is None or result.value is None or finding.comparison not in _SAME_UNIT:
            return self.measured(result)
        value: float | None = result.value
        spread = result.expanded_uncertainty
        if finding.comparison == "trend":
            value, spread = finding.weighed_value, finding.guard_band
        return measured_in(
            value,
            spread,
            (finding.text_unit, finding.text_factor),
            self.style,
            decimals=spec_of(finding.kpi_id).decimals,
        )

    def margin(self, finding: Finding, margin: float) -> str:
        """A distance to the limit, in the unit of the text; of percentages in points."""
        unit = self.t["points"] if finding.text_unit == "%" else finding.text_unit
        return distance(margin, finding.guard_band, (unit, finding.text_factor), self.style)
