"""Whether the meters of a site agree with each other: balances, suspects, reconciled energies."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from models.balance.increments import Increments
from models.balance.node import BalanceNode, electrical_nodes, learn, node_balance
from models.balance.reconciliation import Reconciled, reconcile_nodes
from models.balance.suspects import Suspect, diagnose
from models.legal_time.days import to_us
from models.metering.uncertainty import (
    COVERAGE_FACTOR,
    ElectricityAccuracy,
    HeatAccuracy,
    VolumeAccuracy,
    electricity_u_ratio,
    heat_u_ratio,
)
from models.readings import FloatArray, IntArray
from models.site.devices import device_of
from models.site.site import Site
from service.evaluation.gauges import increments, step_means
from service.evaluation.samples import NO_SAMPLES, SamplesByKey, grid_levels, registers_of
from service.live.balances import BalancesView, NodeView, ReconciledView, SuspectView

_HOUR_US = 3_600_000_000
JUDGED = timedelta(days=7)
# What the nodes learn their losses from: the four weeks before.
LEARNED = timedelta(days=28)
_LEAST_COVERAGE = 0.5
# A heat meter's class error at a usual difference and flow, where its registers do not tell.
_USUAL_DROP_K, _USUAL_FLOW_RATIO = 8.0, 0.6
# A node that cannot be learned is judged by declared losses; a day is the least for a diagnosis.
_LEAST_HOURS = 24


class Consistency:
    """The nodes of a site; fixed. What they learn is learned anew each time."""

    def __init__(self, site: Site) -> None:
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
        self._power_u = {
            term: node.power_u_ratio
            for node in site.thermal_nodes
            for term in node.inputs + node.outputs
        }
        self._labels = _labels(site)

    def keys(self) -> tuple[str, ...]:
        """Registers and powers that are read."""
        meters = self._site.tree.meters
        return tuple(meters[one].point if one in meters else one for one in self._terms)

    def view(self, samples: SamplesByKey, now: datetime) -> BalancesView:
        """Balances of the last week against what the four weeks before it showed."""
        end_us = to_us(now) // _HOUR_US * _HOUR_US
        judged_us = end_us - JUDGED // timedelta(microseconds=1)
        past = np.arange(judged_us - LEARNED // timedelta(microseconds=1), judged_us + 1, _HOUR_US)
        week = np.arange(judged_us, end_us + 1, _HOUR_US)
        counts = self._counts(samples, week)
        if np.isfinite(counts.value).any(axis=0).sum() < _LEAST_HOURS:
            return BalancesView()
        reference = self._counts(samples, past)
        nodes = tuple(learn(node, reference) for node in self._nodes)
        reconciled = self._reconcile(counts)
        return BalancesView(
            nodes=tuple(self._node(node, counts) for node in nodes),
            suspects=tuple(self._suspect(s, week) for s in diagnose(nodes, counts)),
            reconciled=() if reconciled is None else _reconciled_views(reconciled),
            p_value=None if reconciled is None else reconciled.p_value,
            gross_error=reconciled is not None and reconciled.gross_error,
        )

    def _counts(self, samples: SamplesByKey, edges_us: IntArray) -> Increments:
        meters = self._site.tree.meters
        rows: list[FloatArray] = []
        for term in self._terms:
            if term in meters:
                one = (meters[term],)
                rows.append(increments(grid_levels(registers_of(one)[:1], samples, edges_us))[0])
            else:
                rows.append(step_means(samples.get(term, NO_SAMPLES), edges_us))
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
        if meter is None:
            return self._power_u[term]
        match meter.accuracy:
            case ElectricityAccuracy():
                return electricity_u_ratio(meter.accuracy)
            case VolumeAccuracy():
                return float(meter.accuracy.mpe_ratio / np.sqrt(3.0))
            case HeatAccuracy() as accuracy:
                return heat_u_ratio(
                    accuracy, _USUAL_DROP_K, _USUAL_FLOW_RATIO * accuracy.qp_m3_per_h
                )

    def _node(self, node: BalanceNode, counts: Increments) -> NodeView:
        found = node_balance(node, counts)
        label_fr, label_en = self._labels.get(node.name, (node.name, node.name))
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
        labels = [self._labels.get(one, (one, one)) for one in suspect.meters]
        return SuspectView(
            meters=suspect.meters,
            label_fr=" / ".join(french for french, _ in labels),
            label_en=" / ".join(english for _, english in labels),
            kind=suspect.kind.value,
            since=datetime.fromtimestamp(int(edges_us[suspect.since_step]) / 1e6, UTC),
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
        return reconcile_nodes(complete, counts.meters, total, np.maximum(u_kwh, 1e-6))


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


def _labels(site: Site) -> Mapping[str, tuple[str, str]]:
    """French and English name of meters, buses, thermal nodes and single powers."""
    devices = {d.id: (d.label_fr, d.label_en) for d in site.devices.values()}
    meters = {m.id: devices[device_of(m.point)] for m in site.tree.meters.values()}
    nodes = {node.id: (node.label_fr, node.label_en) for node in site.thermal_nodes}
    powers = {key: devices[point.device] for key, point in site.points.items()}
    return {**powers, **meters, **nodes, **site.bus_labels}
