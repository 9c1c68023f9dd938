"""A snapshot as somebody may see it: what is not for them is not in it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import nan
from typing import Final

from charter_rules.breaches.state import Breach
from charter_rules.findings import Finding
from models.balance.site_balances import BalancesView
from models.heat.chain import HeatChainView
from models.heat.statement import HeatStatement
from models.kpi.charts import CHARTS
from models.site.disclosure import Confidentiality, Disclosure, Matter
from models.site.power_flow import FlowView
from service.live.snapshot import DeviceView, LiveSnapshot

_NO_FLOW: Final = FlowView(
    grid_kw=None,
    generator_kw=None,
    photovoltaic_kw=None,
    total_kw=None,
    it_kw=None,
    cooling_kw=None,
    heat_pump_kw=None,
    general_kw=None,
    other_loads_kw=None,
    export_kw=None,
    losses_kw=None,
    heat_branches=(),
    heat_rejected_kw=None,
    outdoor_temp_degc=None,
    heat_pump_cop={},
)


class DisclosedSnapshots:
    """Snapshots of one site, cut down once for all who may see the same."""

    def __init__(self, disclosure: Disclosure) -> None:
        self._disclosure = disclosure
        self._of: LiveSnapshot | None = None
        self._cut: dict[tuple[Confidentiality, frozenset[str]], LiveSnapshot] = {}

    def cut(
        self, snapshot: LiveSnapshot, clearance: Confidentiality, takers: frozenset[str]
    ) -> LiveSnapshot:
        """What may be seen of the newest snapshot with a clearance, and as some heat takers."""
        if self._of is not snapshot:
            self._of, self._cut = snapshot, {}
        key = (clearance, takers)
        if key not in self._cut:
            self._cut[key] = disclosed(snapshot, self._disclosure, clearance, takers)
        return self._cut[key]


def disclosed(
    snapshot: LiveSnapshot,
    disclosure: Disclosure,
    clearance: Confidentiality,
    takers: frozenset[str] = frozenset(),
) -> LiveSnapshot:
    """A snapshot without what is more confidential than a clearance.

    Who and where a site is stays, and whether its figures are current. Of a month's heat a taker
    keeps its own line, without the sums over all.
    """
    seen = _Seen(disclosure, clearance)
    if seen.everything(snapshot):
        return snapshot
    return replace(
        snapshot,
        points=snapshot.points if seen.matter(Matter.POINT) else {},
        devices=tuple(seen.device(one) for one in snapshot.devices)
        if seen.matter(Matter.DEVICE)
        else (),
        pipeline=snapshot.pipeline if seen.matter(Matter.DEVICE) else None,
        kpis=tuple(one for one in snapshot.kpis if seen.kpi(one.kpi)),
        findings=tuple(one for one in snapshot.findings if seen.of_kpi(Matter.VERDICT, one.kpi_id)),
        breaches=tuple(shown_breaches(snapshot.breaches, snapshot.findings, disclosure, clearance)),
        flow=snapshot.flow if seen.matter(Matter.LIVE) else _NO_FLOW,
        series={
            name: one
            for name, one in snapshot.series.items()
            if seen.of_kpi(Matter.LIVE, CHARTS[name].kpi.id)
        },
        standing=snapshot.standing if seen.matter(Matter.BALANCE) else (),
        balances=snapshot.balances if seen.matter(Matter.BALANCE) else BalancesView(),
        heat=snapshot.heat if seen.matter(Matter.HEAT) else HeatChainView(),
        statements=snapshot.statements
        if seen.matter(Matter.HEAT)
        else tuple(_own(one, takers) for one in snapshot.statements if takers),
        forecasts=tuple(one for one in snapshot.forecasts if seen.of_kpi(Matter.OUTLOOK, one.kpi)),
        shifts=snapshot.shifts if seen.matter(Matter.OUTLOOK) else (),
        suspicions=snapshot.suspicions if seen.matter(Matter.SUSPICION) else (),
    )


def shown_breaches(
    breaches: Iterable[Breach],
    findings: Iterable[Finding],
    disclosure: Disclosure,
    clearance: Confidentiality,
) -> Iterator[Breach]:
    """Those of rules whose KPI may be seen; whose rule the charter no longer has, none is told."""
    if not _Seen(disclosure, clearance).matter(Matter.BREACH):
        return
    rules = shown_rules(findings, disclosure, clearance)
    for one in breaches:
        if rules is None or one.rule_id in rules:
            yield one


def shown_rules(
    findings: Iterable[Finding], disclosure: Disclosure, clearance: Confidentiality
) -> frozenset[str] | None:
    """The rules of the charter whose KPI may be seen; None where every KPI may."""
    seen = _Seen(disclosure, clearance)
    if seen.every_kpi():
        return None
    return frozenset(one.rule_id for one in findings if seen.kpi(one.kpi_id))


class _Seen:
    def __init__(self, disclosure: Disclosure, clearance: Confidentiality) -> None:
        self._disclosure, self._clearance = disclosure, clearance

    def matter(self, matter: Matter) -> bool:
        return self._disclosure.of(matter) <= self._clearance

    def kpi(self, kpi: str) -> bool:
        return self._disclosure.of_kpi(kpi) <= self._clearance

    def of_kpi(self, matter: Matter, kpi: str) -> bool:
        """A figure stays as confidential as it is, whatever it is shown for."""
        return self.matter(matter) and self.kpi(kpi)

    def device(self, device: DeviceView) -> DeviceView:
        """The names of those who work there are not for the public."""
        if device.charge is None or self._clearance > Confidentiality.PUBLIC:
            return device
        return replace(device, charge=None)

    def every_kpi(self) -> bool:
        return self.matter(Matter.KPI) and all(self.kpi(one) for one in self._disclosure.kpis)

    def everything(self, snapshot: LiveSnapshot) -> bool:
        if any(self.device(one) is not one for one in snapshot.devices):
            return False
        # Raw words are in no snapshot.
        return self.every_kpi() and all(self.matter(one) for one in Matter if one is not Matter.RAW)


def _own(statement: HeatStatement, takers: frozenset[str]) -> HeatStatement:
    """A month of some takers alone: no sum from which the others could be told."""
    return replace(
        statement,
        takers=tuple(one for one in statement.takers if one.taker in takers),
        delivered_kwh=nan,
        expanded_uncertainty_kwh=nan,
        reversed_kwh=nan,
        defrost_kwh=nan,
        below_dt_min_kwh=nan,
        volume_m3=nan,
        coverage_ratio=nan,
    )
