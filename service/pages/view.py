"""What the templates show, as words and coordinates: from one snapshot, in one language."""

from dataclasses import dataclass
from datetime import date

from charter_rules.findings import Axis, Finding, Verdict, Verification
from charter_rules.wording import Wording
from charter_rules.wording_en import ENGLISH
from charter_rules.wording_fr import FRENCH
from models.kpi.result import KpiResult
from models.readings import DeviceState, Origin
from service.evaluation.windows import LEGAL_ZONE
from service.live.snapshot import DeviceView, LiveSnapshot
from service.pages.flow_diagram import FlowDiagram, flow_diagram
from service.pages.numbers import (
    DASH,
    STYLES,
    Measured,
    NumberStyle,
    measured,
    number,
    percent,
    with_unit,
)
from service.pages.sparkline import Sparkline, sparkline
from service.pages.text import TEXTS

_WORDINGS = {"fr": FRENCH, "en": ENGLISH}
_SIGNS = {"at_most": "≤", "at_least": "≥"}
_WINDOWS = ("15min", "today", "month", "12months")
_KPIS = ("pue", "wue", "erf", "recovered_heat")
_HIDDEN = {Verdict.NOT_APPLICABLE, Verdict.NOT_IN_FORCE}

# The worst verdict of an axis is the one shown on its card.
_SEVERITY = (
    Verdict.BREACH,
    Verdict.SUSPECTED,
    Verdict.INSUFFICIENT_DATA,
    Verdict.COMPLIANT_NOT_PROVEN,
    Verdict.COMPLIANT,
)
_TONES = {
    Verdict.COMPLIANT: ("good", "✓"),
    Verdict.COMPLIANT_NOT_PROVEN: ("fair", "≈"),
    Verdict.SUSPECTED: ("warn", "!"),
    Verdict.BREACH: ("bad", "✕"),
    Verdict.INSUFFICIENT_DATA: ("unknown", "?"),
    Verdict.NOT_APPLICABLE: ("unknown", "–"),
    Verdict.NOT_IN_FORCE: ("unknown", "–"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A verdict as a coloured word with a sign: never by colour alone."""

    tone: str
    sign: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A sparkline with the sentence that says what it shows."""

    shape: Sparkline | None
    sentence: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One axis of the charter."""

    axis: str
    title: str
    chip: Chip | None
    big: str
    unit: str
    big_note: str
    lines: tuple[str, ...]
    chart: Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiCell:
    """One KPI over one window."""

    text: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One rule with its verdict."""

    id: str
    title: str
    source: str
    url: str | None
    status: str
    unsure: bool
    measured: str
    threshold: str
    margin: str
    chip: Chip
    explanation: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """One device and its health in words."""

    id: str
    label: str
    tone: str
    state: str
    facts: tuple[str, ...]


class PageView:
    """Everything the templates ask for."""

    def __init__(self, snapshot: LiveSnapshot, lang: str) -> None:
        self.snapshot = snapshot
        self.lang = lang
        self.t = TEXTS[lang]
        self._style: NumberStyle = STYLES[lang]
        self._wording: Wording = _WORDINGS[lang]

    @property
    def clock(self) -> str:
        """Time of the snapshot, legal time."""
        return f"{self.snapshot.taken_at.astimezone(LEGAL_ZONE):%H:%M:%S}"

    @property
    def charter_line(self) -> str:
        """Which charter, as of which day."""
        day = self.snapshot.taken_at.astimezone(LEGAL_ZONE).date()
        return self.t["charter_day"].format(charter=self.snapshot.site.charter, day=self.day(day))

    def day(self, day: date) -> str:
        """A date as people write it."""
        return f"{day:%d/%m/%Y}" if self.lang == "fr" else f"{day.day} {day:%B %Y}"

    @property
    def oldest(self) -> str:
        """Age of the oldest live reading."""
        age_s = self.snapshot.oldest_live_age_s
        if age_s is None:
            return self.t["no_live_data"]
        return self.t["oldest"].format(age=self._duration(age_s))

    def kw(self, value: float | None) -> str:
        """A power."""
        return with_unit(number(value, 0, self._style), "kW", self._style)

    def degc(self, value: float | None) -> str:
        """A temperature."""
        return with_unit(number(value, 1, self._style), "°C", self._style)

    def _duration(self, seconds: float) -> str:
        for key, size, upto in (("s", 1, 100), ("min", 60, 6000), ("h", 3600, 172_800)):
            if seconds < upto:
                return self.t[key].format(n=round(seconds / size))
        return self.t["d"].format(n=round(seconds / 86_400))

    def _ago(self, seconds: float) -> str:
        for key, size, upto in (("ago_s", 1, 100), ("ago_min", 60, 6000), ("ago_h", 3600, 172_800)):
            if seconds < upto:
                return self.t[key].format(n=round(seconds / size))
        return self.t["ago_d"].format(n=round(seconds / 86_400))

    def _measured(self, result: KpiResult | None) -> Measured:
        if result is None:
            return Measured(value=DASH, uncertainty="", unit="")
        return measured(result.value, result.expanded_uncertainty, result.unit, self._style)

    def chip(self, verdict: Verdict) -> Chip:
        """A verdict as a chip."""
        tone, sign = _TONES[verdict]
        return Chip(tone=tone, sign=sign, text=self._wording.verdicts[verdict])

    @property
    def cards(self) -> tuple[Card, ...]:
        """The four axes."""
        return (self._energy(), self._heat(), self._water(), self._noise())

    def _worst(self, axis: Axis, kpi: str | None = None) -> Finding | None:
        """The worst verdict of an axis, or of one KPI of it; None when no rule applies."""
        candidates = [
            f
            for f in self.snapshot.findings
            if f.axis is axis
            and f.verdict in _SEVERITY
            and (kpi is None or (f.kpi is not None and f.kpi.kpi == kpi))
        ]
        return min(candidates, key=lambda f: _SEVERITY.index(f.verdict), default=None)

    def _limit_line(self, axis: Axis, kpi: str) -> str:
        finding = self._worst(axis, kpi)
        if finding is None or finding.threshold is None:
            return self.t["no_limit"]
        return self.t["limit"].format(
            sign=_SIGNS.get(finding.comparison, ""), value=self._threshold(finding)
        )

    def _annual(self, kpi: str) -> str:
        title = f"{self.t[kpi]} {self.t['12months']}"
        return self._with_coverage(title, self.snapshot.kpi(kpi, "12months"))

    def _with_coverage(self, title: str, result: KpiResult | None) -> str:
        text = f"{title} {self._measured(result).text}"
        if result is None or result.value is None:
            return f"{text} ({self._why_missing(result)})"
        coverage = self.t["coverage"].format(value=percent(result.coverage_ratio, self._style))
        return f"{text}, {coverage}"

    def _why_missing(self, result: KpiResult | None) -> str:
        if result is None or result.withheld is None:
            return self.t["missing"]
        return self.t[f"withheld_{result.withheld.value}"]

    def _chart(
        self, name: str, title: str, tone: str, *, limit: float | None, bars: bool, digits: int
    ) -> Chart:
        series = self.snapshot.series.get(name)
        shape = sparkline(series.values if series else (), limit=limit, bars=bars)
        if shape is None or series is None:
            sentence = self.t["chart_empty"].format(title=self.t[title])
        else:
            sentence = self.t["chart_range"].format(
                title=self.t[title],
                low=number(shape.low, digits, self._style),
                high=with_unit(number(shape.high, digits, self._style), series.unit, self._style),
            )
        return Chart(shape=shape, sentence=sentence, tone=tone)

    def _card(
        self,
        axis: Axis,
        title: str,
        now: tuple[str, str, str],
        lines: tuple[str, ...],
        chart: Chart,
    ) -> Card:
        """A card with the worst verdict of its whole axis."""
        worst = self._worst(axis)
        big, unit, note = now
        return Card(
            axis=axis.value,
            title=title,
            chip=None if worst is None else self.chip(worst.verdict),
            big=big,
            unit=unit,
            big_note=note,
            lines=lines,
            chart=chart,
        )

    def _now(self, kpi: str, window: str = "15min") -> tuple[str, str, str]:
        result = self.snapshot.kpi(kpi, window)
        shown = self._measured(result)
        note = self.t[window] if shown.value != DASH else self._why_missing(result)
        return shown.value, shown.unit, note

    def _limit(self, axis: Axis, kpi: str) -> float | None:
        worst = self._worst(axis, kpi)
        return None if worst is None else worst.threshold

    def _energy(self) -> Card:
        chart = self._chart(
            "pue_24h",
            "chart_pue",
            "elec",
            limit=self._limit(Axis.ENERGY, "pue"),
            bars=False,
            digits=2,
        )
        title = f"{self.t['axis_energy']} · {self.t['pue']}"
        lines = (self._annual("pue"), self._limit_line(Axis.ENERGY, "pue"))
        return self._card(Axis.ENERGY, title, self._now("pue"), lines, chart)

    def _heat(self) -> Card:
        flow = self.snapshot.flow
        parts = (flow.heat_loop_kw, flow.heat_greenhouse_kw)
        total = None if None in parts else sum(p for p in parts if p is not None)
        now = (number(total, 0, self._style), f"{self._style.unit_space}kW", self.t["now"])
        if total is None:
            now = (DASH, "", self.t["missing"])
        today = self._measured(self.snapshot.kpi("recovered_heat", "today")).text
        lines = (
            f"{self.t['delivered_today']} {today}",
            self._annual("erf"),
            self._limit_line(Axis.HEAT, "erf"),
        )
        chart = self._chart("heat_24h", "chart_heat", "heat", limit=None, bars=True, digits=0)
        return self._card(Axis.HEAT, self.t["axis_heat"], now, lines, chart)

    def _water(self) -> Card:
        chart = self._chart(
            "wue_12months",
            "chart_wue",
            "cold",
            limit=self._limit(Axis.WATER, "wue"),
            bars=True,
            digits=2,
        )
        title = f"{self.t['axis_water']} · {self.t['wue']}"
        lines = (self._annual("wue"), self._limit_line(Axis.WATER, "wue"))
        return self._card(Axis.WATER, title, self._now("wue"), lines, chart)

    def _noise(self) -> Card:
        chart = self._chart(
            "noise_night_14",
            "chart_noise",
            "noise",
            limit=self._limit(Axis.NOISE, "noise_emergence_night"),
            bars=False,
            digits=1,
        )
        title = f"{self.t['axis_noise']} · {self.t['noise_emergence_night'].lower()}"
        now = self._now("noise_emergence_night", "last_night")
        night = self.snapshot.kpi("noise_emergence_night", "last_night")
        day = self.snapshot.kpi("noise_emergence_day", "last_day")
        lines = (
            self._with_coverage(self.t["last_night"], night),
            self._with_coverage(self.t["last_day"], day),
            self._limit_line(Axis.NOISE, "noise_emergence_night"),
        )
        return self._card(Axis.NOISE, title, now, lines, chart)

    @property
    def diagram(self) -> FlowDiagram:
        """The energy flow."""
        return flow_diagram(self.snapshot.flow)

    @property
    def heat_chain(self) -> tuple[tuple[str, str], ...]:
        """The heat chain as pairs of name and value."""
        flow = self.snapshot.flow

        def temps(supply: float | None, back: float | None) -> str:
            return self.t["supply_return"].format(supply=self.degc(supply), back=self.degc(back))

        pumps = tuple(
            (
                self.t["heat_pump_n"].format(n=index),
                self.t["stopped"] if cop is None else f"COP {number(cop, 2, self._style)}",
            )
            for index, cop in enumerate(flow.heat_pump_cop.values(), start=1)
        )
        return (
            (
                self.t["loop_temps"],
                temps(flow.loop_supply_temp_degc, flow.loop_return_temp_degc),
            ),
            (
                self.t["greenhouse_temps"],
                temps(flow.greenhouse_supply_temp_degc, flow.greenhouse_return_temp_degc),
            ),
            *pumps,
            (
                self.t["delivered_today"],
                self._measured(self.snapshot.kpi("recovered_heat", "today")).text,
            ),
            (
                self.t["delivered_month"],
                self._measured(self.snapshot.kpi("recovered_heat", "month")).text,
            ),
            (self.t["outdoor"], self.degc(flow.outdoor_temp_degc)),
        )

    @property
    def windows(self) -> tuple[str, ...]:
        """Headings of the KPI table."""
        return tuple(self.t[window] for window in _WINDOWS)

    @property
    def kpi_rows(self) -> tuple[tuple[str, str, tuple[tuple[str, KpiCell], ...]], ...]:
        """KPI name, category and its cells by window."""
        rows = []
        for kpi in _KPIS:
            results = [self.snapshot.kpi(kpi, window) for window in _WINDOWS]
            category = next((r.category for r in results if r is not None and r.category), None)
            note = "" if category is None else self.t["kpi_category"].format(n=category)
            cells = tuple(
                (heading, self._cell(result))
                for heading, result in zip(self.windows, results, strict=True)
            )
            rows.append((self.t[kpi], note, cells))
        return tuple(rows)

    def _cell(self, result: KpiResult | None) -> KpiCell:
        if result is None or result.value is None:
            return KpiCell(text=DASH, notes=(self._why_missing(result),))
        notes = [self.t["coverage"].format(value=percent(result.coverage_ratio, self._style))]
        if result.bridged_ratio > 0.0005:
            bridged = percent(result.bridged_ratio, self._style)
            notes.append(self.t["bridged"].format(value=bridged))
        imported = result.origin is Origin.IMPORTED
        notes.append(self.t["imported" if imported else "measured_live"])
        return KpiCell(text=self._measured(result).text, notes=tuple(notes))

    @property
    def rules(self) -> tuple[RuleRow, ...]:
        """Rules that apply today, worst first."""
        applying = [f for f in self.snapshot.findings if f.verdict not in _HIDDEN]
        applying.sort(key=lambda f: _SEVERITY.index(f.verdict))
        return tuple(self._rule(f) for f in applying)

    @property
    def other_rules(self) -> tuple[RuleRow, ...]:
        """Rules that do not apply, or not yet."""
        return tuple(self._rule(f) for f in self.snapshot.findings if f.verdict in _HIDDEN)

    def _threshold(self, finding: Finding) -> str:
        if finding.threshold is None:
            return self.t["not_published"]
        text = f"{finding.threshold:g}".replace(".", self._style.decimal)
        return with_unit(text, finding.threshold_unit, self._style)

    def _rule(self, finding: Finding) -> RuleRow:
        french = self.lang == "fr"
        margin = DASH
        if finding.margin is not None:
            spread = finding.kpi.expanded_uncertainty if finding.kpi is not None else None
            shown = measured(finding.margin, spread, finding.threshold_unit, self._style)
            margin = f"{shown.value}{shown.unit}"
        sign = _SIGNS.get(finding.comparison, "")
        threshold = self._threshold(finding)
        status = self._wording.legal_statuses[finding.legal_status]
        verification = self._wording.verifications[finding.verification]
        return RuleRow(
            id=finding.rule_id,
            title=finding.title_fr if french else finding.title_en,
            source=f"{finding.reference_title}, {finding.reference_article}",
            url=finding.reference_url,
            status=f"{status} · {verification}",
            unsure=finding.verification is not Verification.READ_IN_SOURCE,
            measured=self._measured(finding.kpi).text,
            threshold=threshold if finding.threshold is None else f"{sign} {threshold}",
            margin=margin,
            chip=self.chip(finding.verdict),
            explanation=tuple(
                (finding.explanation_fr if french else finding.explanation_en).split("\n")
            ),
        )

    @property
    def troubled(self) -> tuple[DeviceRow, ...]:
        """Devices that need a look, the silent ones first."""
        order = [DeviceState.LOST, DeviceState.DEGRADED, DeviceState.STARTING, DeviceState.OK]
        rows = [d for d in self.snapshot.devices if not _is_well(d)]
        rows.sort(key=lambda d: order.index(d.state))
        return tuple(self._device(d) for d in rows)

    @property
    def well(self) -> tuple[DeviceRow, ...]:
        """Devices in good health."""
        return tuple(self._device(d) for d in self.snapshot.devices if _is_well(d))

    @property
    def devices_summary(self) -> str:
        """How many are well."""
        return self.t["devices_summary"].format(ok=len(self.well), count=len(self.snapshot.devices))

    def _device(self, device: DeviceView) -> DeviceRow:
        facts = []
        if device.last_ok_at is None:
            facts.append(self.t["never_ok"])
        else:
            since_s = (self.snapshot.taken_at - device.last_ok_at).total_seconds()
            facts.append(self.t["last_ok"].format(age=self._ago(max(since_s, 0.0))))
        if device.stale_points:
            facts.append(
                self.t["stale_points"].format(stale=device.stale_points, count=device.points)
            )
        if device.failures_total:
            facts.append(self.t["failures"].format(n=device.failures_total))
        if device.last_error and not _is_well(device):
            facts.append(device.last_error)
        tones = {DeviceState.LOST: "bad", DeviceState.OK: "good"}
        tone = tones.get(device.state, "warn")
        return DeviceRow(
            id=device.id,
            label=device.label_fr if self.lang == "fr" else device.label_en,
            tone="warn" if tone == "good" and device.stale_points else tone,
            state=self.t[f"state_{device.state.value}"],
            facts=tuple(facts),
        )


def _is_well(device: DeviceView) -> bool:
    return device.state is DeviceState.OK and not device.stale_points
