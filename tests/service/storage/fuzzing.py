"""Asks a server what nobody would: schemathesis, made from the server's own document.

``python -m tests.service.storage.fuzzing`` asks for longer, as every role; ``--examples`` of each
operation.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import schemathesis
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events

from service.access.roles import Role
from service.storage.embedded import EmbeddedPostgres
from tests.service.storage.whole_site import serve_whole

SEED: Final = 20_261_128
_TIMEOUT_S: Final = 20.0
# A stream has no end: what it begins with is looked at.
_EVENTS: Final = 2
_TAKEN: Final = ("2xx", "3xx", "401", "403", "404", "409", "429", "503")
# What the document cannot say of a request, by why: it is refused although it fits the document.
_REFUSED: Final[Mapping[str, Sequence[str]]] = {
    # A cursor is what the page before gave, and nothing else.
    "a cursor": (
        *("list_breaches", "list_chain_entries", "list_imports", "list_verdict_history"),
        "list_journal",
        *("list_readings", "list_charges", "list_kpi_history", "list_kpi_revisions"),
    ),
    # Periods of legal time have a grammar, and some have not begun yet.
    "a period": ("measure_period", "list_kpi_history", "list_kpi_revisions", "explain_kpi"),
    # Start and end are in order, and not too far from each other.
    "a window": ("list_readings", "export_readings"),
    # A role goes with a site, a heat taker or neither; passwords are not among the common ones.
    "a role, a password": ("create_account", "give_role"),
    "a scope": ("create_token",),
    "a topic": ("follow_events",),
}
# What is right there although the check takes it for wrong in general.
_MAY: Final[Mapping[str, Mapping[str, object]]] = {
    # Nobody evaluates beside the server of a test, and it says so.
    "readyz": {"not_a_server_error": {"expected-statuses": ["2xx", "4xx", "503"]}},
    **{
        name: {"positive_data_acceptance": {"expected-statuses": [*_TAKEN, "400", "422"]}}
        for names in _REFUSED.values()
        for name in names
    },
}
_ALL: Final = ("examples", "coverage", "fuzzing", "stateful")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of asking."""

    operations: frozenset[str]
    cases: int
    statuses: Mapping[int, int]
    failures: Sequence[str]


@dataclass(slots=True)
class _Heard:
    operations: set[str] = field(default_factory=set)
    statuses: dict[int, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def hear(self, event: events.EngineEvent) -> None:
        if isinstance(event, events.NonFatalError):
            self.failures.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            self.failures.append(repr(event.exception))
        elif isinstance(event, events.ScenarioFinished) and event.is_test_scenario:
            self._scenario(event)

    def _scenario(self, event: events.ScenarioFinished) -> None:
        recorder = event.recorder
        for case in recorder.cases.values():
            self.operations.add(case.value.operation.label)
        for one in recorder.interactions.values():
            status = 0 if one.response is None else one.response.status_code
            self.statuses[status] = self.statuses.get(status, 0) + 1
        for checks in recorder.checks.values():
            for check in checks:
                if check.status is Status.FAILURE and check.failure_info is not None:
                    info = check.failure_info
                    label = recorder.label
                    self.failures.append(
                        f"{label}: {check.name}: {info.failure.title}: "
                        f"{info.failure.message}\n{info.code_sample}"
                    )


def ask(
    url: str,
    headers: Mapping[str, str],
    *,
    examples: int,
    phases: Sequence[str] = _ALL,
    seed: int = SEED,
) -> Told:
    """Ask each operation so many times in each phase, with all checks."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "base-url": url,
            "headers": dict(headers),
            "request-timeout": _TIMEOUT_S,
            "max-stream-events": _EVENTS,
            "continue-on-failure": True,
            "generation": {"max-examples": examples, "no-shrink": True, "database": "none"},
            "phases": {"enabled": False, **{one: {"enabled": True} for one in phases}},
            "operations": [
                {"include-operation-id": name, "checks": checks} for name, checks in _MAY.items()
            ],
        }
    )
    schema = schemathesis.openapi.from_url(
        f"{url}/openapi.json", config=config, headers=dict(headers)
    )
    heard = _Heard()
    for event in engine.from_schema(schema).execute():
        heard.hear(event)
    return Told(
        operations=frozenset(heard.operations),
        cases=sum(heard.statuses.values()),
        statuses=dict(sorted(heard.statuses.items())),
        failures=heard.failures,
    )


def main(arguments: Sequence[str]) -> int:
    """Ask as each role, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.service.storage.fuzzing")
    parser.add_argument("--examples", type=int, default=20, help="of each operation")
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args(arguments)
    failed = 0
    with TemporaryDirectory(prefix="boucle-test-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        server = EmbeddedPostgres(Path(name))
        url = asyncio.run(server.start())
        try:
            with serve_whole(url) as site:
                for role in Role:
                    headers = site.headers_of(role)
                    told = ask(site.url, headers, examples=asked.examples, seed=asked.seed)
                    failed += len(told.failures)
                    print(
                        f"{role.value}: {len(told.operations)} operations, {told.cases} cases, "
                        f"{len(told.failures)} failures, answers {dict(told.statuses)}",
                        *told.failures,
                        sep="\n",
                        flush=True,
                    )
        finally:
            asyncio.run(server.stop())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
