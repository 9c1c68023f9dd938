"""``boucle notify``: alerts decided and told by Boucle itself, listed and acknowledged."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from functools import partial

from models.site.site import Site
from service import logs
from service.alerts.rule_files import Writing
from service.alerts.writing import alerts_of
from service.commands.loading import load_the_site
from service.errors import UserError
from service.file_limit import raise_file_limit
from service.notifying.acknowledgements import Acknowledgements
from service.notifying.from_settings import page_url_of, receivers_of
from service.notifying.listing import OLD_AFTER_S, Row, as_json, lines_of, rows_of
from service.notifying.memory import Memory, MemoryFile
from service.notifying.notice import Acknowledgement
from service.notifying.notifier import Notifier, alone
from service.notifying.receivers import DeliveryError, Receiver
from service.notifying.scraping import Scraper
from service.notifying.standing import ACTIVE, State
from service.notifying.trial import trial_message
from service.scrape_targets import scrape_targets
from service.settings import Settings
from service.site.charter import charter_of
from service.site.facts import facts_of
from service.stopping import stop_on_signals, unmoved_by_hangup


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run until SIGTERM or Ctrl-C, or answer a question about what a running one knows."""
    site = load_the_site(arguments.site, settings).site
    if arguments.list:
        return _list(site, settings, is_json=arguments.json)
    if arguments.acknowledge is not None:
        return _acknowledge(site, settings, arguments)
    receivers = receivers_of(settings, site.identity.name)
    if arguments.test:
        return asyncio.run(_try(site, settings, receivers))
    logs.configure("notify")
    raise_file_limit()
    with alone(settings.data_dir, site.identity.id):
        asyncio.run(_notify(site, settings, receivers))
    return 0


def _writing(site: Site, settings: Settings) -> Writing:
    return Writing(
        site=site.identity.id,
        site_name=site.identity.name,
        lang=settings.notify_lang,
        page_url=page_url_of(settings),
    )


async def _notify(site: Site, settings: Settings, receivers: list[Receiver]) -> None:
    stop = asyncio.Event()
    notifier = Notifier(
        partial(alerts_of, site, charter_of(site), facts_of(site)),
        _writing(site, settings),
        Scraper(scrape_targets(settings)),
        receivers,
        settings.data_dir,
        every_s=settings.notify_every_s,
    )
    with stop_on_signals(stop), unmoved_by_hangup():
        await notifier.run(stop)


async def _try(site: Site, settings: Settings, receivers: list[Receiver]) -> int:
    failed = 0
    message = trial_message(_writing(site, settings), datetime.now(UTC))
    for receiver in receivers:
        try:
            await receiver.send(message)
        except DeliveryError as error:
            failed += 1
            print(f"{receiver.name}: not taken: {error}")
        else:
            print(f"{receiver.name}: taken")
    return 1 if failed else 0


def _known(site: Site, settings: Settings) -> Memory:
    try:
        memory = MemoryFile(settings.data_dir, site.identity.id).read()
    except (OSError, ValueError) as error:
        msg = f"what the notifier remembers cannot be read: {str(error).splitlines()[0]}"
        raise UserError(msg) from error
    if memory is None or memory.at is None:
        msg = (
            f"no notifier has looked at {site.identity.id} from {settings.data_dir} yet: start "
            "boucle notify, or name its folder with BOUCLE_DATA_DIR"
        )
        raise UserError(msg)
    age_s = (datetime.now(UTC) - memory.at).total_seconds()
    if age_s > OLD_AFTER_S:
        print(f"boucle: this is of {age_s / 60:.0f} minutes ago: no notifier runs", file=sys.stderr)
    return memory


def _rows(memory: Memory, acknowledgements: Acknowledgements) -> list[Row]:
    return rows_of(memory, acknowledgements.all(), datetime.now(UTC))


def _list(site: Site, settings: Settings, *, is_json: bool) -> int:
    memory = _known(site, settings)
    rows = _rows(memory, Acknowledgements(settings.data_dir, site.identity.id))
    if is_json:
        print(as_json(rows, memory))
    else:
        print("\n".join(lines_of(rows, memory)))
    return 0


def _acknowledge(site: Site, settings: Settings, arguments: argparse.Namespace) -> int:
    name, labels, now = arguments.acknowledge, dict(arguments.label), datetime.now(UTC)
    if not arguments.by or not arguments.note:
        msg = "who answers, and what is done? --by NAME --note TEXT"
        raise UserError(msg)
    if arguments.until is not None and arguments.until <= now:
        msg = "--until is over already"
        raise UserError(msg)
    acknowledgements = Acknowledgements(settings.data_dir, site.identity.id)
    active = [
        row
        for row in _rows(_known(site, settings), acknowledgements)
        if row.state in {*ACTIVE, State.PENDING}
    ]
    found = [
        row.key
        for row in active
        if row.standing.name == name and labels.items() <= row.standing.subject.items()
    ]
    if not found:
        known = ", ".join(row.key for row in active) or "none"
        msg = f"no {name} with these labels is active; active are: {known}"
        raise UserError(msg)
    new = [
        Acknowledgement(
            key=key, by=arguments.by, note=arguments.note, at=now, until=arguments.until
        )
        for key in found
    ]
    try:
        acknowledgements.add(new)
    except (OSError, ValueError) as error:
        msg = f"the acknowledgement cannot be kept: {str(error).splitlines()[0]}"
        raise UserError(msg) from error
    for key in found:
        print(f"acknowledged: {key}")
    return 0
