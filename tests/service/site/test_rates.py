"""Points with a rate of their own: what they are expected to give, and what is refused."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.readings import Origin, Quality
from service.__main__ import main
from service.evaluation.ports import LatestReading
from service.evaluation.views import device_views, point_views
from service.site.errors import SiteFileError
from service.site.loader import parse_site
from tests.service.site.test_loader import PROFILES, SHIPPED

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
REGISTER, POWER = "intake_a.active_energy_kwh", "intake_a.active_power_kw"


def with_rate(seconds: object, point: str = "active_energy_kwh", device: str = "intake_a") -> str:
    text = SHIPPED.read_text(encoding="utf-8")
    before = f"  - id: {device}\n"
    assert before in text
    return text.replace(before, f"{before}    poll_s_of: {{{point}: {seconds}}}\n", 1)


def test_a_point_is_as_late_as_its_own_rate_says() -> None:
    site = parse_site(with_rate(60), "site.yaml", PROFILES).site
    assert (site.points[REGISTER].poll_s, site.points[POWER].poll_s) == (60.0, 2.0)
    for age_s, stale in ((100.0, (False, True)), (1.0, (False, False)), (400.0, (True, True))):
        at = NOW - timedelta(seconds=age_s)
        read = LatestReading(
            value=1.0, ts=at, received_at=at, quality=Quality.GOOD, origin=Origin.MEASURED
        )
        points = point_views(site, dict.fromkeys((REGISTER, POWER), read), NOW)
        assert (points[REGISTER].stale, points[POWER].stale) == stale
        [device] = [d for d in device_views(site, {}, points) if d.id == "intake_a"]
        assert device.stale_points == device.points - 2 + sum(stale)


def test_the_check_reckons_with_the_rate_of_each_point(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "site.yaml"
    said = []
    for text in (SHIPPED.read_text(encoding="utf-8"), with_rate(600)):
        path.write_text(text, encoding="utf-8")
        assert main(["check", str(path)]) == 0
        said.append(capsys.readouterr().out)
    usual, slow = said
    assert f"{REGISTER}: one reading every" not in usual
    assert f"{REGISTER}: one reading every 10 minutes" in slow
    # One request of nine a second that each two seconds brought is left out.
    assert re.search(r"gw_electrical +modbus +9 devices +9\.0 requests/s", usual)
    assert re.search(r"gw_electrical +modbus +9 devices +8\.5 requests/s", slow)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        (with_rate(0), "devices.0.poll_s_of.active_energy_kwh: Input should be greater than 0"),
        (with_rate(7200), "less than or equal to 3600"),
        (with_rate(60, "energy"), "has no point 'energy' to poll; use "),
    ],
)
def test_a_rate_that_cannot_be_is_refused(text: str, remedy: str) -> None:
    with pytest.raises(SiteFileError) as refused:
        parse_site(text, "site.yaml", PROFILES)

    assert remedy in str(refused.value)


def test_one_unit_may_be_two_devices_of_different_points() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    more = (
        "  - {id: intake_again, link: gw_electrical, unit: UNIT, profile: PROFILE, poll_s: 60,"
        " label_fr: x, label_en: x}\n"
    ).replace("UNIT", str(parse_site(text, "s", PROFILES).installation.devices[0].unit))
    other = text.replace("devices:\n", "devices:\n" + more.replace("PROFILE", "ups"), 1)
    assert "intake_again.active_energy_kwh" not in parse_site(other, "s", PROFILES).site.points

    same = text.replace("devices:\n", "devices:\n" + more.replace("PROFILE", "energy_meter"), 1)
    with pytest.raises(SiteFileError, match="device 'intake_again' reads the same points of link"):
        parse_site(same, "s", PROFILES)
