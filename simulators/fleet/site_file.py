"""The site file of an invented site: the wiring of a template, and facts of its own."""

import re
from collections.abc import Sequence
from typing import Final

from simulators.errors import FleetError
from simulators.fleet.inspection import EXPANDED_DB, Inspected
from simulators.fleet.roster import InventedSite

_HEADER: Final = """\
# An invented site. Nothing in this file describes a real one: it is a seeded variant of the
# simulated plant, made to hold a charter against. Its devices are never polled.
"""
# What the KPIs need of the template; the rest describes the reference site alone.
_KEPT: Final = (
    "links",
    "devices",
    "buses",
    "meters",
    "noise",
    "heat_branches",
    "heat_pumps",
    "heat_pump_outputs",
    "outdoor_device",
    "envelope",
)
# What is as many times larger as the plant is.
_SIZED: Final = re.compile(r"\b(max_per_h|qp_m3_per_h): ([0-9.]+)")
_BLOCK: Final = re.compile(r"^([a-z_]+):.*?(?=^(?:[a-z_]+:|#)|\Z)", re.MULTILINE | re.DOTALL)
_FLOOR_M2_PER_KW: Final = 1.8
_ROOM_M2_PER_KW: Final = 1.0
_INPUT_PER_IT: Final = 1.7


def site_file_text(
    site: InventedSite, template: str, declared_year: int, found: Sequence[Inspected] = ()
) -> str:
    """The text of its site file, with what an inspection found.

    Raises
    ------
    FleetError
        If the template lacks a part that is needed.
    """
    blocks = {match[1]: match[0].rstrip() for match in _BLOCK.finditer(template)}
    missing = [name for name in _KEPT if name not in blocks]
    if missing:
        msg = f"the template site file has no {', '.join(missing)}; give a complete one"
        raise FleetError(msg)
    kept = [
        _SIZED.sub(lambda m: f"{m[1]}: {float(m[2]) * site.variant.size:g}", blocks[name])
        for name in _KEPT
    ]
    return (
        "\n\n".join([_HEADER + _identity(site), *kept, _declared(site, declared_year, found)])
        + "\n"
    )


def _identity(site: InventedSite) -> str:
    facts, power_kw = site.facts, site.installed_it_power_kw
    return f"""\
site:
  id: {site.name}
  name: {site.name}
  operator: invented
  public_operator: {str(facts.public_operator).lower()}
  siret: null
  address: invented
  postcode: "75000"
  city: invented
  latitude_deg: 48.86
  longitude_deg: 2.35
  entry_into_operation: {facts.entry_into_operation.isoformat()}
  floor_area_m2: {power_kw * _FLOOR_M2_PER_KW:g}
  computer_room_area_m2: {power_kw * _ROOM_M2_PER_KW:g}
  installed_it_power_kw: {power_kw:g}
  rated_it_power_kw: {power_kw:g}
  total_rated_input_kw: {power_kw * _INPUT_PER_IT:g}
  rated_connection_kw: {power_kw * _INPUT_PER_IT:g}
  siret_it_power_kw: {power_kw:g}
  major_modification_on: {facts.entry_into_operation.isoformat()}
  cooling_in_operation: {facts.entry_into_operation.isoformat()}
  zone: {facts.zone}
  redundancy: {{electrical: 2N, cooling: N+1}}
  noise_regime: {facts.noise_regime}
  icpe_regime: {facts.icpe_regime}
  ai_share: {facts.ai_share:g}
  charter: paris
  simulated: true
  notes: invented"""


def _declared(site: InventedSite, year: int, found: Sequence[Inspected]) -> str:
    lines = [
        "declared:",
        "  renewables:",
        "    - {name: roof, kind: on_site, meters: [pv_meter], attributes_retired: true,"
        " evidence: invented}",
    ]
    if site.declared:
        lines.append("  figures:")
    lines += [
        f"    - {{kpi: {kpi}, value: {one.value:g}, expanded_uncertainty: 0, "
        f"uncertainty_reason: value of a table, year: {year},"
        f" source: {one.source}}}"
        for kpi, one in site.declared.items()
    ]
    if found:
        lines.append("  inspections:")
    lines += [
        f"    - {{kpi: {one.kpi}, measured_on: {one.measured_on.isoformat()}, value: {one.value:g},"
        f" expanded_uncertainty: {EXPANDED_DB:g}, level_dba: {one.level_dba:g},"
        " document: invented report of an invented inspection}"
        for one in found
    ]
    return "\n".join(lines)
