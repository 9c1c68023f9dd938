"""Whether the meters of a site agree with each other: balances, suspects, reconciled energies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from models.balance.fault_kinds import FaultKind, Suspect
from models.balance.increments import Increments
from models.balance.node import BalanceNode, electrical_nodes, learn, node_balance
from models.balance.reconciliation import Reconciled, reconcile_nodes
from models.balance.suspects import diagnose
from models.kpi.measurement import SiteReadings
from models.kpi.result import Doubt, DoubtReason
from models.legal_time.days import from_us, to_us
from models.metering.registers import SiteRegisters
from models.metering.uncertainty import COVERAGE_FACTOR, HeatAccuracy
from models.metering.witnesses import usual_u_ratio
from models.readings import FloatArray, IntArray
from models.registers.gauges import ValueRange
from models.registers.steps import counted_by_step, mean_by_step, whole_steps
from models.site.labels import joined_labels, labels_of
from models.site.site import Site

JUDGED = timedelta(days=7)
# What the nodes learn their losses from: the four weeks before.
LEARNED = timedelta(days=28)
_HOUR_US = 3_600_000_000
_LEAST_COVERAGE = 0.5
# A node that cannot be learned is judged by declared losses; a day is the least for a diagnosis.
_LEAST_HOURS = 24
# A power is an energy only where it is known nearly throughout: losses are of a few percent.
_LEAST_OF_POWER = 0.9
# A silent meter shows no figure that could be wrong, and a load without a meter is not the fault of
# the meter that feeds it.
_NO_DOUBT = frozenset({FaultKind.MISSING.value, FaultKind.UNMETERED_LOAD.value})
# Keeps a meter that counted nothing from being certain. [kWh]
_LEAST_U_KWH = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeView:
    """One place where what enters must leave, over the last week.

    ``allowed_high_kwh`` is None where not everything inside is metered: the rest is load.
    """

    id: str
    label_fr: str
    label_en: str
    residual_kwh: float | None
    allowed_low_kwh: float | None
    allowed_high_kwh: float | None
    verdict: str
    coverage_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectView:
    """Meters under suspicion, with the kind of fault that explains what was seen.

    ``size`` is in the fault's own terms, see :class:`models.balance.suspects.Suspect`.
    """

    meters: tuple[str, ...]
    label_fr: str
    label_en: str
    kind: str
    since: datetime
    size: float
    explained_ratio: float
    ambiguous: bool
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciledView:
    """Energy of one meter over the last week: read, and made consistent with all others."""

    meter: str
    raw_kwh: float
    raw_expanded_uncertainty_kwh: float
    reconciled_kwh: float
    reconciled_expanded_uncertainty_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancesView:
    """All nodes, all suspects, and the chi-square test of the whole."""

    nodes: tuple[NodeView, ...] = ()
    suspects: tuple[SuspectView, ...] = ()
    reconciled: tuple[ReconciledView, ...] = ()
    p_value: float | None = None
    gross_error: bool = False


class SiteBalances:
    """The nodes of a site; fixed. What they learn is learned anew each time.

    Readings are wanted over :data:`LEARNED` and :data:`JUDGED`: registers at the ends of hours or
    more often, powers by the hour.

    Parameters
    ----------
    site : Site
        Its tree, and its thermal nodes with their declared losses.
    """

    def __init__(self, site: Site) -> None:
        """Take the nodes that follow from the tree, and those that are declared."""
        self._site = site
        self._nodes = electrical_nodes(site.tree) + tuple(
            BalanceNode(
                name=node.id,
                inputs=node.inputs,
                outputs=node.outputs,
                loss_min_ratio=node.loss_min_ratio,
                loss_max_ratio=node.loss_max_ratio,
                scatter_ratio=node.scatter_ratio,
            )
            for node in site.thermal_nodes
        )
        self._terms = tuple(
            dict.fromkeys(one for node in self._nodes for one in node.inputs + node.outputs)
        )
        self._power_u: Mapping[str, float] = {
            term: node.power_u_ratio
            for node in site.thermal_nodes
            for term in node.inputs + node.outputs
        }
        self._labels = labels_of(site)

    def registers(self) -> tuple[str, ...]:
        """Registers of the meters at the nodes."""
        meters = self._site.tree.meters
        return tuple(meters[one].point for one in self._terms if one in meters)

    def gauges(self) -> Mapping[str, tuple[ValueRange, ...]]:
        """Powers that are summed up over time at the thermal nodes."""
        return {one: () for one in self._terms if one not in self._site.tree.meters}

    def view(self, readings: SiteReadings, registers: SiteRegisters, now: datetime) -> BalancesView:
        """Balances of the last week against what the four weeks before it showed.

        Parameters
        ----------
        readings : SiteReadings
            The powers, by the hour or over shorter steps of whole hours.
        registers : SiteRegisters
            The registers, traced.
        now : datetime
            Up to when everything is known.

        Returns
        -------
        BalancesView
            Empty with less than a day of any meter.
        """
        end_us = to_us(now) // _HOUR_US * _HOUR_US
        judged_us = end_us - JUDGED // timedelta(microseconds=1)
        week = whole_steps(judged_us, end_us, _HOUR_US)
        counts = self._counts(readings, registers, week)
        if np.isfinite(counts.value).any(axis=0).sum() < _LEAST_HOURS:
            return BalancesView()
        learned_us = judged_us - LEARNED // timedelta(microseconds=1)
        past = self._counts(readings, registers, whole_steps(learned_us, judged_us, _HOUR_US))
        nodes = tuple(learn(node, past) for node in self._nodes)
        reconciled = self._reconcile(counts)
        return BalancesView(
            nodes=tuple(self._node(node, counts) for node in nodes),
            suspects=tuple(self._suspect(s, week) for s in diagnose(nodes, counts)),
            reconciled=() if reconciled is None else _reconciled_views(reconciled),
            p_value=None if reconciled is None else reconciled.p_value,
            gross_error=reconciled is not None and reconciled.gross_error,
        )

    def _counts(
        self, readings: SiteReadings, registers: SiteRegisters, edges_us: IntArray
    ) -> Increments:
        meters = self._site.tree.meters
        points = [meters[one].point for one in self._terms if one in meters]
        counted = iter(counted_by_step(registers.traces, points, edges_us))
        # The mean power of an hour is its energy.
        rows: list[FloatArray] = [
            next(counted)
            if term in meters
            else mean_by_step(readings.gauges, term, edges_us, least_firm_ratio=_LEAST_OF_POWER)
            for term in self._terms
        ]
        return Increments(
            meters=self._terms,
            value=np.stack(rows) if rows else np.zeros((0, len(edges_us) - 1)),
            u_ratio=np.array([self._u_ratio(term) for term in self._terms]),
            resolution=np.array(
                [meters[t].resolution if t in meters else 0.0 for t in self._terms]
            ),
            heat=np.array([self._is_heat(term) for term in self._terms], dtype=bool),
        )

    def _is_heat(self, term: str) -> bool:
        meter = self._site.tree.meters.get(term)
        if meter is None:
            return "heat" in self._site.points[term].quantity.value
        return isinstance(meter.accuracy, HeatAccuracy)

    def _u_ratio(self, term: str) -> float:
        meter = self._site.tree.meters.get(term)
        return self._power_u[term] if meter is None else usual_u_ratio(meter)

    def _node(self, node: BalanceNode, counts: Increments) -> NodeView:
        found = node_balance(node, counts)
        label_fr, label_en = joined_labels(self._labels, (node.name,))
        known = found.coverage_ratio > 0.0
        return NodeView(
            id=node.name,
            label_fr=label_fr,
            label_en=label_en,
            residual_kwh=found.residual_kwh if known else None,
            allowed_low_kwh=found.allowed_low_kwh if known else None,
            allowed_high_kwh=found.allowed_high_kwh if known and node.complete else None,
            verdict=found.verdict.value,
            coverage_ratio=found.coverage_ratio,
        )

    def _suspect(self, suspect: Suspect, edges_us: IntArray) -> SuspectView:
        label_fr, label_en = joined_labels(self._labels, suspect.meters)
        return SuspectView(
            meters=suspect.meters,
            label_fr=label_fr,
            label_en=label_en,
            kind=suspect.kind.value,
            since=from_us(int(edges_us[suspect.since_step])),
            size=suspect.size,
            explained_ratio=suspect.explained_ratio,
            ambiguous=suspect.ambiguous,
            nodes=suspect.nodes,
        )

    def _reconcile(self, counts: Increments) -> Reconciled | None:
        """Over the hours at which every meter of every node is known."""
        # Energy that leaves by no meter cannot be told from an error.
        complete = tuple(node for node in self._nodes if node.complete)
        known = np.isfinite(counts.value).all(axis=0)
        if not complete or known.mean() < _LEAST_COVERAGE:
            return None
        total = counts.value[:, known].sum(axis=1)
        u_kwh = np.hypot(counts.u_ratio * total, counts.resolution)
        # A learned loss has the class errors of its meters in it: only declared ones are free.
        return reconcile_nodes(complete, counts.meters, total, np.maximum(u_kwh, _LEAST_U_KWH))


def doubts(view: BalancesView) -> tuple[Doubt, ...]:
    """The meters that the balances accuse beyond doubt of showing a wrong figure.

    Parameters
    ----------
    view : BalancesView
        As :meth:`SiteBalances.view` gives it.

    Returns
    -------
    tuple of Doubt
        Each meter once. Suspects that are other explanations of the same are left out.

    Examples
    --------
    >>> from datetime import UTC
    >>> suspect = SuspectView(
    ...     meters=("pdu_2",), label_fr="", label_en="", kind="reversed_ct",
    ...     since=datetime(2026, 11, 1, tzinfo=UTC), size=3.0, explained_ratio=0.99,
    ...     ambiguous=False, nodes=("ups",),
    ... )
    >>> [(one.meter, one.reason.value) for one in doubts(BalancesView(suspects=(suspect,)))]
    [('pdu_2', 'balance')]
    """
    sure = (one for one in view.suspects if not one.ambiguous and one.kind not in _NO_DOUBT)
    meters = dict.fromkeys(meter for one in sure for meter in one.meters)
    return tuple(Doubt(meter, DoubtReason.BALANCE) for meter in meters)


def _reconciled_views(found: Reconciled) -> tuple[ReconciledView, ...]:
    columns = (found.raw_kwh, found.raw_u_kwh, found.reconciled_kwh, found.reconciled_u_kwh)
    return tuple(
        ReconciledView(
            meter=meter,
            raw_kwh=float(raw),
            raw_expanded_uncertainty_kwh=COVERAGE_FACTOR * float(raw_u),
            reconciled_kwh=float(value),
            reconciled_expanded_uncertainty_kwh=COVERAGE_FACTOR * float(u),
        )
        for meter, raw, raw_u, value, u in zip(found.meters, *columns, strict=True)
    )
