"""The energy flow as a Sankey diagram: geometry only, widths in proportion to the power."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.live.snapshot import FlowView

WIDTH, HEIGHT = 900.0, 316.0
_SLOT = 34.0
_NODE_W = 12.0
_COLUMNS = {"source": 4.0, "use": 356.0, "heat": 640.0}
_BUS_X = (238.0, 566.0)
_LABEL_GAP = 8.0

# A source that gives less than this is not drawn: a panel at night is not news.
_SHOWN_FROM_KW = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One box of the diagram. ``kw`` is None where an input is missing or stale."""

    key: str
    kind: str
    kw: float | None
    x: float
    y: float
    height: float

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
class FlowDiagram:
    """Everything to draw. ``columns`` also serves as the list shown on a phone."""

    sources: tuple[Node, ...]
    uses: tuple[Node, ...]
    heat: tuple[Node, ...]
    bands: tuple[Band, ...]
    buses: tuple[tuple[float, float, float], ...]


def flow_diagram(flow: FlowView) -> FlowDiagram:
    """Lay out the flow from sources over uses to heat."""
    sources = [("grid", flow.grid_kw)] + [
        (key, kw)
        for key, kw in (
            ("photovoltaic", flow.photovoltaic_kw),
            ("generator", flow.generator_kw),
        )
        if kw is None or kw >= _SHOWN_FROM_KW
    ]
    uses = [
        ("it", flow.it_kw),
        ("heat_pump", flow.heat_pump_kw),
        ("cooling", flow.cooling_kw),
        ("losses", flow.losses_kw),
        ("general", flow.general_kw),
    ]
    heat = [
        ("heat_loop", flow.heat_loop_kw),
        ("heat_greenhouse", flow.heat_greenhouse_kw),
        ("heat_rejected", flow.heat_rejected_kw),
    ]
    total = max(_sum(sources), _sum(uses), _sum(heat), 1.0)
    scale = (HEIGHT - _SLOT * len(uses)) / total
    columns = {
        "source": _nodes("source", sources, scale),
        "use": _nodes("use", uses, scale),
        "heat": _nodes("heat", heat, scale),
    }
    bands: list[Band] = []
    buses: list[tuple[float, float, float]] = []
    for bus_x, left, right in (
        (_BUS_X[0], columns["source"], columns["use"]),
        (_BUS_X[1], columns["use"], columns["heat"]),
    ):
        height = max(sum(n.height for n in left), sum(n.height for n in right), 2.0)
        top = (HEIGHT - height) / 2
        buses.append((bus_x, round(top, 1), round(height, 1)))
        bands += _bands(left, bus_x, top, outwards=False)
        bands += _bands(right, bus_x, top, outwards=True)
    return FlowDiagram(
        sources=columns["source"],
        uses=columns["use"],
        heat=columns["heat"],
        bands=tuple(bands),
        buses=tuple(buses),
    )


def _sum(items: Sequence[tuple[str, float | None]]) -> float:
    return sum(max(kw, 0.0) for _, kw in items if kw is not None)


def _nodes(
    column: str, items: Sequence[tuple[str, float | None]], scale: float
) -> tuple[Node, ...]:
    heights = [0.0 if kw is None else max(kw, 0.0) * scale for _, kw in items]
    slots = [max(height, _SLOT - 8.0) for height in heights]
    gap = min((HEIGHT - sum(slots)) / max(len(items), 1), 22.0)
    y = (HEIGHT - sum(slots) - gap * (len(items) - 1)) / 2
    nodes = []
    for (key, kw), height, slot in zip(items, heights, slots, strict=True):
        nodes.append(
            Node(
                key=key,
                kind=key if column == "heat" else column,
                kw=kw,
                x=_COLUMNS[column],
                y=round(y + (slot - height) / 2, 1),
                height=round(height, 1),
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
