"""The heat chain and the balances of the site."""

from collections.abc import Iterator
from typing import Final

from prometheus_client.metrics_core import Metric

from models.metering.sums import Sum
from models.site.site import Site, site_sums
from service.live.snapshot import LiveSnapshot
from service.metrics.family import Family, Kind

_J_PER_KWH: Final = 3.6e6

RECOVERED: Final = Family(
    name="boucle_heat_recovered_joules_total",
    text="Register of each heat meter at which recovered heat is handed over",
    labels=("meter",),
    kind=Kind.COUNTER,
    absent="while the meter is silent or its register falls without being confirmed",
)
EXCHANGER_CLEAN: Final = Family(
    name="boucle_exchanger_clean_ratio",
    text="UA of the hand-over exchanger over that of the clean one, at equal flow",
    absent="while it is not known",
)
EXCHANGER_DUE: Final = Family(
    name="boucle_exchanger_cleaning_timestamp_seconds",
    text="When the exchanger is to be cleaned, going on as it does",
    absent="while no fouling is proven",
)
UNRECOVERED: Final = Family(
    name="boucle_unrecovered_heat_joules",
    text="Heat rejected while the takers asked for it",
    labels=("window",),
    absent="while demand or rejection is not known",
)
FIGURES_DISAGREE: Final = Family(
    name="boucle_heat_figures_disagree",
    text="1 when the register of a heat meter and flow and temperatures disagree",
    labels=("meter", "window"),
    absent="where the meter has no flow and temperatures to compare with",
)
BALANCED: Final = Family(
    name="boucle_balance_closed",
    text="1 when what enters a node leaves it, within losses and uncertainty, over seven days",
    labels=("node",),
    absent="while a meter of the node is not known",
)
SUSPECT: Final = Family(
    name="boucle_meter_suspect",
    text="1 for a meter under suspicion, with the fault that explains what was seen",
    labels=("meter", "fault"),
    absent="when no balance accuses the meter",
)
FAMILIES: Final = (
    RECOVERED,
    EXCHANGER_CLEAN,
    EXCHANGER_DUE,
    UNRECOVERED,
    FIGURES_DISAGREE,
    BALANCED,
    SUSPECT,
)


def hand_over_registers(site: Site) -> dict[str, str]:
    """Heat meters at which recovered heat is handed over, each with the key of its register."""
    sums = site_sums(site)
    return {meter: site.tree.meters[meter].point for meter in sums[Sum.REUSED].plus}


def recovered(snapshot: LiveSnapshot, registers: dict[str, str]) -> Metric:
    """The registers of recovered heat that are read and do not fall."""
    points = {meter: snapshot.points.get(key) for meter, key in registers.items()}
    return RECOVERED.of(
        snapshot.site.id,
        (
            ((meter,), point.value * _J_PER_KWH)
            for meter, point in points.items()
            if point is not None and point.value is not None and not point.stale and not point.falls
        ),
    )


def heat_metrics(snapshot: LiveSnapshot) -> Iterator[Metric]:
    """Exchanger, unrecovered heat, and the two figures of each heat meter."""
    site, heat = snapshot.site.id, snapshot.heat
    clean = None if heat.exchanger is None else heat.exchanger.clean_share_ratio
    days = None if heat.exchanger is None else heat.exchanger.days_to_threshold
    from_s = snapshot.figures_of.timestamp()
    yield EXCHANGER_CLEAN.one(site, clean)
    yield EXCHANGER_DUE.one(site, None if days is None else from_s + 86_400.0 * days)
    yield UNRECOVERED.of(
        site,
        (
            ((window,), _J_PER_KWH * missed.missed_kwh)
            for window, missed in (heat.missed or {}).items()
        ),
    )
    yield FIGURES_DISAGREE.of(
        site, (((f.meter, f.window), float(f.disagree)) for f in heat.figures)
    )


def balance_metrics(snapshot: LiveSnapshot) -> Iterator[Metric]:
    """Nodes that are balanced or not, and the meters that are suspected for it."""
    site = snapshot.site.id
    yield BALANCED.of(
        site,
        (
            ((node.id,), float(node.verdict == "balanced"))
            for node in snapshot.balances.nodes
            if node.verdict != "unknown"
        ),
    )
    yield SUSPECT.of(
        site,
        (
            ((meter, suspect.kind), 1.0)
            for suspect in snapshot.balances.suspects
            for meter in suspect.meters
        ),
    )
