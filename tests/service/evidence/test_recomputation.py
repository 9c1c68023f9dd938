"""What a pack computes is what the evaluation shows, and what comes out again of the pack."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from charter_rules.findings import Finding
from models.legal_time.days import day_start, to_us
from models.readings import Window
from service.evaluation.evaluator import Evaluator
from service.evidence import recomputation
from service.evidence.build import build_parts
from service.evidence.canonical import plain
from service.evidence.compared import differences
from service.evidence.errors import EvidenceError
from service.evidence.inputs import packed_samples, unpacked_samples
from service.live.board import SnapshotBoard
from service.site.facts import facts_of
from service.site.loader import load_site
from service.version import source_hashes
from tests.service.board_outlet import BoardOutlet
from tests.service.evidence.conftest import (
    KEY,
    NOW,
    PROFILES,
    RULEBOOK,
    PlantPast,
    built,
    checked,
    pack_of,
    request_for,
)
from tests.service.evidence.test_tampering import sign_again
from tests.service.site.test_loader import SHIPPED

EVERY_RULE = tuple(rule.id for rule in RULEBOOK.rules)


def evaluated() -> dict[str, Finding]:
    site = load_site(SHIPPED, PROFILES).site
    board = SnapshotBoard()
    evaluator = Evaluator(site, RULEBOOK, facts_of(site), PlantPast(), BoardOutlet(board))

    async def step() -> None:
        await evaluator.look(NOW)
        await evaluator.show(NOW)

    asyncio.run(step())
    assert board.current is not None
    return {finding.rule_id: finding for finding in board.current.findings}


def test_every_rule_is_packed_as_the_evaluation_judges_it() -> None:
    live = evaluated()

    packed = {finding.rule_id: finding for finding in built(EVERY_RULE, None).findings}

    assert set(packed) == set(live)
    for rule_id, finding in packed.items():
        assert list(differences(plain(live[rule_id]), plain(finding))) == []
    assert sum(finding.kpi is not None for finding in packed.values()) > 5


def test_a_year_comes_out_again() -> None:
    report = checked(pack_of(*EVERY_RULE))

    assert report.problems == []
    assert report.remarks == []
    found = {one["rule_id"]: one for one in report.findings}
    assert set(found) == set(EVERY_RULE)
    assert found["paris_wue"]["verdict"] == "compliant"
    assert found["paris_wue"]["weighed_value"] == pytest.approx(0.075, abs=0.005)


def test_roll_ups_add_up_to_what_the_register_counted() -> None:
    pack = pack_of("paris_wue")
    by_meter = pack["parts"]["rollups"]
    samples = pack["parts"]["inputs"]["readings"]["long"]["registers"]
    for one in by_meter.values():
        have = unpacked_samples(samples[one["register"]])
        first = date.fromisoformat(one["first_day"])
        until = first + timedelta(days=len(one["increment"]))
        edges = [to_us(day_start(day)) for day in (first, until)]
        before, after = np.interp(edges, have.ts_us, have.value)
        counted = sum(value for value in one["increment"] if value is not None)
        assert counted == pytest.approx(after - before, rel=1e-9)
        assert len(one["increment"]) == 364
        assert all(share == 1.0 for share in one["coverage_ratio"])


def test_a_sample_that_the_owner_bends_does_not_bear_the_verdict() -> None:
    pack = pack_of("paris_wue")
    samples = pack["parts"]["inputs"]["readings"]["long"]["registers"]
    water = next(key for key in samples if "water" in key or "volume" in key)
    samples[water]["value"] = [v * 0.5 for v in samples[water]["value"]]

    report = checked(sign_again(pack, KEY))

    assert {"kpi", "rollups", "verdict"} <= {problem.part for problem in report.problems}


def test_other_code_is_a_remark_and_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    here = {**source_hashes(), "models/registers/table.py": "0" * 64}
    monkeypatch.setattr(recomputation, "source_hashes", lambda: here)
    pack = pack_of("csp_noise_night")
    worded, other = pack_of("csp_noise_night"), pack_of("csp_noise_night")
    worded["parts"]["verdict"]["findings"][0]["explanation_fr"] = "Tout va bien."
    other["parts"]["code"]["version"] = "0.0.9"

    report = checked(pack)
    assert report.problems == []
    assert any("models/registers/table.py" in str(remark) for remark in report.remarks)
    report = checked(sign_again(worded, KEY))
    assert report.problems == []
    assert "worded otherwise" in str(report.remarks)
    assert "does not follow from the source files" in str(checked(sign_again(other, KEY)).problems)
    monkeypatch.undo()
    assert "explanation_fr does not follow" in str(checked(sign_again(worded, KEY)).problems)


def test_raw_rows_that_were_not_all_hashed_are_refused() -> None:
    pack = pack_of("csp_noise_night")
    pack["parts"]["raw_hashes"]["complete"] = False

    report = checked(sign_again(pack, KEY))

    assert "not all hashed" in str(report.problems[0])


def test_a_chain_entry_by_another_key_is_remarked() -> None:
    pack = pack_of("csp_noise_night")
    other = pack_of("csp_noise_night", key=type(KEY).from_seed(b"x" * 32))
    pack["parts"]["chain"] = other["parts"]["chain"]
    pack["head"] = other["head"]

    report = checked(sign_again(pack, KEY))

    assert any("other key" in str(remark) for remark in report.remarks)


def test_addresses_of_devices_stay_at_home() -> None:
    links = pack_of("csp_noise_night")["parts"]["meters"]["registry"]["links"]

    assert {link.get("host", "withheld") for link in links} == {"withheld"}
    assert all("withheld" in link.get("endpoint", "withheld") for link in links)


def test_an_unknown_rule_is_refused_with_the_known_ones() -> None:
    past = PlantPast()
    with pytest.raises(EvidenceError, match=r"no rule 'nonsense'.*paris_wue"):
        asyncio.run(build_parts(request_for("nonsense"), past, past))


@pytest.mark.parametrize(
    "odd",
    [
        {"start_us": 1, "step_us": [], "value": [1.0, 2.0]},
        {"start_us": 1, "step_us": [0], "value": [1.0, 2.0]},
        {"start_us": 1, "step_us": [1.5], "value": [1.0, 2.0]},
        {"start_us": True, "step_us": [1], "value": [1.0, 2.0]},
        {"start_us": 1, "step_us": [1], "value": [1.0, True]},
        {"start_us": 1, "step_us": [1], "value": [1.0, "2"]},
        {"start_us": 2**53 - 1, "step_us": [5], "value": [1.0, 2.0]},
        {"start_us": 1, "step_us": {}, "value": []},
        {"start_us": 1, "value": []},
        [],
    ],
)
def test_what_are_no_samples_is_refused(odd: object) -> None:
    with pytest.raises((ValueError, TypeError, LookupError)):
        unpacked_samples(odd)


def test_samples_come_back_as_they_were() -> None:
    data = {"start_us": 5, "step_us": [1, 7], "value": [0.1, None, 3.0]}
    assert packed_samples(unpacked_samples(data)) == data
    empty = {"start_us": 0, "step_us": [], "value": []}
    assert packed_samples(unpacked_samples(empty)) == empty


def test_a_pack_as_of_the_end_of_a_month_is_judged_by_the_law_of_its_last_day() -> None:
    past = PlantPast(None)
    request = replace(request_for("csp_noise_night"), at=day_start(date(2026, 11, 1)))

    made = asyncio.run(build_parts(request, past, past))

    assert made.parts["verdict"]["on"] == "2026-10-31"


def test_imports_make_the_origin_imported() -> None:
    findings = {finding.rule_id: finding for finding in built(EVERY_RULE, None).findings}

    year, night = findings["paris_wue"].kpi, findings["csp_noise_night"].kpi
    assert year is not None
    assert night is not None
    assert (year.origin.name, night.origin.name) == ("IMPORTED", "MEASURED")
    assert isinstance(year.window, Window)


def test_a_chain_that_begins_too_late_is_refused() -> None:
    rule = {"kind": "verdict", "rule": "csp_noise_night"}
    period = {"kind": "period", "start": "2026-11-01T00:00:00.000000Z"}
    for scope, first, good in (
        (rule, 0, True),
        (rule, 1, True),
        (rule, 2, False),
        (period, 0, True),
        (period, 1, False),
    ):
        pack = pack_of("csp_noise_night")
        del pack["parts"]["chain"]["entries"][:first]
        pack["head"]["scope"] = scope

        report = checked(sign_again(pack, KEY))

        late = any(one.said.key == "chain_late" for one in report.problems)
        assert late is not good, (scope, first)


def test_a_pack_without_its_scope_is_refused() -> None:
    pack = pack_of("csp_noise_night")
    del pack["head"]["scope"]

    report = checked(sign_again(pack, KEY))

    assert {problem.part for problem in report.problems} == {"head"}
