"""Conditions on figures and the limits of the charter."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.alerts.conditions import Decided, greatest
from service.alerts.series import Sample, Seen, Series


@dataclass(frozen=True, slots=True, kw_only=True)
class BeyondLimit:
    """A figure is past its limit by more than its uncertainty, and rests on enough that is sure."""

    figure: Series
    uncertainty: Series
    limit: Series
    upwards: bool
    coverage: Series
    least_coverage: float
    doubtful: Series

    @property
    def promql(self) -> str:
        """1 or 0, and absent where the figure proves nothing."""
        sign, than = ("-", ">") if self.upwards else ("+", "<")
        return (
            f"(max by () ({self.figure.promql}) {sign} max by () ({self.uncertainty.promql}) "
            f"{than} bool max by () ({self.limit.promql}))\n"
            f"and on () (max by () ({self.coverage.promql}) >= {self.least_coverage:g})\n"
            f"and on () (max by () ({self.doubtful.promql}) == 0)"
        )

    @property
    def looks_back(self) -> Sequence[tuple[Series, float]]:
        """Nothing: latest values only."""
        return ()

    def decide(self, seen: Seen) -> Decided:
        """The same of what was scraped."""
        figure, band, limit, coverage = (
            greatest(one, seen)
            for one in (self.figure, self.uncertainty, self.limit, self.coverage)
        )
        if figure is None or band is None or limit is None or coverage is None:
            return {}
        if coverage < self.least_coverage or greatest(self.doubtful, seen) != 0.0:
            return {}
        beyond = figure - band > limit if self.upwards else figure + band < limit
        return {(): beyond}


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitPair:
    """The limits of a KPI as they are shown, and as the files have them for some rules."""

    shown: Series
    rules: tuple[str, ...]
    recorded: Series

    @property
    def own(self) -> Series:
        """Of the rules of the files alone."""
        return Series(
            family=self.shown.family, labels=self.shown.labels, one_of={"rule": self.rules}
        )


@dataclass(frozen=True, slots=True)
class OtherLimits:
    """Another limit is shown than the one of the files: one that ended, or is new, is one, too."""

    pairs: tuple[LimitPair, ...]

    @property
    def promql(self) -> str:
        """There when it holds."""
        parts, on = [], "on (rule, bound)"
        for one in self.pairs:
            own, recorded = one.own.promql, one.recorded.promql
            parts += [
                f"({own} != {on} {recorded})",
                f"({recorded} unless {on} {own} and on () {one.shown.promql})",
            ]
        return "count(" + "\n  or ".join(parts) + ") > 0"

    @property
    def looks_back(self) -> Sequence[tuple[Series, float]]:
        """Nothing: latest values only."""
        return ()

    def decide(self, seen: Seen) -> Decided:
        """Not known while no limit at all is shown."""
        known = [one for one in self.pairs if one.shown.is_there(seen)]
        return {(): any(_differ(one, seen) for one in known)} if known else {}


def _differ(pair: LimitPair, seen: Seen) -> bool:
    own, recorded = _by_rule(seen.now(pair.own)), _by_rule(seen.now(pair.recorded))
    return any(own.get(key) != value for key, value in recorded.items())


def _by_rule(samples: Sequence[Sample]) -> dict[tuple[str, str], float]:
    return {(one.labels["rule"], one.labels["bound"]): one.value for one in samples}
