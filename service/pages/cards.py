"""The four axes of the charter as cards: a figure, a chart, a limit, a verdict."""

from charter_rules.findings import Axis, Finding, Verdict
from service.live.snapshot import LiveSnapshot
from service.pages.numbers import DASH, number, with_unit
from service.pages.parts import Card, Chart
from service.pages.sparkline import sparkline
from service.pages.voice import Voice

SIGNS = {"at_most": "≤", "at_least": "≥"}

# The worst verdict of an axis is the one shown on its card.
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


class Cards:
    """Makes the cards of one snapshot."""

    def __init__(self, snapshot: LiveSnapshot, voice: Voice) -> None:
        self._snapshot = snapshot
        self._voice = voice
        self._t = voice.t

    def all(self) -> tuple[Card, ...]:
        """One card an axis."""
        return (self._energy(), self._heat(), self._water(), self._noise())

    def _worst(self, axis: Axis, kpi: str | None = None) -> Finding | None:
        """The worst verdict of an axis, or of one KPI of it; None when no rule applies."""
        candidates = [
            f
            for f in self._snapshot.findings
            if f.axis is axis
            and f.verdict in SEVERITY
            and (kpi is None or (f.kpi is not None and f.kpi.kpi == kpi))
        ]
        return min(candidates, key=lambda f: SEVERITY.index(f.verdict), default=None)

    def _limit_line(self, axis: Axis, kpi: str) -> str:
        finding = self._worst(axis, kpi)
        if finding is None or finding.threshold is None:
            return self._t["no_limit"]
        return self._t["limit"].format(
            sign=SIGNS.get(finding.comparison, ""), value=self._voice.threshold(finding)
        )

    def _annual(self, kpi: str) -> str:
        title = f"{self._voice.kpi(kpi)} {self._voice.window('12months')}"
        return self._voice.with_coverage(title, self._snapshot.kpi(kpi, "12months"))

    def _chart(
        self, name: str, title: str, tone: str, *, limit: float | None, bars: bool, digits: int
    ) -> Chart:
        series = self._snapshot.series.get(name)
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
            chip=None if worst is None else self._voice.chip(worst.verdict),
            big=big,
            unit=unit,
            big_note=note,
            lines=lines,
            chart=chart,
        )

    def _now(self, kpi: str, window: str = "15min") -> tuple[str, str, str]:
        result = self._snapshot.kpi(kpi, window)
        shown = self._voice.measured(result)
        note = (
            self._voice.window(window) if shown.value != DASH else self._voice.why_missing(result)
        )
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
        title = f"{self._t['axis_energy']} · {self._voice.kpi('pue')}"
        lines = (self._annual("pue"), self._limit_line(Axis.ENERGY, "pue"))
        return self._card(Axis.ENERGY, title, self._now("pue"), lines, chart)

    def _heat(self) -> Card:
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
            self._annual("erf"),
            self._limit_line(Axis.HEAT, "erf"),
        )
        chart = self._chart("heat_24h", "chart_heat", "heat", limit=None, bars=True, digits=0)
        return self._card(Axis.HEAT, self._t["axis_heat"], now, lines, chart)

    def _water(self) -> Card:
        chart = self._chart(
            "wue_12months",
            "chart_wue",
            "cold",
            limit=self._limit(Axis.WATER, "wue"),
            bars=True,
            digits=2,
        )
        title = f"{self._t['axis_water']} · {self._voice.kpi('wue')}"
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
        title = f"{self._t['axis_noise']} · {self._voice.kpi('noise_emergence_night').lower()}"
        now = self._now("noise_emergence_night", "last_night")
        night = self._snapshot.kpi("noise_emergence_night", "last_night")
        day = self._snapshot.kpi("noise_emergence_day", "last_day")
        lines = (
            self._voice.with_coverage(self._voice.window("last_night"), night),
            self._voice.with_coverage(self._voice.window("last_day"), day),
            self._limit_line(Axis.NOISE, "noise_emergence_night"),
        )
        return self._card(Axis.NOISE, title, now, lines, chart)
