"""The key file is its owner's alone; openssl agrees with what it signs."""

import shutil
import subprocess
from pathlib import Path

import pytest

from service.evidence.envelope import signed_bytes
from service.evidence.errors import KeyFileError
from service.evidence.keys import PublicKey, load_or_create, trusted_fingerprint
from tests.service.evidence.conftest import KEY, pack_of


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "signing.key"

    first, second = load_or_create(path), load_or_create(path)

    assert first.public == second.public
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["signing.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_key_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "signing.key"
    load_or_create(path)
    path.chmod(mode)

    with pytest.raises(KeyFileError, match=rf"mode {mode:04o}.*chmod 600"):
        load_or_create(path)


def test_what_is_no_ed25519_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    path.write_text("no key")
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="cannot be used as signing key"):
        load_or_create(path)
    subprocess.run(["openssl", "genpkey", "-algorithm", "X25519", "-out", str(path)], check=True)
    with pytest.raises(KeyFileError, match="another kind of key"):
        load_or_create(path)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(KeyFileError, match="BOUCLE_SIGNING_KEY"):
        load_or_create(blocked / "signing.key")


def test_a_trusted_key_is_named_by_file_or_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "site.pem"
    path.write_text(KEY.public.pem())

    assert trusted_fingerprint(str(path)) == KEY.public.fingerprint
    assert trusted_fingerprint(KEY.public.fingerprint.upper()) == KEY.public.fingerprint
    for odd in (str(tmp_path), "abcd", str(tmp_path / "none")):
        with pytest.raises(KeyFileError, match="neither a fingerprint"):
            trusted_fingerprint(odd)
    with pytest.raises(ValueError, match="32 bytes"):
        PublicKey(b"short")


def test_openssl_agrees_that_a_pack_is_signed(tmp_path: Path) -> None:
    assert shutil.which("openssl"), "openssl is needed: it is the oracle of the signature"
    pack = pack_of("csp_noise_night")
    content, signature, key = (tmp_path / n for n in ("content", "signature", "key.pem"))
    content.write_bytes(signed_bytes(pack))
    signature.write_bytes(bytes.fromhex(pack["signature"]["value"]))
    key.write_text(PublicKey.from_hex(pack["signature"]["public_key"]).pem())

    def openssl() -> int:
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-rawin"]
        files = ["-inkey", str(key), "-in", str(content), "-sigfile", str(signature)]
        return subprocess.run([*command, *files], capture_output=True, check=False).returncode

    assert openssl() == 0
    content.write_bytes(content.read_bytes() + b" ")
    assert openssl() != 0
