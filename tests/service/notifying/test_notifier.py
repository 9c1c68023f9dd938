"""The notifier against real servers: metrics that it asks for, a webhook and a mail server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from service.alerts.alert import Alert
from service.alerts.writing import SiteAlerts
from service.errors import UserError
from service.notifying.from_settings import receivers_of
from service.notifying.memory import MemoryFile
from service.notifying.notifier import Notifier, alone
from service.notifying.receivers import Receiver
from service.notifying.scraping import Scraper
from service.settings import Settings
from tests.service.alerts.small_site import WRITING
from tests.service.notifying.clock import FastClock
from tests.service.notifying.http_servers import SECRET, Hook, Programs, serving, until
from tests.service.notifying.own_authority import own_certificate
from tests.service.notifying.small_alerts import ALL
from tests.service.notifying.smtp_server import MailBox, mail_server

SITE = WRITING.site
TOKEN = "hidden-in-the-address"
PASSWORD = "hidden in the settings"
WATCHED = tuple(one for one in ALL if one.name in {"BoucleServerDown", "BoucleBreach"})


def breach(value: int) -> str:
    """As `serve` shows it; the other rules are kept."""
    rules = [one.labels["rule"] for one in WATCHED if one.name == "BoucleBreach"]
    return "\n".join(
        [
            "# TYPE boucle_breach_standing gauge",
            *(
                f'boucle_breach_standing{{site="{SITE}",rule="{rule}"}} '
                f"{value if rule == 'paris_wue' else 0}"
                for rule in rules
            ),
            f'boucle_snapshot_timestamp_seconds{{site="{SITE}"}} 1',
            "# a comment, and families that no alert is about",
            'boucle_http_requests_total{route="/"} 3',
            "",
        ]
    )


def settings_of(port: int | None = None, **more: Any) -> Settings:
    url = None if port is None else SecretStr(f"http://127.0.0.1:{port}/hook/{TOKEN}")
    return Settings.model_construct(notify_webhook_url=url, notify_secret=SecretStr(SECRET), **more)


def waits_for(folder: Path) -> set[str]:
    """States of alerts that are still to be told."""
    known = MemoryFile(folder, SITE).read()
    assert known is not None
    box = known.outboxes["webhook"].values()
    return {one.state.value for message in box for one in message.notices.values()}


@asynccontextmanager
async def notifying(
    folder: Path,
    programs_port: int,
    receivers: list[Receiver],
    clock: FastClock,
    alerts: tuple[Alert, ...] = WATCHED,
) -> AsyncIterator[None]:
    """A notifier that looks every 24 seconds of its clock."""

    def alerts_on(day: date) -> SiteAlerts:
        del day
        return SiteAlerts(alerts=alerts, limits={})

    notifier = Notifier(
        alerts_on,
        WRITING,
        Scraper({"serve": f"127.0.0.1:{programs_port}"}),
        receivers,
        folder,
        every_s=0.05,
        first_retry_s=0.05,
        now=clock,
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(notifier.run(stop))
        try:
            yield
        finally:
            stop.set()


@pytest.mark.asyncio
async def test_a_breach_is_told_signed_and_its_end_after_a_restart(tmp_path: Path) -> None:
    programs, hook, clock = Programs(breach(0)), Hook(), FastClock()
    async with serving(programs.app()) as asked, serving(hook.app()) as port:
        receivers = receivers_of(settings_of(port), WRITING.site_name)
        async with notifying(tmp_path, asked, receivers, clock):
            await asyncio.sleep(0.1)
            programs.text = breach(1)
            await until(lambda: hook.bodies)
        [body] = hook.bodies
        assert (body["version"], body["status"], body["truncatedAlerts"]) == ("4", "firing", 0)
        assert body["groupLabels"] == {"alertname": "BoucleBreach", "site": SITE}
        [alert] = body["alerts"]
        assert (alert["status"], alert["state"]) == ("firing", "firing")
        assert alert["labels"]["rule"] == body["commonLabels"]["rule"] == "paris_wue"
        assert alert["annotations"]["page_url"].endswith("#rule-paris_wue")
        assert alert["endsAt"] == "0001-01-01T00:00:00Z"
        # It ends while nobody looks; a new start says so, and says nothing twice.
        programs.text = breach(0)
        async with notifying(tmp_path, asked, receivers, clock):
            await until(lambda: len(hook.bodies) == 2)
            await asyncio.sleep(0.5)
    [_, body] = hook.bodies
    assert body["status"] == "resolved"
    assert body["alerts"][0]["fingerprint"] == alert["fingerprint"]
    assert body["alerts"][0]["startsAt"] == alert["startsAt"] < body["alerts"][0]["endsAt"]


@pytest.mark.asyncio
async def test_while_serve_is_away_that_is_told_and_nothing_is_resolved(tmp_path: Path) -> None:
    programs, hook, clock = Programs(breach(1)), Hook(), FastClock()
    async with serving(programs.app()) as asked, serving(hook.app()) as port:
        receivers = receivers_of(settings_of(port), WRITING.site_name)
        async with notifying(tmp_path, asked, receivers, clock):
            await until(lambda: hook.bodies)
            programs.text = None
            await until(lambda: len(hook.bodies) == 2)
            programs.text = "no exposition {"
            await asyncio.sleep(0.2)
        known = MemoryFile(tmp_path, SITE).read()
    assert [body["groupLabels"]["alertname"] for body in hook.bodies] == [
        "BoucleBreach",
        "BoucleServerDown",
    ]
    assert known is not None
    [one] = [one for one in known.active.values() if one.name == "BoucleBreach"]
    assert one.unknown_since is not None


@pytest.mark.asyncio
async def test_a_receiver_that_is_away_or_refuses_gets_all_when_it_is_back(tmp_path: Path) -> None:
    programs, hook, clock = Programs(breach(1)), Hook(), FastClock()
    async with serving(hook.app()) as port:
        pass
    receivers = receivers_of(settings_of(port), WRITING.site_name)
    with structlog.testing.capture_logs() as logs:
        async with serving(programs.app()) as asked:
            async with notifying(tmp_path, asked, receivers, clock):
                await until(lambda: any(one["event"] == "receiver_lost" for one in logs))
                # Over before anybody was told: what waits is joined, not lost.
                programs.text = breach(0)
                await until(lambda: waits_for(tmp_path) == {"resolved"})
            # A redirect is followed nowhere: it is a refusal.
            hook.status = 302
            async with serving(hook.app(), port), notifying(tmp_path, asked, receivers, clock):
                await until(lambda: hook.refused)
                hook.status = 500
                await until(lambda: hook.refused >= 3)
                hook.status = 200
                await until(lambda: hook.bodies)
                await until(lambda: any(one["event"] == "receiver_back" for one in logs))
    [body] = hook.bodies
    assert body["status"] == "resolved"
    assert body["alerts"][0]["startsAt"] < body["alerts"][0]["endsAt"]
    assert TOKEN not in json.dumps(logs)
    assert sum(one["event"] == "receiver_lost" for one in logs) == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_mail_goes_out_encrypted_with_state_count_and_what_to_do(
    tmp_path: Path, security: str
) -> None:
    context, trusted = own_certificate(tmp_path)
    box, clock = MailBox(context, login=("boucle", PASSWORD)), FastClock()
    implicit = security == "tls"
    async with (
        serving(Programs(breach(1)).app()) as asked,
        mail_server(box, implicit_tls=implicit) as port,
    ):
        settings = settings_of(
            notify_smtp_host="localhost",
            notify_smtp_port=port,
            notify_smtp_security=security,
            notify_smtp_user="boucle",
            notify_smtp_password=SecretStr(PASSWORD),
            notify_mail_from="boucle@example.org",
            notify_mail_to="ada@example.org, grace@example.org",
            notify_lang="fr",
            notify_ca_file=trusted,
        )
        if implicit:
            box.login = None
            settings = settings.model_copy(
                update={"notify_smtp_user": None, "notify_smtp_password": None}
            )
        receivers = receivers_of(settings, "Chapelle")
        async with notifying(tmp_path, asked, receivers, clock):
            await until(lambda: box.mails)
            await asyncio.sleep(0.2)
    [mail] = box.mails
    assert mail["Subject"].startswith("[En cours 1] Chapelle: Charte : ")
    assert len(box.recipients[0]) == 2
    assert mail["Message-ID"].endswith("@example.org>")
    text = mail.get_content()
    assert "Depuis le 28/11/2026 09:0" in text
    assert "#rule-paris_wue" in text
    assert "EN COURS (1)" in text
    if not implicit:
        # All that is said in clear is that it shall be no more.
        assert [line.split()[0].upper() for line in box.said_in_clear] == ["EHLO", "STARTTLS"]


@pytest.mark.asyncio
async def test_a_mail_server_that_nobody_trusts_or_that_refuses_is_named_without_secrets(
    tmp_path: Path,
) -> None:
    context, trusted = own_certificate(tmp_path)
    box = MailBox(context, login=("boucle", "another"))
    async with serving(Programs(breach(1)).app()) as asked, mail_server(box) as port:
        settings = settings_of(
            notify_smtp_host="localhost",
            notify_smtp_port=port,
            notify_smtp_security="starttls",
            notify_smtp_user="boucle",
            notify_smtp_password=SecretStr(PASSWORD),
            notify_mail_from="boucle@example.org",
            notify_mail_to="ada@example.org",
            notify_lang="en",
        )
        reasons: list[str] = []
        updates: tuple[dict[str, Any], ...] = ({}, {"notify_ca_file": trusted})
        for update in updates:
            [receiver] = receivers_of(settings.model_copy(update=update), "Chapelle")
            with structlog.testing.capture_logs() as logs:
                folder = tmp_path / str(len(reasons))
                async with notifying(folder, asked, [receiver], FastClock()):
                    await until(lambda: any(one["event"] == "receiver_lost" for one in logs))
            assert PASSWORD not in json.dumps(logs)
            reasons += [one["reason"] for one in logs if one["event"] == "receiver_lost"]
    assert reasons[0].startswith("its certificate is not trusted")
    assert reasons[1] == "its answer is 535"
    assert box.mails == []


def test_what_cannot_work_is_refused_at_the_start(tmp_path: Path) -> None:
    mail = {
        "notify_smtp_host": "mail.example.org",
        "notify_mail_from": "a@example.org",
        "notify_mail_to": "b@example.org",
    }
    empty = tmp_path / "empty"
    empty.write_text("\n")
    refusals: dict[str, dict[str, Any]] = {
        "nobody is to be told": {},
        "NOTIFY_WEBHOOK_URL": {"notify_webhook_url": SecretStr(f"ftp://h/{TOKEN}")},
        "without user and password": {"notify_webhook_url": SecretStr(f"http://u:{TOKEN}@h/")},
        "NOTIFY_SECRET is empty": {
            "notify_webhook_url": SecretStr("http://h/"),
            "notify_secret_file": empty,
        },
        "cannot be read": {
            "notify_webhook_url": SecretStr("http://h/"),
            "notify_secret_file": tmp_path / "none",
        },
        "MAIL_FROM and BOUCLE_NOTIFY_MAIL_TO": {**mail, "notify_mail_to": " , "},
        "not an address for mail": {**mail, "notify_mail_to": "b@example.org\nBcc: c@d"},
        "go together": {**mail, "notify_smtp_user": "u"},
        "not encrypted": {
            **mail,
            "notify_smtp_user": "u",
            "notify_smtp_password": SecretStr("p"),
            "notify_smtp_security": "none",
        },
        "no certificates": {**mail, "notify_ca_file": empty},
    }
    for expected, more in refusals.items():
        with pytest.raises(UserError) as refused:
            receivers_of(Settings.model_construct(**more), "Chapelle")
        assert expected in str(refused.value)
        assert TOKEN not in str(refused.value)


def test_two_notifiers_of_a_site_are_one_too_many(tmp_path: Path) -> None:
    with alone(tmp_path, SITE):
        with pytest.raises(UserError, match="another notifier"), alone(tmp_path, SITE):
            pass
        with alone(tmp_path, "another_site"):
            pass
    with alone(tmp_path, SITE):
        pass


def test_a_memory_that_cannot_be_read_is_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / f"notify-{SITE}.json"
    path.write_text('{"format": 1, "si')
    with structlog.testing.capture_logs() as logs:
        assert MemoryFile(tmp_path, SITE).load().standings == {}
    assert [one["event"] for one in logs] == ["notifier_file_not_read"]
    assert path.with_suffix(".unread").exists()
