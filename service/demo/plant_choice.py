"""Which simulated plant a demo runs: the same in its past, its present and its truth."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantChoice:
    """A seed, and what befalls the plant."""

    seed: int
    scenario: Path | None = None

    @property
    def arguments(self) -> tuple[str, ...]:
        """For the command line of the simulators."""
        seed = ("--seed", str(self.seed))
        return seed if self.scenario is None else (*seed, "--scenario", str(self.scenario))

    @property
    def mark(self) -> str:
        """What tells its past from that of another plant."""
        return str(self.seed) if self.scenario is None else f"{self.seed} with {self.scenario}"
