"""The tables of the page: KPIs by window, rules with their verdicts, devices with their health."""

from charter_rules.findings import Finding, Verdict, Verification
from models.kpi.result import KpiResult
from models.readings import DeviceState, Origin
from service.live.snapshot import DeviceView, LiveSnapshot
from service.pages.cards import SEVERITY, SIGNS
from service.pages.numbers import DASH, measured, percent
from service.pages.parts import DeviceRow, KpiCell, RuleRow
from service.pages.voice import Voice

WINDOWS = ("15min", "today", "month", "12months")
_KPIS = ("pue", "wue", "erf", "recovered_heat")
_HIDDEN = {Verdict.NOT_APPLICABLE, Verdict.NOT_IN_FORCE}


class Rows:
    """Makes the rows of one snapshot."""

    def __init__(self, snapshot: LiveSnapshot, voice: Voice) -> None:
        self._snapshot = snapshot
        self._voice = voice
        self._t = voice.t
        self._windows = tuple(voice.t[window] for window in WINDOWS)

    def kpi_rows(self) -> tuple[tuple[str, str, tuple[tuple[str, KpiCell], ...]], ...]:
        """KPI name, category and its cells by window."""
        rows = []
        for kpi in _KPIS:
            results = [self._snapshot.kpi(kpi, window) for window in WINDOWS]
            category = next((r.category for r in results if r is not None and r.category), None)
            note = "" if category is None else self._t["kpi_category"].format(n=category)
            cells = tuple(
                (heading, self._cell(result))
                for heading, result in zip(self._windows, results, strict=True)
            )
            rows.append((self._t[kpi], note, cells))
        return tuple(rows)

    def _cell(self, result: KpiResult | None) -> KpiCell:
        if result is None or result.value is None:
            return KpiCell(text=DASH, notes=(self._voice.why_missing(result),))
        notes = [
            self._t["coverage"].format(value=percent(result.coverage_ratio, self._voice.style))
        ]
        if result.bridged_ratio > 0.0005:
            bridged = percent(result.bridged_ratio, self._voice.style)
            notes.append(self._t["bridged"].format(value=bridged))
        imported = result.origin is Origin.IMPORTED
        notes.append(self._t["imported" if imported else "measured_live"])
        return KpiCell(text=self._voice.measured(result).text, notes=tuple(notes))

    def rules(self) -> tuple[RuleRow, ...]:
        """Rules that apply today, worst first."""
        applying = [f for f in self._snapshot.findings if f.verdict not in _HIDDEN]
        applying.sort(key=lambda f: SEVERITY.index(f.verdict))
        return tuple(self._rule(f) for f in applying)

    def other_rules(self) -> tuple[RuleRow, ...]:
        """Rules that do not apply, or not yet."""
        return tuple(self._rule(f) for f in self._snapshot.findings if f.verdict in _HIDDEN)

    def _rule(self, finding: Finding) -> RuleRow:
        french = self._voice.lang == "fr"
        margin = DASH
        if finding.margin is not None:
            spread = finding.kpi.expanded_uncertainty if finding.kpi is not None else None
            shown = measured(finding.margin, spread, finding.threshold_unit, self._voice.style)
            margin = f"{shown.value}{shown.unit}"
        sign = SIGNS.get(finding.comparison, "")
        threshold = self._voice.threshold(finding)
        status = self._voice.wording.legal_statuses[finding.legal_status]
        verification = self._voice.wording.verifications[finding.verification]
        return RuleRow(
            id=finding.rule_id,
            title=finding.title_fr if french else finding.title_en,
            source=f"{finding.reference_title}, {finding.reference_article}",
            url=finding.reference_url,
            status=f"{status} · {verification}",
            unsure=finding.verification is not Verification.READ_IN_SOURCE,
            measured=self._voice.measured(finding.kpi).text,
            threshold=threshold if finding.threshold is None else f"{sign} {threshold}",
            margin=margin,
            chip=self._voice.chip(finding.verdict),
            explanation=tuple(
                (finding.explanation_fr if french else finding.explanation_en).split("\n")
            ),
        )

    def troubled(self) -> tuple[DeviceRow, ...]:
        """Devices that need a look, the silent ones first."""
        order = [DeviceState.LOST, DeviceState.DEGRADED, DeviceState.STARTING, DeviceState.OK]
        rows = [d for d in self._snapshot.devices if not _is_well(d)]
        rows.sort(key=lambda d: order.index(d.state))
        return tuple(self._device(d) for d in rows)

    def well(self) -> tuple[DeviceRow, ...]:
        """Devices in good health."""
        return tuple(self._device(d) for d in self._snapshot.devices if _is_well(d))

    def _device(self, device: DeviceView) -> DeviceRow:
        facts = []
        if device.last_ok_at is None:
            facts.append(self._t["never_ok"])
        else:
            since_s = (self._snapshot.taken_at - device.last_ok_at).total_seconds()
            facts.append(self._t["last_ok"].format(age=self._voice.ago(max(since_s, 0.0))))
        if device.stale_points:
            facts.append(
                self._t["stale_points"].format(stale=device.stale_points, count=device.points)
            )
        if device.failures_total:
            facts.append(self._t["failures"].format(n=device.failures_total))
        if device.last_error and not _is_well(device):
            facts.append(device.last_error)
        tones = {DeviceState.LOST: "bad", DeviceState.OK: "good"}
        tone = tones.get(device.state, "warn")
        return DeviceRow(
            id=device.id,
            label=device.label_fr if self._voice.lang == "fr" else device.label_en,
            tone="warn" if tone == "good" and device.stale_points else tone,
            state=self._t[f"state_{device.state.value}"],
            facts=tuple(facts),
        )


def _is_well(device: DeviceView) -> bool:
    return device.state is DeviceState.OK and not device.stale_points
