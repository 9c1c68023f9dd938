from pathlib import Path
from textwrap import dedent

import pytest

from collectors.errors import ProfileError
from collectors.profiles.errors import ProfileFilesError
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles, shelved
from collectors.profiles.schema import ModbusProfile, OpcUaProfile

SHIPPED = {
    "chiller",
    "crah",
    "dry_cooler",
    "energy_meter",
    "free_cooling",
    "genset",
    "heat_meter",
    "heat_pump",
    "pdu",
    "pdu_outlets",
    "plate_exchanger",
    "sound_meter",
    "ups",
    "water_meter",
    "weather_mast",
}

SOUND = """\
id: probe
protocol: modbus
vendor: nobody
model: P1
datasheet: {title: Probe, revision: "1"}
maturity: bronze
readable_ranges:
  - {space: holding, start: 0, end: 20}
points:
  - {name: energy_kwh, quantity: active_energy, kind: counter, space: holding, address: 0,
     type: u32, unit: Wh}
  - {name: power_kw, quantity: active_power, kind: gauge, space: holding, address: 2,
     type: i16, unit: W, nan_values: [0x8000, -1]}
"""
BUS = """\
id: probe
protocol: opcua
vendor: nobody
model: P1
datasheet: {title: Probe, revision: "1"}
maturity: bronze
namespace_uri: "urn:x"
points:
  - {name: power_kw, quantity: active_power, kind: gauge, node: "{object}.Power", unit: W}
"""


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(ProfileFilesError) as caught:
        load_profiles(folder)
    assert isinstance(caught.value, ProfileError)
    return [problem.sentence() for problem in caught.value.problems]


def test_every_shipped_profile_is_sound() -> None:
    profiles = load_profiles(SHIPPED_PROFILES)
    assert set(profiles) == SHIPPED
    for profile in profiles.values():
        assert "simulated" in profile.vendor


def test_shipped_profiles_differ_in_their_encodings() -> None:
    profiles = [p for p in load_profiles(SHIPPED_PROFILES).values() if isinstance(p, ModbusProfile)]
    points = [point for profile in profiles for point in profile.points]
    assert {p.type for p in points} >= {"u16", "i16", "u32", "i32", "u64", "f32"}
    assert {p.word_order for p in points} == {p.byte_order for p in points} == {"big", "little"}
    assert {p.space for p in points} == {"holding", "input"}
    assert min(p.max_span for p in profiles) <= 20
    assert any(p.modulus for p in points)


def test_counters_resolve_a_quarter_of_an_hour() -> None:
    for profile in load_profiles(SHIPPED_PROFILES).values():
        for point in profile.points:
            if isinstance(profile, OpcUaProfile) or point.quantity != "active_energy":
                continue
            assert point.unit == "Wh"
            assert point.scale <= 10


def test_sound_profiles_of_both_kinds(tmp_path: Path) -> None:
    (tmp_path / "probe.yaml").write_text(SOUND)
    (tmp_path / "bus.yaml").write_text(BUS.replace("id: probe", "id: bus"))
    assert set(load_profiles(tmp_path)) == {"probe", "bus"}


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "words"),
    [
        ("id: probe", "id: prob", 1, "id", "not the file's name"),
        ("id: probe", "id: Probe", 1, "id", "match pattern"),
        ("vendor: nobody\n", "", 1, "vendor", "is missing; add it"),
        ("maturity: bronze", "maturity: tin", 6, "maturity", "'bronze'"),
        ("maturity: bronze", "maturity: bronze\nspan: 3", 7, "span", "not a field"),
        ("protocol: modbus", "protocol: serial", 2, "protocol", "must be one of modbus, opcua"),
        ("unit: Wh", "unit: kW", 11, "points.0.unit", "does not measure active_energy"),
        ("kind: counter", "kind: gauge", 10, "points.0.kind", "is a counter, not a gauge"),
        ("kind: gauge", "kind: counter", 12, "points.1.kind", "is a gauge, not a counter"),
        ("address: 2,", "address: 1,", 12, "points.1.address", "overlaps energy_kwh"),
        ("address: 2,", "address: 20,", 12, "points.1.address", "not inside one readable range"),
        ("type: i16", "type: i17", 13, "points.1.type", "'i16'"),
        ("power_kw", "energy_kwh", 12, "points.1.name", "name of an earlier point"),
        ("[0x8000, -1]", "[0x18000]", 13, "points.1.nan_values", "does not fit i16"),
        ("unit: Wh", "unit: Wh, modulus: 9999999999", 11, "points.0.modulus", "does not fit u32"),
        ("unit: W,", "unit: W, modulus: 10,", 13, "points.1.modulus", "only a counter"),
        ("unit: Wh", "unit: Wh, scale: -1", 11, "points.0.scale", "run backwards"),
        ("unit: Wh", "unit: Wh, scale: 0", 11, "points.0.scale", "other than zero"),
        ("unit: Wh", "unit: Wh, offset: .inf", 11, "points.0.offset", "finite"),
        ("end: 20}", "end: 0}", 8, "readable_ranges.0.end", "greater than or equal to 1"),
        ("start: 0, end: 20", "start: 9, end: 9", 8, "readable_ranges.0.end", "not after start"),
        ("maturity: bronze", "maturity: bronze\nmax_span: 1", 12, "points.0.type", "raise it"),
        ("id: probe\n", "id: probe\nid: probe\n", 2, "YAML", "given twice"),
    ],
)
def test_one_mistake_is_told_with_line_field_and_remedy(
    tmp_path: Path, old: str, new: str, line: int, field: str, words: str
) -> None:
    path = tmp_path / "probe.yaml"
    assert old in SOUND
    path.write_text(SOUND.replace(old, new, 1))
    sentences = problems_of(tmp_path)
    hits = [s for s in sentences if s.startswith(f"{path}:{line}: {field}: ") and words in s]
    assert hits, sentences


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("{object}.Power", "Power", "points.0.node", "lacks {object}"),
        ("{object}.Power", "ns=1;s={object}/P", "points.0.node", "write 's={object}/P'"),
        ("{object}.Power", "i=twelve", "points.0.node", "a whole number"),
        ("unit: W}", "unit: degC}", "points.0.unit", "does not measure"),
        ("unit: W}", "unit: W, modulus: 9.0}", "points.0.modulus", "only a counter"),
        ("points:\n", "points:\n" + BUS.splitlines(keepends=True)[-1].replace("power_kw", "b_kw"),
         "points.1.node", "already the node of b_kw"),
    ],
)  # fmt: skip
def test_mistakes_in_node_maps(tmp_path: Path, old: str, new: str, field: str, words: str) -> None:
    (tmp_path / "probe.yaml").write_text(BUS.replace(old, new, 1))
    assert any(f": {field}: " in s and words in s for s in problems_of(tmp_path))


