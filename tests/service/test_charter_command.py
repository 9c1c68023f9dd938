"""``boucle charter`` as a planner types it: on real files, with a real service, no database."""

import csv
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from charter_rules.law.loader import SHIPPED_FOLDER
from models.kpi_history import KpiColumns
from models.readings import Origin
from service.__main__ import main
from service.replay.history import write_history
from service.replay.table import write_table
from tests.service.pages.sample_snapshot import sample_snapshot
from tests.service.pages.serving import served

SITE = "deploy/sites/chapelle-international.yaml"
MONTH_ENDS = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))
NAN = float("nan")
FACTS = """\
entry_into_operation: 2018-06-01
installed_it_power_kw: 420
public_operator: true
noise_regime: csp
zone: paris
"""
# Water of each site at the three month ends, in L/kWh, ± 0.01.
WATER = {"thirsty": (0.45, 0.5, 0.45), "between": (0.35, 0.35, 0.35), "dry": (0.1, 0.1, NAN)}

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command in one language, with its exit code and what it wrote."""
    # Nobody listens there: a service that happens to run here must not answer.
    monkeypatch.setenv("BOUCLE_HTTP_PORT", "9")

    def run_(*words: str | Path) -> tuple[int, str, str]:
        code = main(["charter", *map(str, words)])
        written = capsys.readouterr()
        return code, written.out.replace("\u00a0", " ").replace("\u202f", " "), written.err

    return run_


def history(water: Mapping[str, Sequence[float]]) -> KpiColumns:
    rows = [
        (site, day, value)
        for site, values in enumerate(water.values())
        for day, value in zip(MONTH_ENDS, values, strict=True)
    ]
    ends = [datetime(day.year, day.month, day.day, 23, tzinfo=UTC) for _, day, _ in rows]
    return KpiColumns.of_rows(
        sites=tuple(water),
        kpis=("wue",),
        windows=("12months",),
        site=[site for site, _, _ in rows],
        kpi=[0] * len(rows),
        window=[0] * len(rows),
        on=[day.toordinal() for _, day, _ in rows],
        start_us=[int((end - timedelta(days=365)).timestamp()) * 1_000_000 for end in ends],
        end_us=[int(end.timestamp()) * 1_000_000 for end in ends],
        value=[value for _, _, value in rows],
        expanded_uncertainty=[0.01] * len(rows),
        coverage_ratio=[1.0] * len(rows),
        origin=[Origin.MEASURED.value] * len(rows),
        numerator=[NAN] * len(rows),
    )


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    folder = tmp_path / "sites"
    folder.mkdir()
    for name in WATER:
        (folder / f"{name}.yaml").write_text(FACTS, encoding="utf-8")
    write_history(folder / "history.npz", history(WATER))
    return folder


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """The shipped charter with less water."""
    folder = shutil.copytree(
        SHIPPED_FOLDER, tmp_path / "draft", ignore=shutil.ignore_patterns("*.py", "__pycache__")
    )
    edit(folder / "parameters" / "paris_wue.yaml", "value: 0.4", "value: 0.3")
    return Path(folder)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def line_of(out: str, *parts: str) -> str:
    found = [line for line in out.splitlines() if all(part in line for part in parts)]
    assert len(found) == 1, (parts, found)
    return found[0]


def test_the_shipped_charter_passes_its_tests(run: Run) -> None:
    code, out, _ = run("test")

    assert code == 0
    assert "all is well" in out
    assert " ok " in line_of(out, "paris_wue ")


def test_a_changed_figure_fails_the_tests_with_file_line_and_lock(run: Run, draft: Path) -> None:
    code, out, _ = run("test", "--folder", draft)

    assert code == 1
    assert "FAILED" in line_of(out, "paris_wue ", "cases: pass")
    assert " ok " in line_of(out, "paris_wue_measured ", "cases: pass")
    sheet = draft / "cases" / "paris_wue.yaml"
    (told,) = [line for line in out.splitlines() if "exactly at the threshold" in line]
    at = int(told.split("paris_wue.yaml:")[1].split(":")[0])
    assert "at_threshold" in sheet.read_text(encoding="utf-8").splitlines()[at - 1]
    assert "expects compliant_not_proven, the rule gives deviation" in told
    assert "its content changed but its version is still" in line_of(out, "paris_wue: its")


def test_a_change_that_no_case_notices_is_told_with_its_file(run: Run, draft: Path) -> None:
    sheet = draft / "cases" / "cndcp_wue_existing.yaml"
    text = sheet.read_text(encoding="utf-8")
    start = text.index("  - kind: not_applicable")
    end = text.find("  - kind:", start + 5)
    sheet.write_text(text[:start] + (text[end:] if end > 0 else ""), encoding="utf-8")

    code, out, _ = run("test", "--folder", draft)

    assert code == 1
    assert "cases/cndcp_wue_existing.yaml:1: cases:" in out


def test_a_folder_that_cannot_be_read_fails_with_all_its_mistakes(run: Run, draft: Path) -> None:
    edit(draft / "rules" / "paris_wue.yaml", "severity: benchmark", "severity: huge")
    edit(draft / "parameters" / "paris_ref.yaml", "unit:", "units:")

    code, out, _ = run("test", "--folder", draft)

    assert code == 1
    assert "paris_wue.yaml:" in out
    assert "paris_ref.yaml:" in out


def test_the_text_is_that_of_the_day_in_either_language(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "charter.html"

    _, french, _ = run("show", "paris", "--on", "2027-06-30")
    _, english, _ = run("show", "--on", "2027-07-01", "--lang", "en")
    code, out, _ = run("show", "--on", "2027-07-01", "--format", "html", "--out", page)

    assert "Texte en vigueur le 30 juin 2027" in french
    assert "au plus 1,5, à partir du 1er juillet 2027" in french
    assert "at most 1.5, since 1 July 2027" in english
    assert (code, out) == (0, "")
    assert page.read_text(encoding="utf-8").startswith('<!doctype html>\n<html lang="fr">')


def test_a_charter_that_is_not_there_and_a_place_that_cannot_be_written_are_told(
    run: Run, tmp_path: Path
) -> None:
    assert run("show", "lyon")[0] == 2
    code, _, err = run("show", "--out", tmp_path / "nowhere" / "charter.md")

    assert code == 2
    assert "give another place" in err


def test_a_verdict_is_explained_by_the_running_service(run: Run) -> None:
    with served(sample_snapshot()) as server:
        code, out, err = run("explain", SITE, "paris_wue", "--url", server.url)

    assert (code, err) == (0, "")
    assert "Jugé au " in out
    assert "Mesuré" in out
    assert "Conclusion : " in out


def test_a_service_that_is_away_or_watches_another_site_is_no_answer(run: Run, sites: Path) -> None:
    code, _, err = run("explain", SITE, "paris_wue", "--url", "http://127.0.0.1:9")
    assert code == 2
    assert "give --url or --history" in err

    with served(sample_snapshot()) as server:
        code, _, err = run("explain", sites / "dry.yaml", "paris_wue", "--url", server.url)
    assert code == 2
    assert "not dry" in err


def test_without_any_data_it_says_what_is_asked_and_what_is_missing(run: Run) -> None:
    code, out, err = run("explain", SITE, "paris_wue", "--on", "2026-11-20", "--lang", "en")

    assert code == 0
    assert "without measurements" in err
    assert "Asked: " in out
    assert "at most 0.4 L/kWh" in out
    assert "To prove it: " in out


def test_a_figure_of_a_file_is_imported_whatever_the_file_says_and_its_file_is_named(
    run: Run, sites: Path
) -> None:
    """The history calls its figures measured: Boucle did not measure them here."""
    sha256 = hashlib.sha256((sites / "history.npz").read_bytes()).hexdigest()

    _, out, _ = run(
        *("explain", sites / "thirsty.yaml", "paris_wue", "--lang", "en"),
        *("--history", sites / "history.npz", "--on", "2026-12-01"),
    )

    told = out.replace("\u00a0", " ")
    assert f"Measured, in part imported, history.npz (SHA-256 {sha256[:12]}…): WUE" in told


def test_a_verdict_of_the_past_is_explained_from_a_history(run: Run, sites: Path) -> None:
    write_table(sites / "history.csv", history(WATER))

    for file in ("history.npz", "history.csv"):
        _, out, _ = run(
            "explain", sites / "thirsty.yaml", "paris_wue", "--history", sites / file, "--json",
            "--on", "2026-03-15",
        )  # fmt: skip
        told = json.loads(out)
        # Published on 20 November 2026: before, it is replayed and not judged.
        assert (told["verdict"], told["on"]) == ("not_in_force", "2026-03-15")
        assert "applicable from 20 November 2026" in told["explanation_en"]

    _, out, _ = run(
        "explain", sites / "thirsty.yaml", "paris_wue", "--history", sites / "history.npz"
    )
    assert "Jugé au 31 mars 2026" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["explain", SITE, "wue"], "has no rule 'wue'"),
        (["explain", "nowhere.yaml", "paris_wue"], "nowhere.yaml:1: file: cannot be read"),
        (["replay", "--sites", "nowhere"], "nowhere is no folder"),
        (
            ["explain", SITE, "paris_wue", "--url", "http://127.0.0.1:9", "--on", "2026-01-01"],
            "leave out --on",
        ),
        (["explain", SITE, "paris_wue", "--url", "file:///etc/hostname"], "starts with http"),
    ],
)
def test_what_is_not_there_is_told(words: Sequence[str], told: str, run: Run) -> None:
    code, _, err = run(*words)

    assert code == 2
    assert told in err


def test_a_history_that_begins_later_or_knows_other_sites_is_told(run: Run, sites: Path) -> None:
    past = ["paris_wue", "--history", sites / "history.npz"]

    code, _, err = run("explain", sites / "dry.yaml", *past, "--on", "2025-12-31")
    assert code == 2
    assert "knows dry from 2026-01-31" in err
    code, _, err = run("explain", SITE, *past)
    assert code == 2
    assert "no site" in err


def test_a_draft_is_replayed_and_its_effect_is_told(run: Run, sites: Path, draft: Path) -> None:
    code, out, _ = run(
        "replay", "--folder", draft, "--against", "paris", "--sites", sites, "--lang", "en"
    )

    assert code == 0
    assert f"Charter paris ({draft}), sites: 3, days judged: 3, from 31 January 2026" in out
    assert line_of(out, "paris_wue  thirsty") == (
        "  paris_wue  thirsty  days: 3 of 3, from 31 January 2026 to 31 March 2026, "
        "at worst 0.200 L/kWh beyond"
    )
    assert f"From charter paris to charter paris ({draft}), changed rules: paris_wue" in out
    assert line_of(out, "paris_wue  now").endswith("sites: 1 of 3")
    assert line_of(out, "paris_wue  compliant →").endswith("site-days: 3, sites: between")


@pytest.mark.parametrize(
    ("lang", "head", "insufficient", "cause"),
    [
        ("en", "What is lacking to be certain", "insufficient data", "no declaration: "),
        ("fr", "Ce qui manque pour conclure", "données insuffisantes", "déclaration absente : "),
    ],
)
def test_a_replay_says_what_is_lacking_by_cause(
    run: Run, sites: Path, lang: str, head: str, insufficient: str, cause: str
) -> None:
    _, out, _ = run("replay", "--sites", sites, "--lang", lang)
    _, told, _ = run("replay", "--sites", sites, "--json", "--lang", lang)
    lacking = json.loads(told)["lacking"]

    assert head in out
    share = 100 * lacking["insufficient_data"] / lacking["judged"]
    number = f"{share:.1f} %".replace(".", "," if lang == "fr" else ".")
    assert line_of(out, f"{number}  {insufficient}")
    assert cause in out
    counted = {one["cause"]: one["site_days"] for one in lacking["causes"]}
    # the third month of the dry site has no figure of water
    assert counted["no_measurement"] > 0
    assert sum(counted.values()) == lacking["insufficient_data"] + lacking["not_proven"]


def test_a_charter_changes_nothing_against_itself(run: Run, sites: Path) -> None:
    _, out, _ = run("replay", "--against", "paris", "--sites", sites)

    assert "règles changées : 0" in out
    assert "aucun verdict ne change" in out


def test_of_many_sites_that_fail_the_first_are_named(run: Run, sites: Path) -> None:
    water = {f"site_{n:02d}": (0.6, 0.6, 0.6) for n in range(20)}
    for name in water:
        (sites / f"{name}.yaml").write_text(FACTS, encoding="utf-8")
    write_history(sites / "history.npz", history(water))

    _, out, _ = run("replay", "--sites", sites, "--lang", "en")

    assert "paris_wue  site_11  days" in out
    assert "site_12" not in out
    assert "paris_wue  and 8 more sites" in out
    assert line_of(out, "Without a past").endswith(": between, dry, thirsty")


def test_a_replay_as_data_says_the_same(run: Run, sites: Path, draft: Path) -> None:
    table = sites / "verdicts.csv"

    _, out, _ = run(
        "replay", "--folder", draft, "--against", "paris", "--sites", sites, "--json",
        "--csv", table, "--from", "2026-02-01",
    )  # fmt: skip
    found = json.loads(out)

    assert found["days"] == ["2026-02-28", "2026-03-31"]
    assert found["changed_rules"] == ["paris_wue"]
    assert found["effects"] == [{"rule": "paris_wue", "newly": {"deviation": ["between"]}}]
    breaches = {(one["site"], one["rule"]): one for one in found["breaches"]}
    assert breaches["thirsty", "paris_wue"]["worst_margin"] == pytest.approx(-0.2)
    assert breaches["between", "paris_wue"]["first_day"] == "2026-02-28"
    with table.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["rule"] == "paris_wue"]
    by_site = {"between": ["deviation"] * 2, "dry": ["compliant", "insufficient_data"]}
    assert [row["lacking"] for row in rows] == ["", "", "", "impossible", "", ""]
    assert [row["verdict"] for row in rows] == [
        *by_site["between"],
        *by_site["dry"],
        *["deviation"] * 2,
    ]


def test_sites_without_a_past_and_a_past_without_a_site_are_told(run: Run, sites: Path) -> None:
    (sites / "dry.yaml").rename(sites / "new.yaml")

    _, out, _ = run("replay", "--sites", sites, "--lang", "en")

    assert line_of(out, "Without a past").endswith(": new")
    assert line_of(out, "not among the sites").endswith(": dry")


def test_a_time_without_a_judged_day_and_a_missing_history_are_told(run: Run, sites: Path) -> None:
    code, _, err = run("replay", "--sites", sites, "--from", "2027-01-01")
    assert code == 2
    assert "2026-01-31 to 2026-03-31" in err
    (sites / "history.npz").unlink()
    code, _, err = run("replay", "--sites", sites)
    assert code == 2
    assert "there is no such file" in err


def test_every_mistake_of_every_facts_file_is_told_with_its_line(run: Run, sites: Path) -> None:
    edit(sites / "dry.yaml", "zone: paris", "zone: paris\nfloor_m2: 3\nai_share_ratio: 1.2")
    edit(sites / "thirsty.yaml", "public_operator: true\n", "")
    (sites / "between.yaml").write_text(FACTS + "zone: [", encoding="utf-8")

    code, _, err = run("replay", "--sites", sites)

    assert code == 2
    assert "dry.yaml:6: floor_m2: is not a fact" in err
    assert "dry.yaml:7: ai_share_ratio:" in err
    assert "thirsty.yaml:1: public_operator: is missing" in err
    assert "between.yaml:" in err


def test_a_facts_file_may_declare_duties(run: Run, sites: Path) -> None:
    declared = """\
