"""Which program a scrape comes from, and whether it reaches its database."""

from collections.abc import Iterator
from platform import python_version
from typing import Final

from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector, CollectorRegistry

from service.metrics.family import Family, Program
from service.version import VERSION

BUILD_INFO: Final = Family(
    name="boucle_build_info",
    text="Version of the program and of Python; 1",
    labels=("program", "version", "python_version"),
    absent="never",
    of_site=False,
)
DATABASE_UP: Final = Family(
    name="boucle_database_up",
    text="1 when the database answers this program",
    labels=("program",),
    absent="before its first question",
)
FAMILIES: Final = (BUILD_INFO, DATABASE_UP)


class _BuildInfo(Collector):
    def __init__(self, program: Program) -> None:
        self._program = program

    def collect(self) -> Iterator[Metric]:
        yield BUILD_INFO.of("", [((self._program.value, VERSION, python_version()), 1.0)])


def program_registry(program: Program) -> CollectorRegistry:
    """A registry with what is known of any process: its build, memory, files and collections."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_BuildInfo(program))
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


def database_up(site: str, program: Program, is_up: bool) -> Metric:
    """Whether the database answers this program."""
    return DATABASE_UP.of(site, [((program.value,), float(is_up))])
