"""From the wire to the value and back, for every point of the shipped site on its simulators."""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from collectors.assemble import assemble
from collectors.lessons import LessonsInMemory
from collectors.profiles.library import SHIPPED_PROFILES, load_profiles
from collectors.profiles.schema import ModbusPoint
from collectors.raw import RawPoint, RawRegisters, RawVariable
from models.legal_time.days import to_us
from models.readings import Quality
from models.units import affine_to_canonical
from service.explain.point import PointExplanation, explain_point
from service.explain.wiring import NodeAddress, RegisterAddress, table_address, wiring_of
from service.site.loader import load_site
from service.site.site import InstalledSite
from simulators.plant import Plant
from simulators.serving import simulation
from simulators.site import load_simulated_site
from tests.simulators.sites import HandClock, text_on_free_ports

_FORMAT = {
    "u16": "H",
    "i16": "h",
    "u32": "I",
    "i32": "i",
    "u64": "Q",
    "i64": "q",
    "f32": "f",
    "f64": "d",
}


@dataclass(frozen=True)
class Read:
    """What one poll of every device brought, and the words that were kept of it."""

    installed: InstalledSite
    value: Mapping[str, float]
    quality: Mapping[str, Quality]
    ts_us: Mapping[str, int]
    raw: Mapping[str, RawPoint]

    def explained(self, key: str) -> PointExplanation:
        point = self.installed.site.points[key]
        return explain_point(point, wiring_of(self.installed, key), self.raw.get(key))


@pytest.fixture(scope="module")
def site_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explain") / "site.yaml"
    path.write_text(text_on_free_ports(), encoding="utf-8")
    return path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def read(site_file: Path) -> Read:
    installed = load_site(site_file, load_profiles(SHIPPED_PROFILES))
    site = load_simulated_site(site_file, SHIPPED_PROFILES)
    keys = list(installed.site.points)
    async with simulation(site, Plant(seed=7), clock=HandClock()):
        assembly = assemble(
            installed.installation,
            installed.profiles,
            {key: n for n, key in enumerate(keys)},
            LessonsInMemory(),
        )
        polls = [await wired.source.poll(probe=False) for wired in assembly.wired]
        raw = {one.key: one for wired in assembly.wired for one in wired.source.raw()}
        for link in assembly.links:
            await link.close()
    batches = [poll.batch for poll in polls]
    ids = [keys[n] for batch in batches for n in batch.point_id.tolist()]
    columns = {
        name: np.concatenate([getattr(batch, name) for batch in batches]).tolist()
        for name in ("value", "quality", "ts_us")
    }
    return Read(
        installed=installed,
        value=dict(zip(ids, columns["value"], strict=True)),
        quality={k: Quality(q) for k, q in zip(ids, columns["quality"], strict=True)},
        ts_us=dict(zip(ids, columns["ts_us"], strict=True)),
        raw=raw,
    )


module = pytest.mark.asyncio(loop_scope="module")


@module
async def test_the_kept_words_of_every_point_are_its_reading(read: Read) -> None:
    assert set(read.value) == set(read.installed.site.points)
    protocols: dict[str, int] = {}
    for key, value in read.value.items():
        told = read.explained(key)
        assert told.wiring is not None
        assert told.words is not None
        assert told.words.decoded is not None, key
        shown = told.words.decoded
        assert shown.value == (None if math.isnan(value) else value), key
        assert shown.quality == read.quality[key], key
        assert told.words.failure is None
        kind = told.wiring.profile.protocol
        protocols[kind] = protocols.get(kind, 0) + 1
        if kind == "modbus":
            assert told.words.read_at is not None
            assert to_us(told.words.read_at) == read.ts_us[key]
    assert min(protocols["modbus"], protocols["opcua"]) > 5


