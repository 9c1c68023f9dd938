"""``boucle check``: what a site file means, before anything is polled."""

import argparse
from collections.abc import Iterator

from collectors.plan import poll_plan
from models.metering.tree import Meter, MeterTree, SignedMeters
from service.commands.loading import load_the_site
from service.settings import Settings
from service.site.site import InstalledSite


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the poll plan, the meter tree and the sums behind the KPIs."""
    installed = load_the_site(arguments.site, settings)
    site = installed.site
    print(f"{site.identity.name} ({site.identity.id}): the site file is in order\n")
    for part in (_plan_lines(installed), _tree_lines(site.tree), _kpi_lines(site.tree)):
        print("\n".join(part), end="\n\n")
    return 0


def _plan_lines(installed: InstalledSite) -> Iterator[str]:
    plan = poll_plan(installed.installation, installed.profiles)
    requests = sum(device.requests for device in plan.devices)
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


def _kpi_lines(tree: MeterTree) -> Iterator[str]:
    yield "What the KPIs are made of"
    yield f"  E_DC    = {_sum(tree.facility_energy())}"
    it = tree.it_energy()
    yield (
        "  E_IT    = not metered: no PUE and no WUE"
        if it is None
        else f"  E_IT    = {_sum(it.meters)}   (PUE category {it.category})"
    )
    yield f"  W_IN    = {_sum(tree.water_input())}"
    yield f"  E_REUSE = {_sum(tree.reused_heat())}"


def _sum(meters: SignedMeters) -> str:
    if not meters.plus:
        return "not metered"
    return " + ".join(meters.plus) + "".join(f" - {one}" for one in meters.minus)
