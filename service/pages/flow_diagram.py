"""The energy flow as a Sankey diagram: geometry only, widths in proportion to the power.

Any number of heat branches: the drawing grows with the longest column, so that each node keeps room
for its label.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from models.site.power_flow import FlowView, HeatBranchView

WIDTH = 900.0
# What the widest stream takes, and what each node of the longest column needs for its label.
_STREAMS, _SLOT = 146.0, 34.0
# As many as the style sheet has colours for; then they start again.
_BRANCH_COLOURS = 4
_NODE_W = 12.0
_COLUMNS = {"source": 4.0, "use": 356.0, "heat": 640.0}
_BUS_X = (238.0, 566.0)
_LABEL_GAP = 8.0

# A source that gives less than this is not drawn: a panel at night is not news.
_SHOWN_FROM_KW = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One box of the diagram. ``kw`` is None where an input is missing or stale.

    ``branch`` is the heat branch it stands for; other nodes are named by their ``key``.
    """

    key: str
    kind: str
    kw: float | None
    x: float
    y: float
    height: float
    branch: HeatBranchView | None = None

    @property
    def label_x(self) -> float:
        """Where its label starts."""
        return self.x + _NODE_W + _LABEL_GAP

    @property
    def label_y(self) -> float:
        """Base line of its label."""
        return self.y + max(self.height, 1.0) / 2 + 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One stream between a node and a bus."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One node before it has a place."""

    key: str
    kind: str
    kw: float | None
    branch: HeatBranchView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDiagram:
    """Everything to draw. The columns also serve as the list shown on a phone."""

    height: float
    sources: tuple[Node, ...]
    uses: tuple[Node, ...]
    heat: tuple[Node, ...]
    bands: tuple[Band, ...]
    buses: tuple[tuple[float, float, float], ...]


def flow_diagram(flow: FlowView) -> FlowDiagram:
    """Lay out the flow from sources over uses to heat."""
    items = {"source": _sources(flow), "use": _uses(flow), "heat": _heat(flow)}
    rows = max(len(column) for column in items.values())
    height = _STREAMS + rows * _SLOT
    total = max(*(_sum(column) for column in items.values()), 1.0)
    columns = {
        name: _nodes(column, _COLUMNS[name], _STREAMS / total, height)
        for name, column in items.items()
    }
    bands: list[Band] = []
    buses: list[tuple[float, float, float]] = []
    for bus_x, left, right in (
        (_BUS_X[0], columns["source"], columns["use"]),
        (_BUS_X[1], [one for one in columns["use"] if one.kind == "use"], columns["heat"]),
    ):
        through = max(sum(n.height for n in left), sum(n.height for n in right), 2.0)
        top = (height - through) / 2
        buses.append((bus_x, round(top, 1), round(through, 1)))
        bands += _bands(left, bus_x, top, outwards=False)
        bands += _bands(right, bus_x, top, outwards=True)
    return FlowDiagram(
        height=height,
        sources=columns["source"],
        uses=columns["use"],
        heat=columns["heat"],
        bands=tuple(bands),
        buses=tuple(buses),
    )


def _sources(flow: FlowView) -> list[_Item]:
    others = (("photovoltaic", flow.photovoltaic_kw), ("generator", flow.generator_kw))
    return [
        _Item(key="grid", kind="source", kw=flow.grid_kw),
        *(
            _Item(key=key, kind="source", kw=kw)
            for key, kw in others
            if kw is None or kw >= _SHOWN_FROM_KW
        ),
    ]


def _uses(flow: FlowView) -> list[_Item]:
    each = (
        ("it", flow.it_kw),
        ("heat_pump", flow.heat_pump_kw),
        ("cooling", flow.cooling_kw),
        ("losses", flow.losses_kw),
        ("general", flow.general_kw),
    )
    # What leaves the data centre again as electricity, where there is such a meter.
    leaving = (("other_loads", flow.other_loads_kw), ("export", flow.export_kw))
    return [
        *(_Item(key=key, kind="use", kw=kw) for key, kw in each),
        *(
            _Item(key=key, kind="leaving", kw=kw)
            for key, kw in leaving
            if kw is None or kw >= _SHOWN_FROM_KW
        ),
    ]


def _heat(flow: FlowView) -> list[_Item]:
    branches = [
        _Item(
            key=branch.id,
            kind=f"branch branch_{place % _BRANCH_COLOURS}",
            kw=branch.power_kw,
            branch=branch,
        )
        for place, branch in enumerate(flow.heat_branches)
    ]
    rejected = _Item(key="heat_rejected", kind="heat_rejected", kw=flow.heat_rejected_kw)
    return [*branches, rejected]


def _sum(items: Sequence[_Item]) -> float:
    return sum(max(item.kw, 0.0) for item in items if item.kw is not None)


def _nodes(items: Sequence[_Item], x: float, scale: float, room: float) -> tuple[Node, ...]:
    heights = [0.0 if item.kw is None else max(item.kw, 0.0) * scale for item in items]
    slots = [max(height, _SLOT - 8.0) for height in heights]
    gap = min((room - sum(slots)) / max(len(items), 1), 22.0)
    y = (room - sum(slots) - gap * (len(items) - 1)) / 2
    nodes = []
    for item, height, slot in zip(items, heights, slots, strict=True):
        nodes.append(
            Node(
                key=item.key,
                kind=item.kind,
                kw=item.kw,
                x=x,
                y=round(y + (slot - height) / 2, 1),
                height=round(height, 1),
                branch=item.branch,
            )
        )
        y += slot + gap
    return tuple(nodes)


def _bands(nodes: Sequence[Node], bus_x: float, top: float, *, outwards: bool) -> list[Band]:
    bands = []
    at_bus = top
    for node in nodes:
        if node.height > 0.0:
            if outwards:
                ends = (bus_x + 4.0, at_bus, node.x, node.y)
            else:
                ends = (node.x + _NODE_W, node.y, bus_x, at_bus)
            bands.append(Band(kind=node.kind, path=_ribbon(*ends, node.height)))
        at_bus += node.height
    return bands


def _ribbon(x0: float, y0: float, x1: float, y1: float, height: float) -> str:
    """A band of constant height from one place to another."""
    mid = (x0 + x1) / 2
    return (
        f"M{x0:.1f},{y0:.1f} C{mid:.1f},{y0:.1f} {mid:.1f},{y1:.1f} {x1:.1f},{y1:.1f} "
        f"L{x1:.1f},{y1 + height:.1f} "
        f"C{mid:.1f},{y1 + height:.1f} {mid:.1f},{y0 + height:.1f} {x0:.1f},{y0 + height:.1f} Z"
    )
