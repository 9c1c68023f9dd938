"""``boucle check --ask``: what is wrong with each device, and what to check."""

import asyncio
import re
from pathlib import Path

import pytest

from service.__main__ import main
from tests.collectors.opcua_peer import free_port
from tests.collectors.scripted_server import ScriptedServer
from tests.service.site.test_loader import SHIPPED

GENSET_LINK = re.compile(r"(id: genset_link.*?port: )\d+", re.DOTALL)


@pytest.mark.asyncio
async def test_a_site_of_which_one_device_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = free_port()
    text = re.sub(r"port: \d+", f"port: {dead}", SHIPPED.read_text(encoding="utf-8"))
    text = re.sub(r"(opc\.tcp://[^:/]+):\d+", rf"\g<1>:{dead}", text)
    async with ScriptedServer() as server:
        text = GENSET_LINK.sub(rf"\g<1>{server.port}", text)
        site = tmp_path / "site.yaml"
        site.write_text(text, encoding="utf-8")
        code = await asyncio.to_thread(main, ["check", str(site), "--ask"])
    said = capsys.readouterr().out.split("What each device answers: ")[1]
    assert code == 1
    assert said.startswith("1 of 49 in order\n")
    assert re.search(
        r"^  genset \(genset_link, unit 1\): in order\n    \S+ [\d.]+ ", said, re.MULTILINE
    )
    assert said.count("THE MACHINE IS THERE, AND NOTHING LISTENS AT THE PORT") == 48
    assert "check address and port in the site file" in said
    assert "to be looked at: intake_a, intake_b" in said
