"""A site file is refused with all of its mistakes at once, each with line, field and remedy."""

from pathlib import Path

import pytest

from collectors.installation import OpcUaLink
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from models.site.power_flow import power_flow
from service.pages.flow_diagram import flow_diagram
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
    installed = load_site(SHIPPED, PROFILES)

    assert 350 <= len(installed.site.points) <= 600
    assert len(installed.installation.devices) >= 45
    assert installed.site.devices["intake_a"].protocol == "modbus"


def test_a_link_that_takes_replies_of_any_unit_has_one_device() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    alone, shared = "port: 15022", "port: 15027"
    for right in (alone, shared):
        assert right in text
        text = text.replace(right, f"{right}, any_reply_unit: true")

    with pytest.raises(SiteFileError) as refused:
        parse_site(text, "site.yaml", PROFILES)

    (message,) = (m for m in str(refused.value).splitlines() if "any_reply_unit" in m)
    assert "this one has 3" in message
    assert "give the device a link of its own" in message


def absent(text: str, device: str, point: str) -> str:
    """The site with one point of a device declared absent."""
    before = f"  - id: {device}\n"
    assert before in text
    return text.replace(before, f"{before}    absent: [{point}]\n", 1)


def test_a_point_that_a_device_lacks_is_no_point_of_the_site() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    whole = parse_site(text, "site.yaml", PROFILES).site.points
    less = parse_site(absent(text, "intake_a", "frequency_hz"), "site.yaml", PROFILES).site.points

    assert whole.keys() - less.keys() == {"intake_a.frequency_hz"}


@pytest.mark.parametrize(
    ("point", "remedy"),
    [
        ("active_energy_kwh", "as absent; take it out of one"),
        ("no_such", "has no point 'no_such' that could be absent"),
    ],
)
def test_an_absent_point_that_is_needed_or_unknown_is_named(point: str, remedy: str) -> None:
    text = absent(SHIPPED.read_text(encoding="utf-8"), "intake_a", point)

    with pytest.raises(SiteFileError) as refused:
        parse_site(text, "site.yaml", PROFILES)

    assert remedy in str(refused.value)


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


# Of the heat chain and what is declared: wrong text, the field that must be named, the remedy.
CHAIN_MISTAKES = [
    ("meters: [pv_meter], attributes", "meters: [pv_mater], attributes", "renewables", "no meter"),
    ("ashrae_class: A1", "ashrae_class: A9", "envelope.air.ashrae_class", "'A1'"),
    ("devices: [pdu_01, pdu_02,", "devices: [pdu_01, pdu_99,", "inlets.devices.1", "no device"),
    ("supply: return_temp_degc", "supply: return_temp", "envelope.liquid.supply", "no point"),
    ("device: loop_exchanger\n  clean", "device: pdu_01\n  clean", "exchanger.device", "no point"),
    ("threshold_ratio: 0.75", "threshold_ratio: 1.75", "exchanger.threshold_ratio", "less than 1"),
    (
        "requested: loop_exchanger.requested_heat_kw",
        "requested: loop.heat",
        "heat_offer",
        "no device",
    ),
    ("until: 2027-01-01, min", "until: 2017-01-01, min", "takers.0.until", "not after 'from'"),
    ("low_kgco2e_per_kwh: 0.116", "low_kgco2e_per_kwh: 0.9", "displaced_heat", "upside down"),
    ("heat_pump_outputs: [heat_meter_loop]", "heat_pump_outputs: [loop]", "outputs.0", "no meter"),
    ("device: heat_meter_greenhouse}", "device: pdu_01}", "heat_branches.1.device", "no point"),
    ("{id: greenhouse,", "{id: loop,", "heat_branches.1.id", "used twice"),
    ("power: heat_power_kw", "power: supply_temp_degc", "power", "name one of heat_power"),
    ("kpi: refrigerant_gwp", "kpi: pue", "figures.0.kpi", "no KPI that is declared; use one of"),
    ("loss_max_ratio: 0.05", "loss_max_ratio: -0.05", "thermal_nodes.0", "greater than"),
]