declarations:
  - {key: ai_share, made: true, made_on: 2026-02-01, document: letter of 1 February}
"""
    edit(sites / "dry.yaml", "zone: paris\n", "zone: paris\n" + declared)

    _, out, _ = run(
        "explain",
        sites / "dry.yaml",
        "paris_ai_share_declared",
        "--on",
        "2026-11-20",
        "--lang",
        "en",
    )

    assert "letter of 1 February" in out


def test_a_site_file_and_a_facts_file_stand_side_by_side(run: Run, sites: Path) -> None:
    (sites / "chapelle").mkdir()
    shutil.copy(SITE, sites / "chapelle" / "site.yaml")

    _, out, _ = run("replay", "--sites", sites, "--json")

    assert len(json.loads(out)["sites"]) == len(WATER) + 1


def test_a_reader_who_has_seen_enough_is_no_error() -> None:
    """As ``boucle charter show | head -1`` does."""
    shown = subprocess.Popen(
        [sys.executable, "-m", "service", "charter", "show", "--lang", "en"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert shown.stdout is not None
    assert shown.stderr is not None
    shown.stdout.close()

    assert shown.wait(timeout=60) == 0
    assert shown.stderr.read() == b""
    shown.stderr.close()


# site, KPI, window, value, coverage: each came out compliant once.
IMPOSSIBLE = [
    ("pue", "0.5", "1.0", "value of pue is 0.5 ratio, which is impossible: it is at least 1"),
    ("erf", "12", "1.0", "value of erf is 12 ratio, which is impossible: it is between 0 and 1"),
    ("wue", "-3", "1.0", "value of wue is -3 L/kWh, which is impossible: it is at least 0"),
    ("wue", "0.2", "2.5", "coverage_ratio of wue is 2.5 ratio, which is impossible"),
    ("ref", "75", "1.0", "value of ref is 75 ratio, which is impossible: it is between 0 and 1"),
]


@pytest.mark.parametrize(("kpi", "value", "coverage", "problem"), IMPOSSIBLE)
@pytest.mark.parametrize("does", ["replay", "explain"])
def test_an_impossible_history_gives_no_verdict(
    run: Run, sites: Path, does: str, kpi: str, value: str, coverage: str, problem: str
) -> None:
    times = "2026-11-20,2025-11-20T00:00:00+00:00,2026-11-20T00:00:00+00:00"
    past = sites / "past.csv"
    past.write_text(
        "site,kpi,window,on,start,end,value,expanded_uncertainty,coverage_ratio,origin,numerator\n"
        f"dry,pue,12months,{times},1.2,0.0,1.0,measured,\n"
        f"dry,{kpi},12months,{times},{value},0.0,{coverage},measured,\n",
        encoding="utf-8",
    )
    asked = ("--sites", sites) if does == "replay" else (sites / "dry.yaml", "paris_wue")

    code, out, error = run(does, *asked, "--history", past)

    assert (code, out) == (2, "")
    assert f"past.csv: line 3: {problem}" in error


def test_a_charter_is_read_by_name_and_by_kpi(run: Run) -> None:
    _, named, _ = run("show", "--charter", "eu-2024-1364", "--lang", "fr", "--on", "2026-11-28")
    code, pue, _ = run("show", "--kpi", "pue", "--on", "2030-07-01")

    assert "PUE établi (annexe III)" in named
    assert code == 0
    assert "au plus 1,3, depuis le 1er juillet 2030" in pue
    assert "WUE" not in pue
    assert run("show", "--kpi", "peu")[0] == 2


def test_a_figure_counts_from_the_day_on_which_it_was_published(run: Run) -> None:
    _, out, _ = run("show", "--kpi", "wue", "--on", "2026-11-28")

    assert "au plus 0,4 L/kWh, depuis le 20 novembre 2026" in out


def test_every_rule_is_told_in_a_line_with_whom_it_binds(run: Run, sites: Path) -> None:
    edit(sites / "dry.yaml", "installed_it_power_kw: 420", "installed_it_power_kw: 900")
    edit(sites / "dry.yaml", "public_operator: true", "public_operator: false")

    code, out, _ = run("explain", sites / "dry.yaml", "--on", "2026-11-28")
    _, english, _ = run("explain", sites / "dry.yaml", "--on", "2026-11-28", "--lang", "en")

    assert code == 0
    binding = out.split("\n\n")[1]
    assert binding.startswith("Lient ce site (")
    assert "fr_yearly_report : Rapport annuel transmis ; sans chiffre, applicable depuis" in binding
    assert "paris_wue" not in binding
    assert "fr_public_energy_data" in line_of(out, "fr_public_energy_data", "exploitants publics")
    assert "Not known whether they concern it (" in english
    unknown = english.split("Not known")[1].split("\n\n")[0]
    assert line_of(unknown, "fr_operat_report").endswith("to be declared: the floor area")


def test_two_charters_are_compared_by_kpi_where_their_rules_have_other_names(
    run: Run, draft: Path
) -> None:
    for folder in ("rules", "parameters", "cases"):
        old = draft / folder / "paris_wue.yaml"
        new = draft / folder / "paris_wue_city.yaml"
        new.write_text(
            old.read_text(encoding="utf-8").replace("paris_wue", "paris_wue_city"),
            encoding="utf-8",
        )
        old.unlink()
    edit(draft / "charters" / "paris.yaml", "- paris_wue\n", "- paris_wue_city\n")

    code, out, _ = run("compare", "paris", "--against-folder", draft, "--on", "2026-11-28")
    _, english, _ = run(
        "compare", "paris", "--against-folder", draft, "--on", "2026-11-28", "--lang", "en"
    )
    _, data, _ = run("compare", "paris", "--against-folder", draft, "--on", "2026-11-28", "--json")

    assert code == 0
    assert "WUE, 12 mois : plus strict" in out
    assert "au plus 0,4 L/kWh" in line_of(out, "(paris_wue,")
    assert "au plus 0,3 L/kWh" in line_of(out, "(paris_wue_city,")
    assert "n’est plus demandé :" not in out.split("\n\n")[1]
    assert "WUE, 12 months: stricter" in english
    differing = [one for one in json.loads(data)["subjects"] if one["relation"] != "same"]
    assert [(one["kpi"], one["relation"]) for one in differing] == [("wue", "stricter")]


def test_a_charter_is_the_same_as_itself(run: Run) -> None:
    _, out, _ = run("compare", "paris", "paris", "--json")

    assert {one["relation"] for one in json.loads(out)["subjects"]} == {"same"}


def test_a_replay_compares_a_rule_of_another_name_by_its_kpi(
    run: Run, sites: Path, draft: Path
) -> None:
    for folder in ("rules", "parameters", "cases"):
        old = draft / folder / "paris_wue.yaml"
        (draft / folder / "city_wue.yaml").write_text(
            old.read_text(encoding="utf-8").replace("paris_wue", "city_wue"), encoding="utf-8"
        )
        old.unlink()
    edit(draft / "charters" / "paris.yaml", "- paris_wue\n", "- city_wue\n")

    code, out, _ = run("replay", "--folder", draft, "--against", "paris", "--sites", sites)

    assert code == 0
    assert line_of(out, "city_wue  conforme →").endswith("jours-sites : 3, sites : between")
    assert "rien de demandé" not in out
