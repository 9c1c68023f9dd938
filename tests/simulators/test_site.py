from pathlib import Path

import pytest

from collectors.installation import Device, ModbusLink
from collectors.profiles.library import SHIPPED_PROFILES
from simulators.errors import SiteError
from simulators.plant import Plant
from simulators.site import SimulatedSite, load_simulated_site, require_signals
from tests.simulators.sites import SITE


def test_the_shipped_site_and_the_plant_fit_exactly(one_plant: Plant) -> None:
    site = load_simulated_site(SITE, SHIPPED_PROFILES)
    assert set(site.points()) == set(one_plant.signal_keys())
    assert len(site.devices) == 49
    assert len(site.links) == 12


def test_units_of_a_link_differ_and_labels_are_given(site: SimulatedSite) -> None:
    for link in site.links:
        places = [d.device.unit or d.device.object for d in site.on_link(link.id)]
        assert len(set(places)) == len(places) > 0
    labels = [(d.device.label_fr, d.device.label_en) for d in site.devices]
    assert len({fr for fr, _ in labels}) == len({en for _, en in labels}) == len(labels)


def test_poll_intervals(site: SimulatedSite) -> None:
    def poll_s(device: Device) -> float:
        return device.poll_s

    by_profile = {d.profile.id: poll_s(d.device) for d in site.devices}
    assert by_profile["energy_meter"] == by_profile["heat_meter"] == by_profile["pdu"] == 2
    assert by_profile["sound_meter"] == 10
    assert by_profile["chiller"] == by_profile["water_meter"] == 5


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("profile: ups\n", "profile: upss\n", "device ups_a: there is no profile 'upss'"),
        ("link: gw_heat\n", "link: gw_cold\n", "there is no link 'gw_cold'"),
        ("profile: ups\n", "profile: chiller\n", "speaks opcua"),
        ("unit: 1\n", "object: X\n", "intake_a: needs unit"),
        ("object: Chiller1\n", "unit: 3\n", "chiller_1: needs object"),
        ("poll_s: 2\n", "poll_s: -2\n", "devices.0.poll_s"),
        ("\nlinks:\n", "\nlinks: }\n", "site.yaml:"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "site.yaml"
    text = SITE.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SiteError) as caught:
        load_simulated_site(path, SHIPPED_PROFILES)
    assert words in str(caught.value)


def test_framing_that_is_not_simulated(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    text = SITE.read_text(encoding="utf-8").replace("port: 15021", "port: 15021, framing: rtu")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SiteError, match="gw_electrical: only framing mbap"):
        load_simulated_site(path, SHIPPED_PROFILES)


def test_a_missing_file_and_missing_profiles(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="cannot be read"):
        load_simulated_site(tmp_path / "none.yaml", SHIPPED_PROFILES)
    with pytest.raises(SiteError, match="holds no"):
        load_simulated_site(SITE, tmp_path)


def test_points_the_plant_does_not_have(site: SimulatedSite) -> None:
    with pytest.raises(SiteError, match="no signal for"):
        require_signals(site, ("intake_a.active_power_kw",))
    assert isinstance(site.links[0], ModbusLink)