@pytest.mark.parametrize(
    ("right", "wrong", "field", "remedy"), CHAIN_MISTAKES, ids=[m[2] for m in CHAIN_MISTAKES]
)
def test_a_mistake_in_the_heat_chain_is_named(
    right: str, wrong: str, field: str, remedy: str
) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert right in text, right

    with pytest.raises(SiteFileError) as refused:
        parse_site(text.replace(right, wrong, 1), "site.yaml", PROFILES)

    assert any(field in m and remedy in m for m in str(refused.value).splitlines()), str(
        refused.value
    )


def test_a_site_without_a_heat_chain_is_a_site() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    bare = parse_site(text[: text.index("# Shown on the live page")], "site.yaml", PROFILES).site

    assert bare.exchanger is None
    assert bare.declared.renewables is None


def test_a_third_heat_taker_needs_the_site_file_alone() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    third = "  - {id: pool, label_fr: Piscine, label_en: Pool, device: heat_meter_source}\n"
    site = parse_site(
        text.replace("heat_pumps: [", third + "heat_pumps: [", 1), "site.yaml", PROFILES
    ).site

    flow = power_flow(site, {})
    assert [one.id for one in flow.heat_branches] == ["loop", "greenhouse", "pool"]
    assert flow_diagram(flow).heat[2].branch == flow.heat_branches[2]


def test_a_report_of_an_unknown_taker_or_given_twice_is_refused() -> None:
    report = "{taker: TAKER, month: 2026-01, heat_kwh: 10000, u_ratio: 0.02, source: its bill}"
    mine, stranger = (report.replace("TAKER", one) for one in ("greenhouses", "nobody"))
    text = SHIPPED.read_text(encoding="utf-8").replace(
        "  trajectory_base:", f"  taker_reports: [{mine}, {mine}, {stranger}]\n  trajectory_base:"
    )

    with pytest.raises(SiteFileError) as refused:
        parse_site(text, "site.yaml", PROFILES)

    assert "stands twice" in str(refused.value)
    assert "no taker 'nobody'" in str(refused.value)


ENDPOINT = 'endpoint: "opc.tcp://127.0.0.1:15040/boucle"'
SECRET = "hunt3r"


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        (f'endpoint: "opc.tcp://bms:{SECRET}@10.0.0.5:4840/x"', "do not stand in an address"),
        (f'endpoint: "opc.tcp:/bms:{SECRET}@10.0.0.5:4840"', "should match pattern"),
        (f'endpoint: "opc.tcp://10.0.0.5/x?password={SECRET}"', "do not stand in an address"),
        ('endpoint: "opc.tcp://10.0.0.5:port/x"', "needs a host, and a port"),
        ('endpoint: "opc.tcp:///x"', "needs a host, and a port"),
        (f"{ENDPOINT}, password: {SECRET}", "login: {user: {env"),
        (f"{ENDPOINT}, login: {SECRET}", "valid dictionary"),
        (f"{ENDPOINT}, login: {{user: {{env: U}}, password: {SECRET}}}", "{env: NAME_OF_A"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(wrong: str, remedy: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert ENDPOINT in text

    with pytest.raises(SiteFileError) as refused:
        parse_site(text.replace(ENDPOINT, wrong, 1), "site.yaml", PROFILES)

    assert remedy in str(refused.value)
    assert SECRET not in str(refused.value)
    assert len(refused.value.problems) == 1


def test_a_login_names_the_places_of_its_secrets() -> None:
    login = "login: {user: {env: BMS_USER}, password: {file: /run/secrets/bms}}"
    text = SHIPPED.read_text(encoding="utf-8").replace(ENDPOINT, f"{ENDPOINT}, {login}", 1)

    [link] = [
        one
        for one in parse_site(text, "site.yaml", PROFILES).installation.links
        if isinstance(one, OpcUaLink)
    ]

    assert link.login is not None
    assert str(link.login.password) == "file /run/secrets/bms"
