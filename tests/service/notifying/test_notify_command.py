"""``boucle notify --list`` and ``--acknowledge``, on what a notifier remembers."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from service.__main__ import main
from service.alerts.writing import SiteAlerts
from service.commands.run import environ_of
from service.notifying.acknowledgements import Acknowledgements
from service.notifying.from_settings import is_wanted
from service.notifying.memory import Memory, MemoryFile
from service.notifying.samples import Shown
from service.notifying.standing import State
from service.notifying.watch import Watch
from service.settings import Settings
from service.site_processes import site_children
from tests.service.alerts.small_site import WRITING
from tests.service.notifying.test_watch import named, up

SITE = WRITING.site


def looked_at(folder: Path, shown: Sequence[Shown], now: datetime) -> Memory:
    """As a notifier left it after some minutes."""
    memory = Memory(site=SITE, outboxes={"mail": {}})
    alerts = named("BoucleDeviceDown", "BoucleServerDown", "BoucleMeterSuspect")
    watch = Watch(SiteAlerts(alerts=alerts, limits={}), WRITING, memory)
    for step in range(8):
        watch.look(shown, {}, now + timedelta(seconds=15 * (step - 8)))
    asyncio.run(MemoryFile(folder, SITE).write(memory))
    return memory


@pytest.mark.parametrize("is_told", [True, False])
def test_run_starts_a_notifier_where_somebody_is_told(tmp_path: Path, is_told: bool) -> None:
    url = SecretStr("http://127.0.0.1/") if is_told else None
    settings = Settings.model_construct(notify_webhook_url=url)
    environ = environ_of({"BOUCLE_COLLECT_PORT": "1"}, settings, 2)
    children = site_children(tmp_path, environ, tmp_path, notifies=is_wanted(settings))
    assert ("notify" in [one.argv[-2] for one in children]) is is_told
    # It finds the programs where they are told to listen.
    assert environ["BOUCLE_COLLECT_PORT"] == "1"
    assert environ["BOUCLE_HTTP_PORT"] == "2"
    assert environ.get("BOUCLE_EVALUATE_PORT") == ("9802" if is_told else None)


def test_an_alert_is_listed_acknowledged_and_listed_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOUCLE_DATA_DIR", str(tmp_path))
    assert main(["notify", "--list"]) == 2
    assert "no notifier has looked" in capsys.readouterr().err
    now = datetime.now(UTC)
    serve = Shown("boucle_snapshot_timestamp_seconds", {"site": SITE}, 1.0)
    memory = looked_at(tmp_path, [*up(pdu_01=0, pdu_02=1), serve], now)

    answer = ["--by", "Ada", "--note", "on the way"]
    ask = ["notify", "--acknowledge", "BoucleDeviceDown", "--label"]
    assert main([*ask, "device=pdu_02", *answer]) == 2
    said = capsys.readouterr().err
    assert "no BoucleDeviceDown with these labels is active" in said
    assert 'device="pdu_01"' in said
    until = (now + timedelta(hours=2)).isoformat()
    assert main([*ask, "device=pdu_01", *answer, "--until", until]) == 0
    capsys.readouterr()

    assert main(["notify", "--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed[0].startswith('acknowledged BoucleDeviceDown{device="pdu_01"')
    assert listed[0].endswith("by Ada: on the way")
    assert main(["notify", "--list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    states = {
        (one["alertname"], one["labels"].get("device")): one["state"] for one in found["alerts"]
    }
    assert states["BoucleDeviceDown", "pdu_01"] == "acknowledged"
    assert states["BoucleDeviceDown", "pdu_02"] == "quiet"
    assert states["BoucleDeviceDown", "heat_meter_loop"] == "no_data"
    assert states["BoucleServerDown", None] == "quiet"
    assert states["BoucleMeterSuspect", None] == "no_data"
    assert found["waiting"] == {"mail": 1}

    # The notifier counts the answer, and counts it no more when its time is over.
    [key] = memory.active
    acknowledged = Acknowledgements(tmp_path, SITE).all()
    since = memory.standings[key].since
    assert since is not None
    assert acknowledged[key].counts(since, now + timedelta(hours=1))
    assert not acknowledged[key].counts(since, now + timedelta(hours=3))
    assert memory.standings[key].state(now, is_acknowledged=True) is State.ACKNOWLEDGED
