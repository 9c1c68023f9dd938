"""A site of four meters, and the import of a file of its readings by the command line."""

import asyncio
import json
import os
import sys
from pathlib import Path

CLASS_05S = {"kind": "electricity", "standard": "class 0.5S", "mpe_percent": 0.5}
CLASS_2_WATER = {"kind": "volume", "standard": "class 2", "mpe_percent": 2.0}
CLASS_2_HEAT = {
    "kind": "heat",
    "standard": "EN 1434 class 2",
    "accuracy_class": 2,
    "dt_min_k": 3,
    "qp_m3_per_h": 300,
}


def site_file(folder: Path, most_kw: float, site_id: str = "files") -> Path:
    """An intake with a UPS behind it, one water meter, one heat meter: what anybody has."""

    def device(name: str, profile: str, unit: int) -> dict[str, object]:
        return {
            "id": name,
            "link": "gateway",
            "profile": profile,
            "unit": unit,
            "poll_s": 10,
            "label_fr": name,
            "label_en": name,
        }

    electric = {"register": "active_energy_kwh", "max_per_h": most_kw, "accuracy": CLASS_05S}
    document = {
        "site": {
            "id": site_id,
            "name": "Files",
            "operator": "Operator",
            "public_operator": False,
            "address": "1 rue",
            "postcode": "75001",
            "city": "Paris",
            "latitude_deg": 48.85,
            "longitude_deg": 2.35,
            "entry_into_operation": "2020-01-01",
            "floor_area_m2": 1000,
            "computer_room_area_m2": 500,
            "installed_it_power_kw": most_kw,
            "rated_it_power_kw": most_kw,
            "zone": "paris",
            "redundancy": {"electrical": "2N", "cooling": "N+1"},
            "noise_regime": "public_health_code",
            "charter": "paris",
        },
        "links": [{"id": "gateway", "protocol": "modbus", "host": "127.0.0.1", "port": 27599}],
        "devices": [
            device("intake", "energy_meter", 1),
            device("it", "energy_meter", 2),
            device("water", "water_meter", 3),
            device("heat", "heat_meter", 4),
        ],
        "meters": [
            {"id": "intake", "device": "intake", "role": "utility_intake", **electric},
            {"id": "it", "device": "it", "role": "ups_output", "inside": "intake", **electric},
            {
                "id": "water",
                "device": "water",
                "register": "volume_m3",
                "role": "potable_water",
                "max_per_h": 2000,
                "accuracy": CLASS_2_WATER,
            },
            {
                "id": "heat",
                "device": "heat",
                "register": "heat_energy_kwh",
                "volume": "volume_m3",
                "role": "heat_handover",
                "max_per_h": most_kw,
                "accuracy": CLASS_2_HEAT,
            },
        ],
    }
    path = folder / "site.yaml"
    # JSON is YAML.
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


async def imported(database_url: str, site: Path, readings: Path) -> None:
    """Import a file as an operator does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "service", "import", str(readings), "--site", str(site)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "BOUCLE_DATABASE_URL": database_url},
    )
    said, _ = await asyncio.wait_for(process.communicate(), timeout=100)
    assert process.returncode == 0, said.decode()
