"""The sites that the Modbus benchmarks poll: the one that is shipped, and rows of floats."""

import json
from pathlib import Path
from typing import Any

from collectors.installation import Installation, ModbusLink
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from service.site.loader import load_site
from service.site.site import InstalledSite
from tests.simulators.sites import free_ports, text_on_free_ports

FLOATS = 100
_PORTS = 10
_AS_FAST_AS_IT_GOES_S = 0.005
_SITE = {
    "name": "Bench",
    "operator": "Bench",
    "public_operator": False,
    "address": "1 rue",
    "postcode": "75001",
    "city": "Paris",
    "latitude_deg": 48.85,
    "longitude_deg": 2.35,
    "entry_into_operation": "2020-01-01",
    "floor_area_m2": 1000,
    "computer_room_area_m2": 500,
    "installed_it_power_kw": 1000,
    "rated_it_power_kw": 1000,
    "zone": "paris",
    "redundancy": {"electrical": "2N", "cooling": "N+1"},
    "noise_regime": "public_health_code",
    "charter": "paris",
}
_PROFILE = {
    "id": "floats",
    "protocol": "modbus",
    "vendor": "Bench",
    "model": "Floats",
    "datasheet": {"title": "None", "revision": "1"},
    "maturity": "bronze",
    "max_span": 125,
    "max_gap": 4,
}
_METER = {
    "id": "intake",
    "device": "device_0",
    "register": "active_energy_kwh",
    "role": "utility_intake",
    "max_per_h": 1000,
    "accuracy": {"kind": "electricity", "standard": "EN 50470-3 class C", "mpe_percent": 0.5},
}


def shipped_site(folder: Path) -> InstalledSite:
    path = folder / "shipped.yaml"
    # A site of its own: a shared database keeps the real one untouched.
    text = text_on_free_ports().replace("id: chapelle_international", "id: bench_shipped")
    path.write_text(text, encoding="utf-8")
    return load_site(path, load_profiles(SHIPPED_PROFILES))


def site_of_floats(folder: Path, count: int) -> InstalledSite:
    """So many devices of a hundred floats side by side, behind ten gateways at most."""
    profiles = folder / f"profiles-{count}"
    profiles.mkdir()
    profile = {**_PROFILE, "points": [_point(n) for n in range(FLOATS)]}
    (profiles / "floats.yaml").write_text(json.dumps(profile), encoding="utf-8")
    ports = free_ports(min(count, _PORTS))
    site = {
        "site": {"id": f"bench_{count}", **_SITE},
        "links": [
            {"id": f"link_{n}", "protocol": "modbus", "host": "127.0.0.1", "port": port}
            for n, port in enumerate(ports)
        ],
        "devices": [_device(n, len(ports)) for n in range(count)],
        "meters": [_METER],
    }
    path = folder / f"floats-{count}.yaml"
    path.write_text(json.dumps(site), encoding="utf-8")
    return load_site(path, load_profiles(profiles))


def _point(n: int) -> dict[str, Any]:
    place = {"space": "holding", "address": 2 * n, "type": "f32"}
    if n == FLOATS - 1:
        # A site has a meter.
        energy = {"quantity": "active_energy", "kind": "counter", "unit": "kWh"}
        return {"name": "active_energy_kwh", **energy, **place}
    temperature = {"quantity": "temperature", "kind": "gauge", "unit": "degC"}
    return {"name": f"temp_{n}_degc", **temperature, **place}


def _device(n: int, links: int) -> dict[str, Any]:
    return {
        "id": f"device_{n}",
        "link": f"link_{n % links}",
        "unit": 1 + n // links,
        "profile": "floats",
        "poll_s": 1,
        "label_fr": f"Appareil {n}",
        "label_en": f"Device {n}",
    }


def modbus_only(site: InstalledSite) -> Installation:
    """The Modbus devices of a site, each polled as soon as its last poll is done."""
    links = tuple(x for x in site.installation.links if isinstance(x, ModbusLink))
    names = {link.id for link in links}
    devices = tuple(
        d.model_copy(update={"poll_s": _AS_FAST_AS_IT_GOES_S})
        for d in site.installation.devices
        if d.link in names
    )
    return Installation(links=links, devices=devices)
