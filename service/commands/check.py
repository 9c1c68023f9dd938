"""``boucle check``: what a site file means, and with ``--ask`` what its devices answer."""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from collectors.errors import SecretMissing
from collectors.installation import OpcUaLink
from collectors.login import SecretPlace
from collectors.plan import poll_plan
from models.balance.node import electrical_nodes
from models.kpi.result import Withheld
from models.kpi.words_en import ENGLISH
from models.metering.sums import SiteSums, Sum
from models.metering.tree import Meter, MeterTree, SignedMeters
from models.registers.register import EventKind, RegisterEvent
from models.site.site import Site, site_sums
from service.commands.answers import answer_lines, ask_all
from service.commands.cadences import lines_of_polls, lines_of_table
from service.commands.loading import load_the_site
from service.errors import UserError
from service.settings import Settings
from service.site.profiles import ProfileFolders
from service.site.site import InstalledSite
from service.storage.errors import ImportRefusedError
from service.storage.import_checks import check_content
from service.storage.import_files import load_table
from service.storage.import_table import ProblemList


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print what the site file means, and what readings in files or the devices would give."""
    installed = load_the_site(arguments.site, settings)
    site = installed.site
    print(f"{site.identity.name} ({site.identity.id}): the site file is in order\n")
    for part in (
        _plan_lines(installed),
        _profile_lines(arguments.site or settings.site, settings),
        _login_lines(installed),
        _poll_lines(site),
        _tree_lines(site.tree),
        _sum_lines(site_sums(site)),
        _balance_lines(site.tree),
        _event_lines(site.tree),
        *(_file_lines(site, path) for path in arguments.readings),
    ):
        print("\n".join(part), end="\n\n")
    if not arguments.ask:
        return 0
    answers = ask_all(installed)
    print("\n".join(answer_lines(installed, answers)))
    return 0 if all(answer.cause is None for answer in answers) else 1


def _plan_lines(installed: InstalledSite) -> Iterator[str]:
    plan = poll_plan(installed.installation, installed.profiles)
    requests = sum(rate.requests for device in plan.devices for rate in device.rates)
    yield (
        f"Poll plan: {len(plan.devices)} devices, {len(installed.site.points)} points, "
        f"{requests} requests, {plan.points_per_s:.0f} points/s"
    )
    for link in plan.links:
        yield (
            f"  {link.link:<18} {link.protocol:<7} {link.devices:>3} devices "
            f"{link.requests_per_s:6.1f} requests/s  load {100 * link.load_ratio:3.0f} %"
            + ("  TOO MUCH: poll less often" if link.load_ratio > 1 else "")
        )


def _profile_lines(site: Path, settings: Settings) -> Iterator[str]:
    yield "Profiles that cannot be used, and that this site does without"
    broken = ProfileFolders(settings.profiles).of_site(site).broken
    found = [f"  {problem.sentence()}" for problems in broken.values() for problem in problems]
    yield from found or ["  none"]


def _login_lines(installed: InstalledSite) -> Iterator[str]:
    yield "Logins, as this process would find them"
    links = [one for one in installed.installation.links if isinstance(one, OpcUaLink)]
    for link in links:
        places = () if link.login is None else (link.login.user, link.login.password)
        for what, place in zip(("user", "password"), places, strict=False):
            yield f"  {link.id:<18} {what} from {place}: {_found(place)}"
    if all(link.login is None for link in links):
        yield "  none: every link is anonymous"


def _found(place: SecretPlace) -> str:
    try:
        place.read()
    except SecretMissing:
        return "NOT THERE; the collector needs it"
    return "found"


def _poll_lines(site: Site) -> Iterator[str]:
    yield "What polling so often gives"
    found = [f"  {line}" for line in lines_of_polls(site)]
    yield from found or ["  every period, to less than any meter errs"]


def _file_lines(site: Site, path: Path) -> Iterator[str]:
    problems = ProblemList(path.name)
    try:
        table = load_table(path)
        check_content(table, problems)
        problems.refuse_if_any()
    except ImportRefusedError as error:
        raise UserError(str(error)) from error
    yield f"What the readings of {path} give"
    unknown = [key for key in table.keys if key not in site.points]
    if unknown:
        yield f"  refused by an import: the site has no point {', '.join(unknown)}"
    found = [f"  {line}" for line in lines_of_table(site, table)]
    yield from found or ["  every period, to less than any meter errs"]


def _tree_lines(tree: MeterTree) -> Iterator[str]:
    yield "Meter tree"
    roots = [m for m in tree.meters.values() if m.inside is None]
    for meter in roots:
        yield from _branch(tree, meter, 1)
    for bus in sorted(tree.buses):
        yield f"  [{bus}]"
        for meter in tree.children(bus):
            yield from _branch(tree, meter, 2)


def _branch(tree: MeterTree, meter: Meter, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}{meter.id}  ({meter.role.value})"
    for child in tree.children(meter.id):
        yield from _branch(tree, child, depth + 1)


def _sum_lines(sums: SiteSums) -> Iterator[str]:
    yield "What the KPIs are made of"
    for name, of in sums.items():
        yield f"  {name:<18} = {_sum(of)}"
    if sums.category is None:
        yield "  IT is not metered: no PUE and no WUE"
    else:
        yield f"  PUE category {sums.category}"
    for fact in sums.facts(Sum.FACILITY, Sum.IT):
        yield f"  boundary: {ENGLISH.boundary_facts[fact]}"
    if sums.has(Sum.HEAT_PUMPS) and not sums.has(Sum.HEAT_UPGRADE):
        yield f"  no PUE without heat upgrade: {ENGLISH.withheld[Withheld.NOT_REUSE_ONLY]}"


def _sum(meters: SignedMeters) -> str:
    if not meters.plus:
        return "none"
    factors = dict(meters.factors)
    plus = (f"{factors[one]:g} x {one}" if one in factors else one for one in meters.plus)
    return " + ".join(plus) + "".join(f" - {one}" for one in meters.minus)


def _balance_lines(tree: MeterTree) -> Iterator[str]:
    yield "Where a balance is judged"
    for node in electrical_nodes(tree):
        what = "all is metered" if node.complete else "the rest is load: only a gain is a fault"
        yield f"  {node.name:<18} {what}"


def _event_lines(tree: MeterTree) -> Iterator[str]:
    yield "Declared events of meters"
    found = [(event, meter) for meter in tree.meters.values() for event in meter.events]
    for event, meter in sorted(found, key=lambda pair: pair[0].at_us):
        at = datetime.fromtimestamp(event.at_us / 1e6, UTC)
        yield f"  {at:%Y-%m-%d %H:%M} UTC  {meter.id}: {_event(event)}"
    if not found:
        yield "  none"


def _event(event: RegisterEvent) -> str:
    if event.kind is EventKind.RATIO_CORRECTED:
        return f"ratio corrected, what was counted before times {event.factor_before:g}"
    if event.final_index is None or event.initial_index is None:
        return f"{event.kind.value}, without both indices: the count breaks there"
    return f"{event.kind.value}, from {event.final_index:g} to {event.initial_index:g}"
