"""The four axes of the charter as cards: a figure, a chart, a limit, a verdict."""

from charter_rules.findings import MISSED, Axis, Finding, Verdict
from charter_rules.wording.measured import DASH, number, with_unit
from service.live.snapshot import LiveSnapshot
from service.pages.parts import Card, Chart
from service.pages.sparkline import sparkline
from service.pages.voice import Voice

SIGNS = {"at_most": "≤", "at_least": "≥"}

# What a reader of an axis is told first.
SEVERITY = (
    Verdict.BREACH,
    Verdict.DEVIATION,
    Verdict.SUSPECTED,
    Verdict.NOT_HANDED_IN,
    Verdict.LATE,
    Verdict.INSUFFICIENT_DATA,
    Verdict.NOT_FIXED,
    Verdict.COMPLIANT_NOT_PROVEN,
    Verdict.DECLARED_UNCHECKED,
    Verdict.COMPLIANT,
)
# What of the other rules of an axis is told on its card.
_TOLD = frozenset({*MISSED, Verdict.SUSPECTED, Verdict.NOT_HANDED_IN, Verdict.LATE})


class Cards:
    """Makes the cards of one snapshot."""

    def __init__(self, snapshot: LiveSnapshot, voice: Voice) -> None:
        self._snapshot = snapshot
        self._voice = voice
        self._t = voice.t

    def all(self) -> tuple[Card, ...]:
        """One card an axis."""
        return (self._energy(), self._heat(), self._water(), self._noise())

    def _shown(self, axis: Axis, kpi: str) -> Finding | None:
        """The rule whose figure and limit a card shows: the worst one of its KPI that has a limit.

        One without a limit if none has; None when no rule of the KPI applies.
        """
        own = [f for f in self._applying(axis) if f.kpi_id == kpi]
        limited = [f for f in own if f.threshold is not None]
        return min(limited or own, key=lambda f: SEVERITY.index(f.verdict), default=None)

    def _applying(self, axis: Axis) -> list[Finding]:
        findings = self._snapshot.findings
        return [f for f in findings if f.axis is axis and f.verdict in SEVERITY]

    def _others(self, axis: Axis, shown: Finding | None) -> tuple[tuple[str, str], ...]:
        """Other rules of the axis that stand worse, by the id of each."""
        limit = len(SEVERITY) if shown is None else SEVERITY.index(shown.verdict)
        worse = [
            f
            for f in self._applying(axis)
            if f.verdict in _TOLD and SEVERITY.index(f.verdict) < limit
        ]
        worse.sort(key=lambda f: SEVERITY.index(f.verdict))
        return tuple((f.rule_id, self._told(f)) for f in worse)

    def _told(self, finding: Finding) -> str:
        return self._t["other_rule"].format(
            title=self._title(finding), verdict=self._voice.wording.verdicts[finding.verdict]
        )

    def _title(self, finding: Finding) -> str:
        return finding.title_fr if self._voice.lang == "fr" else finding.title_en

    def _limit_line(self, axis: Axis, kpi: str) -> str:
        finding = self._shown(axis, kpi)
        if finding is None or finding.threshold is None:
            return self._t["no_limit"]
        return self._t["limit"].format(
            sign=SIGNS.get(finding.comparison, ""),
            value=self._voice.threshold(finding),
            rule=self._title(finding),
        )

    def _annual(self, kpi: str, name: str = "") -> str:
        title = f"{name or self._voice.kpi(kpi)} {self._voice.window('12months')}"
        return self._voice.with_coverage(title, self._snapshot.kpi(kpi, "12months"))

    def _chart(
        self, name: str, title: str, tone: str, *, rule: Finding | None, bars: bool, digits: int
    ) -> Chart:
        series = self._snapshot.series.get(name)
        limit = None if rule is None else rule.threshold
        shape = sparkline(series.values if series else (), limit=limit, bars=bars)
        if shape is None or series is None:
            sentence = self._t["chart_empty"].format(title=self._t[title])
        else:
            sentence = self._t["chart_range"].format(
                title=self._t[title],
                low=number(shape.low, digits, self._voice.style),
                high=with_unit(
                    number(shape.high, digits, self._voice.style), series.unit, self._voice.style
                ),
            )
        binds = rule is not None and rule.binds
        return Chart(shape=shape, sentence=sentence, tone=tone, limit_binds=binds)

    def _card(
        self,
        axis: Axis,
        title: str,
        now: tuple[str, str, str],
        lines: tuple[str, ...],
        chart: Chart,
        shown: Finding | None,
    ) -> Card:
        """A card with the verdict of the rule that it shows."""
        big, unit, note = now
        return Card(
            axis=axis.value,
            title=title,
            chip=None if shown is None else self._voice.chip(shown.verdict),
            big=big,
            unit=unit,
            big_note=note,
            lines=lines,
            chart=chart,
            others=self._others(axis, shown),
        )

    def _now(self, kpi: str, window: str = "15min") -> tuple[str, str, str]:
        result = self._snapshot.kpi(kpi, window)
        shown = self._voice.measured(result)
        note = (
            self._voice.window(window) if shown.value != DASH else self._voice.why_missing(result)
        )
        return shown.value, shown.unit, note

    def _energy(self) -> Card:
        shown = self._shown(Axis.ENERGY, "pue")
        chart = self._chart(
            "pue_24h",
            "chart_pue",
            "elec",
            rule=shown,
            bars=False,
            digits=2,
        )
        title = f"{self._t['axis_energy']} · {self._voice.kpi_in_full('pue')}"
        lines = (self._annual("pue"), self._limit_line(Axis.ENERGY, "pue"))
        return self._card(Axis.ENERGY, title, self._now("pue"), lines, chart, shown)

    def _heat(self) -> Card:
        shown = self._shown(Axis.HEAT, "erf")
        flow = self._snapshot.flow
        known = [one.power_kw for one in flow.heat_branches if one.power_kw is not None]
        complete = bool(known) and len(known) == len(flow.heat_branches)
        total = sum(known) if complete else None
        now = (
            number(total, 0, self._voice.style),
            self._voice.style.unit("kW"),
            self._t["now"],
        )
        if total is None:
            now = (DASH, "", self._t["missing"])
        today = self._voice.measured(self._snapshot.kpi("recovered_heat", "today")).text
        lines = (
            f"{self._t['delivered_today']} {today}",
            self._annual("erf", self._voice.kpi_in_full("erf")),
            self._limit_line(Axis.HEAT, "erf"),
        )
        chart = self._chart("heat_24h", "chart_heat", "heat", rule=None, bars=True, digits=0)
        return self._card(Axis.HEAT, self._t["axis_heat"], now, lines, chart, shown)

    def _water(self) -> Card:
        shown = self._shown(Axis.WATER, "wue")
        chart = self._chart(
            "wue_12months",
            "chart_wue",
            "cold",
            rule=shown,
            bars=True,
            digits=2,
        )
        title = f"{self._t['axis_water']} · {self._voice.kpi_in_full('wue')}"
        lines = (self._annual("wue"), self._limit_line(Axis.WATER, "wue"))
        value, unit, note = self._now("wue")
        if value == "0":
            dry = [
                window
                for window in ("today", "15min")
                if self._voice.measured(self._snapshot.kpi("wue", window)).value == "0"
            ]
            note = self._t["no_water"].format(window=self._voice.wording.kpi.over(dry[0]))
        return self._card(Axis.WATER, title, (value, unit, note), lines, chart, shown)

    def _noise(self) -> Card:
        shown = self._shown(Axis.NOISE, "noise_emergence_night")
        chart = self._chart(
            "noise_night_14",
            "chart_noise",
            "noise",
            rule=shown,
            bars=False,
            digits=1,
        )
        title = f"{self._t['axis_noise']} · {self._voice.kpi('noise_emergence_night').lower()}"
        now = self._now("noise_emergence_night", "last_night")
        night = self._snapshot.kpi("noise_emergence_night", "last_night")
        day = self._snapshot.kpi("noise_emergence_day", "last_day")
        lines = (
            self._voice.with_coverage(self._voice.window("last_night"), night),
            self._voice.with_coverage(self._voice.window("last_day"), day),
            self._limit_line(Axis.NOISE, "noise_emergence_night"),
        )
        return self._card(Axis.NOISE, title, now, lines, chart, shown)
