"""Files that are no packs are refused in one sentence, whatever they are."""

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from service.evidence.canonical import canonical
from service.evidence.envelope import write_pack
from service.evidence.errors import PackUnreadableError
from service.evidence.reading import parse_json, read_json
from service.evidence.report import Outcome
from service.evidence.verification import verify_file
from tests.service.evidence.conftest import KEY, VERIFIER, Pack

HOSTILE = [
    (b"", "not JSON"),
    (b"not json at all", "not JSON"),
    (b"\xff\xfe{}", "not JSON"),
    (b'{"a":1,"a":2}', "given twice"),
    (b'{"parts":{"verdict":{},"verdict":{}}}', "given twice"),
    (b"[" * 100_000 + b"]" * 100_000, "too deeply"),
    (b"[" * 60 + b"]" * 60, "too deeply"),
    (b'{"a":' * 500 + b"1" + b"}" * 500, "too deeply"),
    (b'{"a":NaN}', "not a JSON number"),
    (b'{"a":-Infinity}', "not a JSON number"),
    (b'{"a":1e999}', "too large"),
    (b'{"a":' + b"9" * 5000 + b"}", "too large"),
    (b"[" + b"[]," * 2_100_000 + b"0]", "more values"),
    (b"[]", "not an evidence pack"),
    (b"null", "not an evidence pack"),
    (b'"boucle-evidence"', "not an evidence pack"),
    (b"{}", "not an evidence pack"),
    (b'{"format":"boucle-evidence","version":1}', "version"),
    (b'{"format":"boucle-evidence","version":true}', "version"),
    (b'{"format":"boucle-evidence","version":3}', "lacks"),
    (b'{"format":"boucle-chain"}', "cannot be used"),
    (b'{"format":"boucle-chain","site":"s","entries":[1]}', "not an entry"),
    (b"\x1f\x8bbroken", "cannot be read"),
]


@pytest.mark.parametrize(("content", "said"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_file_is_refused_with_a_reason(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "x.boucle.json"
    path.write_bytes(content)

    report = verify_file(path, VERIFIER)

    assert report.outcome is Outcome.REFUSED
    assert said in str(report.problems[0])


@pytest.mark.parametrize("name", ["head", "parts", "manifest", "signature"])
@pytest.mark.parametrize("odd", [None, 1, "x", [], {}])
def test_fields_of_another_type_are_refused(
    tmp_path: Path, small: Callable[[], Pack], name: str, odd: object
) -> None:
    path = tmp_path / "x.boucle.json"
    path.write_bytes(canonical({**small(), name: odd}))

    assert verify_file(path, VERIFIER).outcome is Outcome.REFUSED


def test_a_bomb_is_not_unpacked_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x.boucle.json.gz"
    path.write_bytes(gzip.compress(b" " * 3_000_000))

    with pytest.raises(PackUnreadableError, match="more than 1000000 bytes"):
        read_json(path, largest=1_000_000)


def test_a_missing_file_or_folder_is_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        assert "cannot be read" in str(verify_file(path, VERIFIER).problems[0])


def test_integers_that_no_double_holds_are_read_as_doubles() -> None:
    assert parse_json(b"9007199254740993", "n") == 9007199254740992.0
    assert isinstance(parse_json(b"9007199254740993", "n"), float)


# The packs of these tests are made on a day that may be yet to come.
_COMMAND = f"""
import sys
from datetime import datetime
from service.__main__ import main
from service.commands import verify
verify.now = lambda: datetime.fromisoformat("{VERIFIER.now.isoformat()}")
sys.exit(main())
"""


def test_the_command_says_good_or_names_the_part(tmp_path: Path, small: Callable[[], Pack]) -> None:
    good, bad = tmp_path / "good.boucle.json.gz", tmp_path / "bad.boucle.json"
    pack = small()
    write_pack(pack, good)
    pack["parts"]["meters"]["registry"]["meters"].pop()
    write_pack(pack, bad)

    def verify(path: Path, *more: str) -> subprocess.CompletedProcess[str]:
        # No settings that could be used, no data folder: only the pack.
        command = [sys.executable, "-c", _COMMAND, "verify", str(path), *more]
        root = str(Path(__file__).parents[3])
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={"PYTHONPATH": root, "BOUCLE_HTTP_PORT": "odd"},
            capture_output=True,
            text=True,
            check=False,
        )

    fine = verify(good, "--key", KEY.public.fingerprint)
    assert (fine.returncode, fine.stderr) == (0, "")
    assert "good" in fine.stdout
    nobody = verify(good)
    assert (nobody.returncode, nobody.stderr) == (3, "")
    assert "whole, AUTHOR UNKNOWN" in nobody.stdout
    assert "anybody may have made it" in nobody.stdout
    refused = verify(bad)
    assert (refused.returncode, refused.stderr) == (1, "")
    assert "part 'meters': content does not match its hash" in refused.stdout
    assert '"good": false' in verify(bad, "--json").stdout
    assert verify(good, "--key", "nonsense").returncode == 2
    assert set(tmp_path.iterdir()) == {good, bad}
