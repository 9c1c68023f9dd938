"""Every KPI that follows from metered totals, by day.

The same formulas, boundaries and uncertainties as the functions of :mod:`models.kpi`, over arrays
of days. Each KPI is computed over the time for which its own meters are known together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from models.daily.metered import DayKpi, Fraction, MeteredDays, fraction_by_day, metered_days
from models.daily.scan import RegisterGrid, ScannedRegisters, scan
from models.daily.totals import joint_day_totals
from models.kpi.cue import EnergyCarrier
from models.kpi.metered import RatioKpi
from models.metering.tree import ItBoundary, Meter, SignedMeters

_NONE = SignedMeters(plus=())
_MAX_REF = 1.0


def _spec(kpi: str, lower: float = 0.0, upper: float = inf) -> RatioKpi:
    return RatioKpi(
        kpi=kpi, unit="ratio", numerator_unit="kWh", lower=lower, upper=upper, boundary="by day"
    )


_PUE = _spec("pue", lower=1.0)
_ERF = _spec("erf", upper=1.0)
_ERE = _spec("ere")
_CER = _spec("cer")
_REF = _spec("ref")
_LOAD_FACTOR = _spec("load_factor")
_WUE = replace(_spec("wue"), unit="L/kWh", numerator_unit="m3", scale=1000.0)
_CUE = replace(_spec("cue"), unit="kgCO2e/kWh", numerator_unit="kgCO2e")
_HEAT = replace(_spec("recovered_heat", lower=-inf), unit="kWh")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSums:
    """The sums behind the KPIs of one site; an empty sum leaves its KPIs out.

    ``renewable`` is generation on site whose certificates are kept. ``carriers`` are those of the
    CUE, ``carbon_method`` names it (``location`` or ``market``).
    """

    facility: SignedMeters
    it: ItBoundary
    reused: SignedMeters = _NONE
    heat_removed: SignedMeters = _NONE
    cooling: SignedMeters = _NONE
    water: SignedMeters = _NONE
    renewable: SignedMeters = _NONE
    rated_it_kw: float | None = None
    carriers: tuple[EnergyCarrier, ...] = ()
    carbon_method: str = "location"

    def __post_init__(self) -> None:
        """Refuse a rated load that nothing can be divided by."""
        if self.rated_it_kw is not None and not 0.0 < self.rated_it_kw < inf:
            msg = f"rated_it_kw must be above 0, got {self.rated_it_kw!r}"
            raise ValueError(msg)


class DailyKpis:
    """The KPIs of a site by day, from one scan of its registers."""

    def __init__(
        self,
        sums: SiteSums,
        meters: Sequence[Meter],
        grid: RegisterGrid,
        volume_row: Mapping[str, int] | None = None,
    ) -> None:
        """Scan the registers.

        Parameters
        ----------
        sums : SiteSums
            What the KPIs are made of.
        meters : sequence of Meter
            The meters in the order of the first rows of ``grid.value``.
        grid : RegisterGrid
            The raw registers.
        volume_row : mapping of meter id to row, optional
            Row of ``grid.value`` with the volume register of a heat meter. [m3]
        """
        self._sums = sums
        self._row = {meter.id: row for row, meter in enumerate(meters)}
        self._meter = {meter.id: meter for meter in meters}
        self._volume_row = dict(volume_row or {})
        self._scanned: ScannedRegisters = scan(grid)
        self._days: dict[tuple[str, ...], MeteredDays] = {}

    def days_of(self, *sums: SignedMeters) -> MeteredDays:
        """Totals by day over the time for which all meters of some sums are known together."""
        ids = tuple(dict.fromkeys(one for sum_ in sums for one in sum_.ids))
        if ids not in self._days:
            meters = tuple(self._meter[one] for one in ids)
            with_volume = [one for one in ids if one in self._volume_row]
            rows = [self._row[one] for one in ids]
            rows += [self._volume_row[one] for one in with_volume]
            volumes = {one: len(ids) + n for n, one in enumerate(with_volume)}
            joint = joint_day_totals(self._scanned, rows)
            self._days[ids] = metered_days(meters, volumes, joint)
        return self._days[ids]

    def all(self) -> dict[str, DayKpi]:
        """Every KPI that the sums allow, by its name."""
        return {one.kpi: one for one in self._each()}

    def _each(self) -> Iterator[DayKpi]:
        sums, it = self._sums, self._sums.it.meters
        net = sums.facility.less(sums.reused)
        pairs = (
            (_PUE, sums.facility, it),
            (_WUE, sums.water, it),
            (_ERF, sums.reused, sums.facility),
            (_CER, sums.heat_removed, sums.cooling),
        )
        for spec, top, bottom in pairs:
            if top.plus and bottom.plus:
                yield self._ratio(spec, top, bottom)
        if sums.reused.plus and sums.facility.plus and it.plus:
            yield self._ratio(_ERE, net, it)
        if sums.reused.plus:
            yield self._recovered_heat()
        if sums.facility.plus and sums.renewable.plus:
            yield _capped(self._ratio(_REF, sums.renewable, sums.facility))
        if it.plus and sums.rated_it_kw is not None:
            yield self._load_factor(sums.rated_it_kw)
        if it.plus and sums.carriers:
            yield self._cue()

    def _ratio(self, spec: RatioKpi, top: SignedMeters, bottom: SignedMeters) -> DayKpi:
        days = self.days_of(top, bottom)
        return fraction_by_day(
            spec, days, Fraction(top=days.weights(top), bottom=days.weights(bottom))
        )

    def _recovered_heat(self) -> DayKpi:
        days = self.days_of(self._sums.reused)
        top = days.weights(self._sums.reused)
        return fraction_by_day(
            _HEAT, days, Fraction(top=top, bottom=np.zeros(len(top)), fixed_bottom=1.0)
        )

    def _load_factor(self, rated_it_kw: float) -> DayKpi:
        days = self.days_of(self._sums.it.meters)
        top = days.weights(self._sums.it.meters)
        rated_kwh = rated_it_kw * days.covered_s / 3600.0
        return fraction_by_day(
            _LOAD_FACTOR,
            days,
            Fraction(top=top, bottom=np.zeros(len(top)), fixed_bottom=rated_kwh),
        )

    def _cue(self) -> DayKpi:
        """Emission factors are independent of each other and of the meters."""
        carriers, it = self._sums.carriers, self._sums.it.meters
        days = self.days_of(*(one.meters for one in carriers), it)
        each = [
            days.weights(one.meters) * one.kwh_per_unit * one.factor.kgco2e_per_kwh
            for one in carriers
        ]
        factors_kg = [
            weights @ days.total * one.factor.u_ratio
            for weights, one in zip(each, carriers, strict=True)
        ]
        fraction = Fraction(
            top=np.sum(each, axis=0),
            bottom=days.weights(it),
            further_u=np.sqrt(np.square(factors_kg).sum(axis=0)),
        )
        spec = replace(_CUE, kpi=f"cue_{self._sums.carbon_method}")
        return fraction_by_day(spec, days, fraction)


def _capped(kpi: DayKpi) -> DayKpi:
    """REF is at most 1.00; where the cap bites, the interval keeps its lower end."""
    excess = np.maximum(kpi.value - _MAX_REF, 0.0)
    return replace(
        kpi,
        value=np.minimum(kpi.value, _MAX_REF),
        expanded_uncertainty=np.maximum(kpi.expanded_uncertainty - excess, 0.0),
    )
