"""A program that shares no code with Boucle comes to the same answer about a pack."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from charter_rules.law.loader import SHIPPED_FOLDER
from charter_rules.law.lock import LOCK_NAME
from service.evidence.envelope import write_pack
from tests.service.evidence.conftest import KEY, Pack, pack_of
from tests.service.evidence.test_tampering import MALLORY, set_in, sign_again

PROGRAM = Path(__file__).with_name("second_verifier.py")


def second(folder: Path, pack: Pack) -> subprocess.CompletedProcess[str]:
    assert shutil.which("openssl"), "openssl is needed: the second program has no other"
    path, key = folder / "wue.boucle.json", folder / "key.pem"
    write_pack(pack, path)
    key.write_text(KEY.public.pem(), encoding="ascii")
    command = [sys.executable, "-I", str(PROGRAM), str(path), str(key)]
    command.append(str(SHIPPED_FOLDER / LOCK_NAME))
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def test_it_shares_no_code_and_is_short() -> None:
    text = PROGRAM.read_text(encoding="utf-8")
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(text))
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert len(text.splitlines()) <= 200
    assert imported <= sys.stdlib_module_names


def test_a_good_pack_is_sound_to_the_second_program(tmp_path: Path) -> None:
    done = second(tmp_path, pack_of("paris_wue"))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("sound: paris_wue compliant, 0.075")


def half_the_water(pack: Pack) -> None:
    registers = pack["parts"]["inputs"]["readings"]["long"]["registers"]
    one = registers["water_adiabatic.volume_m3"]
    one["value"] = [0.5 * value for value in one["value"]]


def other_threshold(pack: Pack) -> None:
    values: dict[str, Any] = pack["parts"]["rule"]["parameters"]["paris_wue"]["values"]
    next(iter(values.values()))["value"] = 0.9


def other_entry(pack: Pack) -> None:
    pack["parts"]["chain"]["entries"][0]["body"]["verdict"] = "breach"


FORGED: list[tuple[Callable[[Pack], object], bool, str]] = [
    (half_the_water, True, "the ratio is"),
    (other_threshold, True, "not that of the lock"),
    (other_entry, True, "was altered"),
    (set_in("verdict", "findings", 0, "verdict", value="breach"), True, "another verdict"),
]


@pytest.mark.parametrize(("change", "resigned", "said"), FORGED)
def test_a_forged_pack_is_not(
    tmp_path: Path, change: Callable[[Pack], object], resigned: bool, said: str
) -> None:
    pack = pack_of("paris_wue")
    change(pack)

    done = second(tmp_path, sign_again(pack, KEY) if resigned else pack)

    assert done.returncode == 1
    assert said in done.stderr


def test_the_key_is_the_one_that_was_given(tmp_path: Path) -> None:
    done = second(tmp_path, sign_again(pack_of("paris_wue"), MALLORY))

    assert done.returncode == 1
    assert "signed by another key" in done.stderr
