"""The KPIs of one window, from the samples of the meters they need."""

from collections.abc import Sequence

from models.kpi.erf import erf
from models.kpi.metered import MeteredTotals, metered_totals
from models.kpi.pue import pue
from models.kpi.recovered_heat import recovered_heat
from models.kpi.result import KpiResult
from models.kpi.wue import wue
from models.meter_tree import Meter, MeterTree
from models.readings import Origin, Window
from models.series import GridLevels, joint_totals
from service.evaluation.samples import SamplesByKey, grid_levels, registers_of, volume_rows
from service.evaluation.windows import GriddedWindow


class KpiMeters:
    """Which meters each KPI needs; fixed for a site.

    Each KPI is computed over the time for which *its own* meters are known together: a silent
    water meter must not take the PUE with it.
    """

    def __init__(self, tree: MeterTree) -> None:
        self.facility = tree.facility_energy()
        self.it = tree.it_energy()
        self.water = tree.water_input()
        self.reused = tree.reused_heat()
        it_ids = self.it.meters.ids if self.it else ()
        self.of_pue = self._meters(tree, self.facility.ids + it_ids)
        self.of_wue = self._meters(tree, self.water.ids + it_ids)
        self.of_erf = self._meters(tree, self.reused.ids + self.facility.ids)
        self.of_heat = self._meters(tree, self.reused.ids)

    @staticmethod
    def _meters(tree: MeterTree, ids: Sequence[str]) -> tuple[Meter, ...]:
        return tuple(tree.meters[i] for i in dict.fromkeys(ids))

    def register_keys(self) -> tuple[str, ...]:
        """Keys of all registers the KPIs read."""
        meters = dict.fromkeys(self.of_pue + self.of_wue + self.of_erf)
        return tuple(dict.fromkeys(register.key for register in registers_of(tuple(meters))))


def kpis_of_window(
    meters: KpiMeters, gridded: GriddedWindow, samples: SamplesByKey, origin: Origin
) -> tuple[KpiResult, ...]:
    """PUE, WUE, ERF and recovered heat over one window."""
    window, edges = gridded.window, gridded.edges_us()

    def totals(of: tuple[Meter, ...]) -> MeteredTotals:
        grid = grid_levels(registers_of(of), samples, edges)
        return totals_between(of, grid, window, origin)

    results = [
        erf(totals(meters.of_erf), meters.reused, meters.facility),
        recovered_heat(totals(meters.of_heat), meters.reused),
    ]
    if meters.it is not None:
        results += [
            pue(totals(meters.of_pue), meters.facility, meters.it),
            wue(totals(meters.of_wue), meters.water, meters.it),
        ]
    return tuple(results)


def totals_between(
    of: tuple[Meter, ...],
    grid: GridLevels,
    window: Window,
    origin: Origin,
    edges: tuple[int, int] | None = None,
) -> MeteredTotals:
    """Totals of some meters between two edges of a grid (default: all of it)."""
    start, end = edges or (0, len(grid.edges_us) - 1)
    return metered_totals(window, of, volume_rows(of), joint_totals(grid, start, end), origin)
