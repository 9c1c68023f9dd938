"""Every query of Prometheus parses, and names nothing that no program shows."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from ruamel.yaml import YAML

from charter_rules.law.loader import load_rulebook
from service.dashboards.promql import series
from service.metrics.charter import VERDICT
from service.metrics.family import Kind
from service.metrics.kpi_families import KPI_FAMILIES
from service.metrics.point_families import POINT_FAMILIES
from tests.service.dashboards.written import LANGS, WRITTEN, Asked, filled, promql
from tests.service.metrics.families import ALL

# What a histogram or summary adds to its name, and what Prometheus and its client library show.
_SUFFIXES: Final = {
    Kind.HISTOGRAM: ("_bucket", "_sum", "_count"),
    Kind.SUMMARY: ("_sum", "_count"),
    Kind.GAUGE: ("",),
    Kind.COUNTER: ("",),
}
_SCRAPED: Final = ("job", "instance")
_FOREIGN: Final = (
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "process_start_time_seconds",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "process_open_fds",
)
SHOWN: Final[dict[str, set[str]]] = {
    f"{family.name}{suffix}": {*family.label_names, *_SCRAPED, *(("le",) if suffix else ())}
    for family in ALL
    for suffix in _SUFFIXES[family.kind]
} | {name: set(_SCRAPED) for name in _FOREIGN}
_WORDS: Final = {
    "by",
    "on",
    "and",
    "or",
    "max",
    "min",
    "sum",
    "count",
    "topk",
    "rate",
    "increase",
    "time",
    "group_left",
    "histogram_quantile",
}
_GROUPED: Final = re.compile(r"\b(?:by|on|group_left)\s*\(([^)]*)\)")
_SELECTOR: Final = re.compile(r"([a-z_]\w*)?\{([^}]*)\}")
_MATCHER: Final = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')


def faults(expr: str) -> Iterator[str]:
    """Names and labels that no program shows."""
    names: set[str] = set()
    for name, inside in _SELECTOR.findall(expr):
        matchers = _MATCHER.findall(inside)
        own = (
            {name} if name else {n for x, _, v in matchers if x == "__name__" for n in v.split("|")}
        )
        names |= own
        labels = {label for label, _, _ in matchers} - {"__name__"}
        for one in own & SHOWN.keys():
            if not labels <= SHOWN[one]:
                yield f"{one} has no {labels - SHOWN[one]}"
    bare = _GROUPED.sub(" ", _SELECTOR.sub(" ", re.sub(r"\[[^]]*\]", " ", expr)))
    names |= set(re.findall(r"(?<![\w.])[a-z_]\w*", bare)) - _WORDS
    yield from (f"no program shows {name}" for name in names - SHOWN.keys())
    known = set().union(*(SHOWN.get(name, set()) for name in names))
    for group in _GROUPED.findall(expr):
        unknown = {one.strip() for one in group.split(",")} - known
        if unknown:
            yield f"no label {unknown} in {names}"


@pytest.mark.parametrize("lang", LANGS)
def test_a_query_names_what_is_shown(lang: str) -> None:
    found = {asked.name: list(faults(filled(asked.text, "today"))) for asked in promql(lang)}
    assert len(found) > 90
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize(
    "expr",
    [
        "boucle_pue",
        'boucle_pue_ratio{meter="a"}',
        "max by (device) (boucle_pue_ratio)",
        '{__name__=~"boucle_pue_ratio|boucle_pui_ratio"}',
        'boucle_http_request_duration_seconds{route="a"}',
    ],
)
def test_what_no_program_shows_is_found(expr: str) -> None:
    assert list(faults(expr))


def test_a_label_that_a_family_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="boucle_verdict has no label kpi"):
        series(VERDICT, kpi="pue")


def test_variables_are_asked_of_what_is_shown() -> None:
    seen = 0
    for dashboard in WRITTEN.values():
        for one in dashboard["templating"]["list"]:
            if one["type"] == "query":
                found = re.fullmatch(r"label_values\((.+), (\w+)\)", one["query"]["query"])
                assert found is not None
                expr, label = filled(found[1], "today"), found[2]
                assert list(faults(f"max by ({label}) ({expr})")) == []
                seen += 1
    assert seen >= 2 * len(LANGS)


def rules(queries: list[Asked]) -> dict[str, object]:
    """Each query as a recording rule, which promtool reads."""
    recorded = [
        {"record": f"q:{n}", "expr": filled(asked.text, "today"), "labels": {"panel": asked.name}}
        for n, asked in enumerate(queries)
    ]
    return {"groups": [{"name": "dashboards", "rules": recorded}]}


def checked(promtool: Path, queries: list[Asked], into: Path) -> tuple[int, str]:
    path = into / "rules.yml"
    with path.open("w", encoding="utf-8") as out:
        YAML().dump(rules(queries), out)
    run = subprocess.run(
        (promtool, "check", "rules", path), capture_output=True, text=True, check=False
    )
    return run.returncode, f"{run.stdout}{run.stderr}"


@pytest.mark.parametrize("lang", LANGS)
def test_promtool_reads_every_query(lang: str, prometheus_programs: Path, tmp_path: Path) -> None:
    queries = list(promql(lang))
    code, said = checked(prometheus_programs / "promtool", queries, tmp_path)
    assert code == 0, said
    assert f"{len(queries)} rules found" in said


def test_promtool_finds_a_query_that_is_none(prometheus_programs: Path, tmp_path: Path) -> None:
    broken = Asked(board="b", panel="p", ref_id="A", text="sum by (site (up)")
    assert checked(prometheus_programs / "promtool", [broken], tmp_path)[0] != 0


# What other panels say as well: a state, what was lost, the ends of a window that has a name.
_LEFT_OUT: Final = {
    "boucle_device_up",
    "boucle_readings_already_there_total",
    "boucle_spool_lost_bytes_total",
    "boucle_spool_salvaged_readings_total",
    "boucle_window_start_timestamp_seconds",
    "boucle_window_end_timestamp_seconds",
}


def test_what_is_shown_has_a_panel() -> None:
    """KPIs and quantities aside, of which the dashboards choose; of those that rules ask for the
    margins are shown."""
    of_kpis = {one.name for families in KPI_FAMILIES.values() for one in families.all}
    of_points = {one.family.name for one in POINT_FAMILIES.values()}
    chosen = {
        KPI_FAMILIES[rule.kpi].margin.name
        for rule in load_rulebook().rules
        if rule.kpi in KPI_FAMILIES
    }
    wanted = ({family.name for family in ALL} - of_kpis - of_points - _LEFT_OUT) | chosen
    asked = " ".join(one.text for one in promql())
    assert {name for name in wanted if not re.search(rf"\b{name}(_|\b)", asked)} == set()
