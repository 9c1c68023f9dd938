"""A site file is refused with all of its mistakes at once, each with line, field and remedy."""

from pathlib import Path

import pytest

from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from service.site.errors import SiteFileError
from service.site.loader import load_site, parse_site

SHIPPED = Path(__file__).parents[3] / "deploy" / "sites" / "chapelle-international.yaml"
PROFILES = load_profiles(SHIPPED_PROFILES)

# What is put in place of what, the field that must be named, and a word of the remedy.
PV = "{id: pv_meter, device: pv_meter, register: "
MISTAKES = [
    ("power_kw: 420 ", "power_kw: -5 ", "site.installed_it_power_kw", "greater than 0"),
    ('postcode: "75018"', 'postcode: "7501"', "site.postcode", "match pattern"),
    ("port: 15022", "port: 99999", "links.1.port", "65535"),
    ("profile: genset\n", "profile: gensett\n", "devices", "no profile 'gensett'"),
    ("link: gw_water\n", "link: gw_watter\n", "devices", "no link 'gw_watter'"),
    ("label_fr: Arrivée", "libelle_fr: Arrivée", "devices.0", "is missing; add it"),
    (f"{PV}active_energy", f"{PV}active_power", "meters.3.register", "no point 'active_power_kwh'"),
    (
        "general, inside: main_boards",
        "general, inside: main",
        "inside",
        "neither a meter nor a bus",
    ),
    ("device: sound_north", "device: sound_south", "noise.points.1.device", "no device"),
    ("cooling, inside: ups_b_output", "cooking, inside: ups_b_output", "role", "cooking"),
]


def broken(text: str) -> str:
    for right, wrong, _, _ in MISTAKES:
        assert right in text, right
        text = text.replace(right, wrong, 1)
    return text


def test_the_shipped_site_file_is_in_order() -> None:
    site = load_site(SHIPPED, PROFILES)

    assert 350 <= len(site.points) <= 600
    assert len(site.installation.devices) >= 45


def test_ten_mistakes_give_ten_messages_with_line_field_and_remedy() -> None:
    text = broken(SHIPPED.read_text(encoding="utf-8"))

    with pytest.raises(SiteFileError) as refused:
        parse_site(text, "site.yaml", PROFILES)

    messages = str(refused.value).splitlines()
    lines = text.splitlines()
    for _, wrong, field, remedy in MISTAKES:
        matching = [m for m in messages if field in m and remedy in m]
        assert matching, f"{field}: {remedy} not in\n{refused.value}"
        line = int(matching[0].split(":")[1])
        nearby = "\n".join(lines[line - 1 : line + 8])
        assert wrong.strip() in nearby, f"line {line} does not lead to {wrong!r}"
    # The misspelt label is both an unknown field and a missing one.
    assert len(refused.value.problems) == len(MISTAKES) + 1


def test_a_file_that_is_not_yaml_is_refused_with_its_line() -> None:
    with pytest.raises(SiteFileError) as refused:
        parse_site("site:\n  id: a\n id: b\n", "site.yaml", PROFILES)

    assert refused.value.problems[0].line in {2, 3}


def test_a_file_that_is_not_there_is_refused_with_the_remedy() -> None:
    with pytest.raises(SiteFileError, match="check the path"):
        load_site(Path("nowhere.yaml"), PROFILES)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(SiteFileError):
        parse_site("", "site.yaml", PROFILES)
