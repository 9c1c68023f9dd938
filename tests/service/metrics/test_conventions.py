"""Every family keeps the conventions of Prometheus, by promtool and by what it does not look at.

Source: Prometheus documentation, "Metric and label naming" and "Writing exporters".
"""

import asyncio
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.kpi.registry import KPIS
from models.quantities import Quantity
from service.live.board import SnapshotBoard
from service.metrics import identity
from service.metrics.family import Family, Kind, Program
from service.metrics.kpi_families import KPI_FAMILIES
from service.metrics.point_families import POINT_FAMILIES
from tests.service.application import application, client_of
from tests.service.metrics.families import ALL, BY_PROGRAM
from tests.service.metrics.table import README, with_table
from tests.service.pages.sample_snapshot import sample_snapshot

# The base units of the conventions, and those of quantities that have none there.
BASE_UNITS = (
    "seconds",
    "bytes",
    "joules",
    "watts",
    "celsius",
    "kelvin",
    "ratio",
    "volts",
    "amperes",
    "hertz",
    "grams",
    "pascals",
    "cubic_meters",
    "meters_per_second",
    "cubic_meters_per_second",
    "vars",
    "voltamperes",
    "dba",
    "watts_per_square_meter",
    "cubic_meters_per_joule",
    "grams_per_joule",
    "kelvin_seconds",
)
# Counted things, named by what they are.
COUNTED = (
    "readings",
    "points",
    "blocks",
    "streams",
    "queued",
    "steps",
    "connections",
    "limit",
    "requests",
    "failures",
)
# States and yes-or-no.
STATES = (
    "up",
    "state",
    "ready",
    "work",
    "needed",
    "refused",
    "doubt",
    "failed",
    "withheld",
    "doubtful",
    "disagree",
    "closed",
    "suspect",
    "verdict",
    "standing",
    "late",
)
NOT_BASE = re.compile(
    r"_(kwh|kw|hours|minutes|milliseconds|days|percent|litres|liters|bits|kilobytes)(_total)?$"
    r"|_age_seconds$"
)


def faults(family: Family) -> Iterator[str]:
    name = family.name
    if not re.fullmatch(r"boucle_[a-z0-9]+(_[a-z0-9]+)*", name):
        yield "name: boucle_ and lower-case words"
    if NOT_BASE.search(name):
        yield "unit: a base unit, and an instant instead of an age"
    if (family.kind is Kind.COUNTER) != name.endswith("_total"):
        yield "_total: on counters and nothing else"
    stem = name.removesuffix("_total")
    counts = family.kind is Kind.COUNTER or stem.endswith(COUNTED)
    if not (stem.endswith(BASE_UNITS) or stem.endswith(STATES) or stem.endswith("_info") or counts):
        yield "unit: none in the name"
    if "timestamp" in name and not name.endswith("_timestamp_seconds"):
        yield "an instant ends with _timestamp_seconds"
    if any(label in {"le", "quantile", "job", "instance", "unit"} for label in family.labels):
        yield "label: one that Prometheus sets, or that says what the name does"
    if not family.text or family.text.endswith("."):
        yield "help: a line without a full stop"
    if not family.absent:
        yield "absent: when the series is not there"


@pytest.mark.parametrize("family", ALL, ids=lambda family: family.name)
def test_a_family_keeps_the_conventions(family: Family) -> None:
    assert list(faults(family)) == []


@pytest.mark.parametrize(
    "name",
    [
        "boucle_spool_age_seconds",
        "boucle_polls",
        "boucle_energy_kwh",
        "boucle_share_percent",
        "boucle_Up",
        "boucle_restarts_total",
    ],
)
def test_what_breaks_a_convention_is_found(name: str) -> None:
    assert list(faults(Family(name=name, text="a", absent="b")))


@pytest.mark.parametrize("program", Program)
def test_a_name_is_used_once_by_a_program(program: Program) -> None:
    names = [family.name for family in BY_PROGRAM[program]]
    assert len(set(names)) == len(names)


def test_only_what_is_about_the_program_itself_is_shown_by_several() -> None:
    seen: dict[str, int] = {}
    for own in BY_PROGRAM.values():
        for family in own:
            seen[family.name] = seen.get(family.name, 0) + 1
    assert {name for name, count in seen.items() if count > 1} == {
        family.name for family in identity.FAMILIES
    }


def test_every_kpi_and_quantity_has_a_family_of_its_own() -> None:
    assert KPI_FAMILIES.keys() == KPIS.keys()
    assert POINT_FAMILIES.keys() == set(Quantity)


def checked(promtool: Path, text: str) -> subprocess.CompletedProcess[str]:
    check = (promtool, "check", "metrics")
    return subprocess.run(check, input=text, capture_output=True, text=True, check=False)


@pytest.mark.asyncio
async def test_promtool_finds_nothing_and_what_is_shown_is_declared(
    prometheus_programs: Path,
) -> None:
    board = SnapshotBoard()
    board.publish(sample_snapshot())
    async with client_of(application(board)) as client:
        await client.get("/nowhere/at/all")
        text = (await client.get("/metrics")).text
    found = await asyncio.to_thread(checked, prometheus_programs / "promtool", text)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
    shown = set(re.findall(r"^# TYPE (boucle_\S+) ", text, re.MULTILINE))
    created = {name for name in shown if name.endswith("_created")}
    assert shown - created <= {family.name for family in BY_PROGRAM[Program.SERVE]}


def test_the_table_of_families_is_that_of_today() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == with_table(text), "run python -m tests.service.metrics.table"