@module
async def test_a_reader_can_work_the_value_out_from_what_is_shown(read: Read) -> None:
    """By struct, from address and order as they are told: no decoder of ours is asked."""
    seen: set[tuple[str, str, str]] = set()
    for key, value in read.value.items():
        told = read.explained(key)
        if math.isnan(value) or told.words is None or told.wiring is None:
            continue
        raw, address, line = told.words.raw, told.wiring.address, told.wiring.line
        if isinstance(raw, RawVariable):
            assert isinstance(raw.value, int | float)
            number = float(raw.value)
        else:
            assert isinstance(raw, RawRegisters)
            assert isinstance(address, RegisterAddress)
            assert isinstance(line, ModbusPoint)
            assert len(raw.words) == address.count
            words = raw.words if address.word_order == "big" else raw.words[::-1]
            order = ">" if address.byte_order == "big" else "<"
            data = b"".join(struct.pack(f"{order}H", word) for word in words)
            number = float(struct.unpack(f">{_FORMAT[address.type]}", data)[0])
            seen.add((address.type, address.word_order, address.byte_order))
        # The scale of the datasheet, then its unit.
        factor, offset = affine_to_canonical(line.unit, line.quantity)
        expected = (number * line.scale + line.offset) * factor + offset
        assert value == pytest.approx(expected, rel=1e-9, abs=1e-9), key
        step = told.wiring.conversion
        assert value == pytest.approx(step.factor * number + step.offset, rel=1e-12, abs=1e-12)
    assert {"f32", "u32", "u64", "i16"} <= {one for one, _, _ in seen}
    assert {"little"} <= {word for _, word, _ in seen}
    assert {"little"} <= {byte for _, _, byte in seen}


@module
async def test_addresses_are_told_as_requests_and_as_datasheets_have_them(read: Read) -> None:
    power = read.explained("intake_a.active_power_kw").wiring
    assert power is not None
    assert isinstance(power.address, RegisterAddress)
    assert (power.address.unit, power.address.function) == (1, 3)
    assert (power.address.address, power.address.table_address) == (1020, "41021")
    assert power.endpoint.startswith("127.0.0.1:")
    ups = read.explained("ups_b.output_energy_kwh").wiring
    assert ups is not None
    assert isinstance(ups.address, RegisterAddress)
    assert (ups.address.function, ups.address.table_address) == (4, "30103")
    variables = [
        wiring
        for key in read.value
        if (wiring := wiring_of(read.installed, key)) is not None
        and isinstance(wiring.address, NodeAddress)
    ]
    assert all(one.endpoint.startswith("opc.tcp://") for one in variables)
    assert all("{object}" not in str(one.address) or one.device.object for one in variables)


@pytest.mark.parametrize(
    ("space", "address", "told"),
    [
        ("holding", 0, "40001"),
        ("holding", 9998, "49999"),
        ("holding", 9999, "410000"),
        ("input", 65535, "365536"),
    ],
)
def test_tables_count_from_one(space: str, address: int, told: str) -> None:
    assert table_address(space, address) == told


@module
async def test_words_of_another_place_are_shown_and_not_decoded(read: Read) -> None:
    key = "intake_a.active_power_kw"
    point, wiring, raw = (
        read.installed.site.points[key],
        wiring_of(read.installed, key),
        read.raw[key],
    )
    assert isinstance(raw.raw, RawRegisters)
    for other in (
        replace(raw.raw, unit=9),
        replace(raw.raw, space="input"),
        replace(raw.raw, address=7),
        replace(raw.raw, words=(*raw.raw.words, 0)),
    ):
        told = explain_point(point, wiring, replace(raw, raw=other))
        assert told.words is not None
        assert told.words.raw == other
        assert told.words.decoded is None
    never = explain_point(point, wiring, None)
    assert never.words is None
    refused = RawPoint(key=key, read_us=None, raw=None, failed_us=5, failure="refused")
    told = explain_point(point, wiring, refused)
    assert told.words is not None
    assert (told.words.raw, told.words.decoded, told.words.read_at) == (None, None, None)
    assert told.words.failure == "refused"


@module
async def test_a_variable_that_is_no_number_is_no_value(read: Read) -> None:
    key, raw = next((k, r) for k, r in read.raw.items() if isinstance(r.raw, RawVariable))
    assert isinstance(raw.raw, RawVariable)
    point, wiring = read.installed.site.points[key], wiring_of(read.installed, key)
    for value, data_type, quality in (
        ("nan", "Double", Quality.NOT_AVAILABLE),
        ("inf", "Float", Quality.NOT_AVAILABLE),
        ("closed", "String", Quality.BAD),
        (None, None, Quality.NOT_AVAILABLE),
    ):
        other = replace(raw, raw=replace(raw.raw, value=value, data_type=data_type))
        words = explain_point(point, wiring, other).words
        assert words is not None
        assert words.decoded is not None
        assert (words.decoded.value, words.decoded.quality) == (None, quality)
    elsewhere = replace(raw, raw=replace(raw.raw, node="nsu=urn:x;s=other"))
    words = explain_point(point, wiring, elsewhere).words
    assert words is not None
    assert words.decoded is None


@module
async def test_a_point_that_no_device_has_is_not_wired(read: Read) -> None:
    for key in ("intake_a.nothing", "nobody.active_power_kw"):
        assert wiring_of(read.installed, key) is None
