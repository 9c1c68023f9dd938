"""The tables of the page: KPIs by window, rules with their verdicts, devices with their health."""

from collections.abc import Sequence

from charter_rules.findings import Axis, Finding, Verdict, Verification
from models.kpi.result import Flag, KpiResult
from models.metering.boundary import BoundaryFact
from models.readings import DeviceState, Origin
from service.live.snapshot import DeviceView, LiveSnapshot
from service.pages.cards import SEVERITY, SIGNS
from service.pages.numbers import DASH, percent, span
from service.pages.parts import DeviceRow, KpiCell, KpiGroup, KpiRow, RuleGroup, RuleRow
from service.pages.voice import Voice

WINDOWS = ("15min", "today", "month", "12months")
KPI_GROUPS = {
    "axis_energy": (
        "pue",
        "pue_excl_heat_upgrade",
        "pue_at_25_percent_load",
        "load_factor",
        "cer",
        "trajectory_ratio",
    ),
    "axis_heat": ("recovered_heat", "erf", "ere", "seasonal_factor", "delivered_temperature"),
    "axis_water": ("wue", "wue_potable"),
    "group_carbon": ("ref", "cue_location", "carbon_avoided"),
    "group_conditions": (
        "cooling_degree_days",
        "supply_air_compliance",
        "liquid_supply_compliance",
    ),
}
_CARBON = "carbon_avoided"
# Coverage and bridging are told with their figures.
_TOLD = frozenset(Flag) - {Flag.BRIDGED, Flag.PARTLY_MISSING}
_OF_CATEGORY = {BoundaryFact.IT_AT_UPS_OUTPUT, BoundaryFact.IT_AT_PDU}
_HIDDEN = {Verdict.NOT_APPLICABLE, Verdict.NOT_IN_FORCE}


class Rows:
    """Makes the rows of one snapshot."""

    def __init__(self, snapshot: LiveSnapshot, voice: Voice) -> None:
        self._snapshot = snapshot
        self._voice = voice
        self._t = voice.t
        self._windows = tuple(voice.t[window] for window in WINDOWS)

    def kpi_groups(self) -> tuple[KpiGroup, ...]:
        """The KPIs the site has, by axis. One it has in no window is left out."""
        groups = []
        for heading, kpis in KPI_GROUPS.items():
            rows = tuple(row for kpi in kpis if (row := self._kpi_row(kpi)) is not None)
            if rows:
                groups.append(KpiGroup(heading=self._t[heading], rows=rows))
        return tuple(groups)

    def _kpi_row(self, kpi: str) -> KpiRow | None:
        of = f"{kpi}_low" if kpi == _CARBON else kpi
        results = [self._snapshot.kpi(of, window) for window in WINDOWS]
        if not any(results):
            return None
        category = next((r.category for r in results if r is not None and r.category), None)
        facts = next((r.boundary_facts for r in results if r is not None), ())
        if kpi == _CARBON:
            highs = [self._snapshot.kpi(f"{kpi}_high", window) for window in WINDOWS]
            cells = [self._range_cell(low, high) for low, high in zip(results, highs, strict=True)]
        else:
            cells = [self._cell(result) for result in results]
        return KpiRow(
            id=kpi,
            name=self._t[kpi],
            note=self._note(kpi, category, facts),
            cells=tuple(zip(self._windows, cells, strict=True)),
        )

    def _note(self, kpi: str, category: int | None, facts: Sequence[BoundaryFact]) -> str:
        """What the KPI is, and what is particular about its boundary here."""
        about = self._t.get(f"about_{kpi}", "")
        counted = "" if category is None else self._t["kpi_category"].format(n=category)
        # Where IT is measured is said once; the category tells it in the other rows.
        told = [f for f in facts if kpi == "pue" or f not in _OF_CATEGORY]
        boundary = (self._t[f"fact_{fact.value}"] for fact in told)
        return ", ".join(part for part in (about, counted, *boundary) if part)

    def _range_cell(self, low: KpiResult | None, high: KpiResult | None) -> KpiCell:
        """Two ends that are never shown without each other."""
        cell = self._cell(low)
        if low is None or high is None or low.value is None or high.value is None:
            return cell
        start, end = span(low.value, high.value, low.unit, self._voice.style)
        return KpiCell(text=self._t["range"].format(low=start, high=end), notes=cell.notes)

    def _cell(self, result: KpiResult | None) -> KpiCell:
        if result is None:
            return KpiCell(text=DASH, notes=(self._t["not_in_window"],))
        if result.value is None:
            return KpiCell(text=DASH, notes=(self._voice.why_missing(result),))
        notes = [
            self._t["coverage"].format(value=percent(result.coverage_ratio, self._voice.style))
        ]
        if result.bridged_ratio > 0.0005:
            bridged = percent(result.bridged_ratio, self._voice.style)
            notes.append(self._t["bridged"].format(value=bridged))
        imported = result.origin is Origin.IMPORTED
        notes.append(self._t["imported" if imported else "measured_live"])
        notes += [self._t[f"flag_{flag.value}"] for flag in result.flags if flag in _TOLD]
        return KpiCell(text=self._voice.measured(result).text, notes=tuple(notes))

    def rules(self) -> tuple[RuleGroup, ...]:
        """Rules that apply today by axis, worst first inside each."""
        applying = [f for f in self._snapshot.findings if f.verdict not in _HIDDEN]
        applying.sort(key=lambda f: SEVERITY.index(f.verdict))
        present = {finding.axis for finding in applying}
        return tuple(
            RuleGroup(
                axis=axis.value,
                heading=self._t[f"axis_{axis.value}"],
                rows=tuple(self.rule(f) for f in applying if f.axis is axis),
            )
            for axis in Axis
            if axis in present
        )

    def other_rules(self) -> tuple[RuleRow, ...]:
        """Rules that do not apply, or not yet."""
        return tuple(self.rule(f) for f in self._snapshot.findings if f.verdict in _HIDDEN)

    def rule(self, finding: Finding) -> RuleRow:
        """One rule with its verdict."""
        french = self._voice.lang == "fr"
        margin = DASH
        if finding.margin is not None:
            margin = self._voice.margin(finding, finding.margin)
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
            measured=self._voice.in_text_unit(finding).text,
            threshold=f"{sign} {threshold}"
            if sign and finding.threshold is not None
            else threshold,
            margin=margin,
            chip=self._voice.chip(finding.verdict),
            explanation=tuple(
                (finding.explanation_fr if french else finding.explanation_en).split("\n")
            ),
            # Where data are lacking, the conclusion has just said so.
            missing="" if finding.lack else finding.missing_fr if french else finding.missing_en,
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
            label=self._voice.label(device),
            tone="warn" if tone == "good" and device.stale_points else tone,
            state=self._t[f"state_{device.state.value}"],
            facts=tuple(facts),
        )


def _is_well(device: DeviceView) -> bool:
    return device.state is DeviceState.OK and not device.stale_points