@pytest.mark.parametrize("node", ["i=1374562933", "nsu=urn:y;s={object}/P", "s=Power"])
def test_whole_node_ids_are_taken(tmp_path: Path, node: str) -> None:
    (tmp_path / "probe.yaml").write_text(BUS.replace("{object}.Power", node, 1))
    assert set(load_profiles(tmp_path)) == {"probe"}


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "probe.yaml").write_text(
        SOUND.replace("unit: Wh", "unit: kW")
        .replace("address: 2,", "address: 1,")
        .replace("model: P1\n", "")
        .replace("start: 0, end: 20", "start: 0, end: 20, stop: 4")
    )
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    (tmp_path / "latin.yaml").write_bytes(b"id: \xe9\n")
    (tmp_path / "torn.yaml").write_text("id: [\n")
    text = "\n".join(problems_of(tmp_path))
    for words in (
        "points.0.unit",
        "points.1.address",
        "model: is missing",
        "stop: is not a field",
        "a profile is a mapping",
        "check the file and its encoding",
        "torn.yaml:2: YAML",
    ):
        assert words in text, text


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    assert "holds no *.yaml" in problems_of(tmp_path)[0]


def test_a_broken_range_does_not_accuse_the_points_inside_it(tmp_path: Path) -> None:
    (tmp_path / "probe.yaml").write_text(
        SOUND.replace("space: holding, start: 0", "space: hold, start: 0")
    )
    [problem] = problems_of(tmp_path)
    assert "readable_ranges.0.space: Input should be 'holding' or 'input'; got 'hold'" in problem


def test_a_broken_point_alone_is_one_mistake(tmp_path: Path) -> None:
    (tmp_path / "probe.yaml").write_text(BUS.replace("active_power", "power"))
    [problem] = problems_of(tmp_path)
    assert "'active_power'" in problem
    assert "'temperature'" in problem


def test_an_unknown_field_is_told_with_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "probe.yaml").write_text(BUS.replace("unit: W}", "unit: W, scael: 2}"))
    [problem] = problems_of(tmp_path)
    assert "points.0.scael: is not a field here; did you mean scale? use name, quantity," in problem


def test_a_shelf_keeps_what_is_sound_and_the_upper_one_goes_first(tmp_path: Path) -> None:
    lower, upper = tmp_path / "lower", tmp_path / "upper"
    for folder in (lower, upper):
        folder.mkdir()
    (lower / "probe.yaml").write_text(SOUND)
    (lower / "other.yaml").write_text(SOUND.replace("id: probe", "id: other"))
    (lower / "torn.yaml").write_text("id: [\n")
    (upper / "probe.yaml").write_text(SOUND.replace("model: P1", "modell: P1"))
    (upper / "torn.yaml").write_text(BUS.replace("id: probe", "id: torn"))
    shelf = shelved(lower).under(shelved(upper))
    assert set(shelf.profiles) == {"other", "torn"}
    assert set(shelf.broken) == {"probe"}
    assert any("did you mean model?" in one.message for one in shelf.broken["probe"])


def test_ranges_that_overlap(tmp_path: Path) -> None:
    extra = dedent("""\
        readable_ranges:
          - {space: holding, start: 10, end: 30}
        """)
    (tmp_path / "probe.yaml").write_text(SOUND.replace("readable_ranges:\n", extra))
    assert any("overlaps an earlier range" in s for s in problems_of(tmp_path))
