"""The law of a pack is that of the verifier, or it is named as another one."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from charter_rules.law.loader import SHIPPED_FOLDER
from charter_rules.law.lock import LOCK_NAME, LockedRule, main
from service.__main__ import main as boucle
from service.errors import UserError
from service.evidence.envelope import write_pack
from service.evidence.known_law import KnownLaw
from service.evidence.report import Outcome
from tests.service.evidence.conftest import KEY, TRUSTING, Pack, checked
from tests.service.evidence.test_tampering import sign_again

RULE = "csp_noise_night"
LAW = TRUSTING.law


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A charter folder that can be changed."""
    target = tmp_path / "law" / "charter"
    shutil.copytree(
        SHIPPED_FOLDER, target, ignore=shutil.ignore_patterns("*.py", "__pycache__", "*.md")
    )
    return target


def raise_version(folder: Path) -> int:
    """Another threshold under a higher version; the version before."""
    rule, parameter = folder / "rules" / f"{RULE}.yaml", folder / "parameters" / f"{RULE}.yaml"
    before = LAW.lock[RULE].version
    text = rule.read_text(encoding="utf-8")
    rule.write_text(text.replace(f"version: {before}\n", f"version: {before + 1}\n"), "utf-8")
    text = parameter.read_text(encoding="utf-8")
    assert "value: 3" in text
    parameter.write_text(text.replace("value: 3", "value: 7"), encoding="utf-8")
    return before


def test_a_version_that_the_verifier_lacks_is_unknown_and_no_success(
    tiny: Callable[[], Pack],
) -> None:
    newer = {**LAW.lock, RULE: LockedRule(LAW.lock[RULE].version + 5, "0" * 64)}

    report = checked(tiny(), replace(TRUSTING, law=KnownLaw(LAW.library, newer)))

    assert report.outcome is Outcome.LAW_UNKNOWN
    assert "unknown to this verifier" in str(report.unknown[0])
    assert report.problems == []
    told = tiny()["parts"]["verdict"]["findings"]
    assert [one["verdict"] for one in report.findings] == [one["verdict"] for one in told]


def test_a_rule_that_the_verifier_lacks_is_unknown(tiny: Callable[[], Pack]) -> None:
    fewer = {name: one for name, one in LAW.lock.items() if name != RULE}

    report = checked(tiny(), replace(TRUSTING, law=KnownLaw(LAW.library, fewer)))

    assert report.outcome is Outcome.LAW_UNKNOWN
    assert f"rule {RULE} is unknown to this verifier" in str(report.unknown[0])


def test_a_pack_of_an_earlier_version_is_known_by_the_lock(
    folder: Path, tiny: Callable[[], Pack]
) -> None:
    before = raise_version(folder)
    assert main(["--write", "--folder", str(folder)]) == 0
    law = KnownLaw.of_folder(folder)
    verifier = replace(TRUSTING, law=law)

    assert law.lock[RULE].version == before + 1
    assert checked(tiny(), verifier).outcome is Outcome.GOOD
    forged = tiny()
    forged["parts"]["rule"]["rules"][RULE]["applies_when"]["noise_regime"] = "icpe"
    report = checked(sign_again(forged, KEY), verifier)
    assert f"rule {RULE} is not version {before} as it was locked" in str(report.problems)


def test_a_folder_that_differs_from_its_lock_is_not_compared_with(folder: Path) -> None:
    raise_version(folder)

    with pytest.raises(UserError, match="cannot be compared with"):
        KnownLaw.of_folder(folder)
    (folder / LOCK_NAME).unlink()
    assert KnownLaw.of_folder(folder).lock[RULE].version == LAW.lock[RULE].version + 1


def test_the_command_compares_with_the_folder_it_is_given(
    folder: Path,
    tmp_path: Path,
    tiny: Callable[[], Pack],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("service.commands.verify.now", lambda: TRUSTING.now)
    pack = tmp_path / "night.boucle.json"
    write_pack(tiny(), pack)
    key = ("--key", KEY.public.fingerprint)

    assert boucle(["verify", str(pack), *key]) == 0
    said = capsys.readouterr().out
    version = LAW.lock[RULE].version
    assert f"{RULE}, version {version} (" in said
    assert "; law of 20 November 2026; threshold at most" in said
    assert "Public health code, article R.\u00a01336-7" in said
    assert KEY.public.fingerprint in said

    assert boucle(["verify", str(pack), *key, "--lang", "fr"]) == 0
    said = capsys.readouterr().out
    assert "valable" in said
    assert "droit du 20 novembre 2026\u202f; seuil\u00a0: au plus" in said
    assert "Code de la santé publique, article R.\u00a01336-7" in said
    assert "signé avec une clé du site" in said
    # On which readings, how sure, over which time.
    assert re.search(
        r"émergence de nuit\u00a0: \d,\d\u00a0±\u00a0\d,\d\u202fdB\(A\) \(k = 2\), du ", said
    )
    assert "relevés de\u00a0: " in said

    broken = tiny()
    broken["parts"]["meters"] = {}
    write_pack(broken, pack)
    assert boucle(["verify", str(pack), *key, "--lang", "fr"]) == 1
    said = capsys.readouterr().out
    assert "compteurs (meters)\u00a0: le contenu ne correspond pas à son empreinte" in said
    assert boucle(["verify", str(tmp_path / "none"), "--lang", "fr"]) == 1
    assert "n’existe pas\u202f; vérifiez le chemin" in capsys.readouterr().out
    write_pack(tiny(), pack)

    raise_version(folder)
    (folder / LOCK_NAME).unlink()
    assert boucle(["verify", str(pack), *key, "--charter", str(folder), "--json"]) == 4
    told = json.loads(capsys.readouterr().out)
    assert (told["good"], told["outcome"]) == (False, "law_unknown")
    assert "unknown to this verifier" in told["unknown"][0]["message"]
