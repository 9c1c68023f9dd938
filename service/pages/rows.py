"""The tables of the page: KPIs by window, rules with their verdicts, devices with their health."""

from collections.abc import Sequence
from dataclasses import replace

from charter_rules.findings import Axis, Finding, Verdict, Verification
from charter_rules.wording.measured import DASH, span
from models.kpi.definition import Kpi
from models.kpi.definition import KpiGroup as Group
from models.kpi.registry import KPIS
from models.kpi.result import Flag, KpiResult
from models.metering.boundary import BoundaryFact
from models.readings import DeviceState, Origin
from models.trouble.trouble import Trouble
from service.live.left_out import left_out
from service.live.snapshot import DeviceView, LiveSnapshot
from service.pages.cards import SEVERITY, SIGNS
from service.pages.parts import DeviceRow, KpiCell, KpiGroup, KpiRow, RuleGroup, RuleRow
from service.pages.voice import Voice

WINDOWS = ("15min", "today", "month", "12months")
# Less than one step of a share in percent.
_LEAST_BRIDGED_RATIO = 0.001
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
        self._words = voice.wording.kpi
        self._windows = tuple(voice.window(window) for window in WINDOWS)

    def kpi_groups(self) -> tuple[KpiGroup, ...]:
        """The KPIs the site has, by group. One it has in no window is left out."""
        groups = []
        said: set[BoundaryFact] = set()
        spelled: set[str] = set()
        for group in Group:
            kpis = [kpi for kpi in KPIS.values() if kpi.group is group]
            rows = tuple(
                replace(row, name=self._voice.kpi_in_full(row.id, spelled))
                for kpi in kpis
                if (row := self._kpi_row(kpi, said)) is not None
            )
            if rows:
                groups.append(KpiGroup(heading=self._words.groups[group], rows=rows))
        return tuple(groups)

    def _kpi_row(self, kpi: Kpi, said: set[BoundaryFact]) -> KpiRow | None:
        """One KPI; two ends of a range stand in the row of the lower."""
        ends = [one.id for one in KPIS.values() if kpi.end_of and one.end_of == kpi.end_of]
        results = [self._snapshot.kpi(kpi.id, window) for window in WINDOWS]
        if kpi.id in ends[1:] or not any(results):
            return None
        cells = [self._cell(result) for result in results]
        if ends:
            highs = [self._snapshot.kpi(ends[1], window) for window in WINDOWS]
            cells = [self._range_cell(low, high) for low, high in zip(results, highs, strict=True)]
        name = kpi.end_of or kpi.id
        known = [one for one in results if one is not None]
        common = tuple(one for one in cells[0].doubts if all(one in cell.doubts for cell in cells))
        own = [
            replace(cell, doubts=tuple(one for one in cell.doubts if one not in common))
            for cell in cells
        ]
        return KpiRow(
            id=name,
            name=self._voice.kpi(name),
            note=self._note(name, known, said),
            doubts=common,
            cells=tuple(zip(self._windows, own, strict=True)),
        )

    def _note(self, kpi: str, results: Sequence[KpiResult], said: set[BoundaryFact]) -> str:
        """What the KPI is, and what is particular about its boundary here."""
        category = next((one.category for one in results if one.category), None)
        counted = "" if category is None else self._t["kpi_category"].format(n=category)
        facts = dict.fromkeys(fact for one in results for fact in one.boundary_facts)
        # Where IT is measured is said once; the category tells it in the other rows.
        told = [fact for fact in facts if fact not in said & _OF_CATEGORY]
        said.update(facts)
        parts = (self._words.kpis[kpi].about, counted, *map(self._words.boundary_facts.get, told))
        return self._voice.wording.typeset(", ".join(part for part in parts if part))

    def _range_cell(self, low: KpiResult | None, high: KpiResult | None) -> KpiCell:
        """Two ends that are never shown without each other."""
        cell = self._cell(low)
        if low is None or high is None or low.value is None or high.value is None:
            return cell
        start, end = span(low.value, high.value, low.unit, self._voice.style)
        return replace(cell, text=self._t["range"].format(low=start, high=end))

    def _cell(self, result: KpiResult | None) -> KpiCell:
        if result is None:
            return KpiCell(text=DASH, notes=(self._t["not_in_window"],))
        doubts = (
            *(self._voice.doubt(one, self._snapshot) for one in result.doubts),
            *(self._voice.left_out(one) for one in left_out(result, self._snapshot)),
        )
        if result.value is None:
            return KpiCell(text=DASH, notes=(self._voice.why_missing(result),), doubts=doubts)
        notes = [self._voice.coverage(result)]
        if result.bridged_ratio > _LEAST_BRIDGED_RATIO:
            bridged = self._voice.style.share(result.bridged_ratio)
            notes.append(self._t["bridged"].format(value=bridged))
        imported = result.origin is Origin.IMPORTED
        notes.append(self._t["imported" if imported else "measured_live"])
        typeset = self._voice.wording.typeset
        notes += [typeset(self._words.flags[flag]) for flag in result.flags if flag in _TOLD]
        return KpiCell(text=self._voice.measured(result).text, notes=tuple(notes), doubts=doubts)

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
            source=self._source(finding),
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
            missing=finding.missing_fr if french else finding.missing_en,
        )

    def _source(self, finding: Finding) -> str:
        title, article = finding.reference_title, finding.reference_article
        if self._voice.lang == "en":
            title, article = finding.reference_title_en, finding.reference_article_en
        return self._voice.wording.typeset(f"{title}, {article}")

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
        # A device that answers in part is not silent: only not in order.
        heard = "well" if device.state is DeviceState.DEGRADED else "ok"
        if device.last_ok_at is None:
            facts.append(self._t[f"never_{heard}"])
        else:
            since_s = (self._snapshot.taken_at - device.last_ok_at).total_seconds()
            facts.append(self._t[f"last_{heard}"].format(age=self._voice.ago(max(since_s, 0.0))))
        if device.stale_points:
            facts.append(
                self._t["stale_points"].format(stale=device.stale_points, count=device.points)
            )
        if device.failures_total:
            facts.append(self._t["failures"].format(n=device.failures_total))
        if device.charge is not None:
            taken_s = (self._snapshot.taken_at - device.charge.at).total_seconds()
            facts.append(
                self._t["taken_in_charge"].format(
                    name=device.charge.name,
                    age=self._voice.ago(max(taken_s, 0.0)),
                    note=device.charge.note,
                )
            )
        tones = {DeviceState.LOST: "bad", DeviceState.OK: "good"}
        tone = tones.get(device.state, "warn")
        return DeviceRow(
            id=device.id,
            label=self._voice.label(device),
            tone="warn" if tone == "good" and device.stale_points else tone,
            state=self._t[f"state_{device.state.value}"],
            facts=tuple(facts),
            **self._trouble(device),
        )

    def _trouble(self, device: DeviceView) -> dict[str, str]:
        """What is wrong and what to check, in the language of the reader."""
        if device.last_error is None or _is_well(device):
            return {}
        # An older collector tells no trouble with its error.
        words = self._voice.troubles[device.trouble or Trouble.OTHER]
        typeset = self._voice.wording.typeset
        check = typeset(self._t["to_check"].format(what=words.check))
        return {"trouble": typeset(words.what), "check": check, "detail": device.last_error}


def _is_well(device: DeviceView) -> bool:
    return device.state is DeviceState.OK and not device.stale_points
