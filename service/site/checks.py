"""What a site file must keep beyond its shape: names that exist, units that fit, no circles."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from collectors.installation import Device, ModbusLink, link_problems
from collectors.profiles.errors import ProfileProblem
from collectors.profiles.node_ids import object_problems
from collectors.profiles.schema import ModbusPoint, OpcUaPoint, OpcUaProfile, Profile
from collectors.rates import rate_problems
from collectors.variants import absent_problems, read_twice
from models.metering.problems import tree_problems
from models.metering.tree import QUANTITY_OF_ROLE
from models.quantities import Quantity
from models.site.heat import EXCHANGER_POINTS
from service.site.declarations import HeatOfferShape, ThermalNodeShape
from service.site.errors import Problem
from service.site.meter_checks import event_complaints, role_complaints
from service.site.meters import format_of, meters_of
from service.site.schema import MeterShape, SiteFile

Path = tuple[str | int, ...]
LineOf = Callable[[Path], int]
AnyPoint = ModbusPoint | OpcUaPoint
BrokenProfiles = Mapping[str, Sequence[ProfileProblem]]


class SiteChecker:
    """Collects every problem of one site file instead of stopping at the first."""

    def __init__(
        self,
        site_file: SiteFile,
        profiles: Mapping[str, Profile],
        file_path: Callable[[Path], Path],
        line_of: LineOf,
        *,
        broken: BrokenProfiles | None = None,
        nameless: frozenset[str] = frozenset(),
    ) -> None:
        """``nameless`` are groups of which not every id is known: nothing is unknown there."""
        self._broken = dict(broken or {})
        self._nameless = nameless
        self._file = site_file
        self._profiles = profiles
        self._file_path = file_path
        self._line_of = line_of
        self._devices = {device.id: device for device in site_file.devices}
        self.problems: list[Problem] = []

    def run(self) -> list[Problem]:
        """Check everything and return what is wrong."""
        self._unique_ids()
        for index, device in enumerate(self._file.devices):
            self._device(index, device)
        self._links()
        self._read_twice()
        for index, meter in enumerate(self._file.meters):
            self._meter(index, meter)
        self._tree()
        self._noise()
        self._shown_devices()
        self._declared()
        self._heat_chain()
        return self.problems

    def _add(self, path: Path, message: str) -> None:
        path = self._file_path(path)
        field = ".".join(str(part) for part in path)
        self.problems.append(Problem(self._line_of(path), field, message))

    def _unique_ids(self) -> None:
        groups: tuple[tuple[str, Iterable[str]], ...] = (
            ("links", (x.id for x in self._file.links)),
            ("devices", (x.id for x in self._file.devices)),
            ("buses", (x.id for x in self._file.buses)),
            ("meters", (x.id for x in self._file.meters)),
            ("heat_branches", (x.id for x in self._file.heat_branches)),
        )
        for group, ids in groups:
            seen: set[str] = set()
            for index, one in enumerate(ids):
                if one in seen:
                    self._add((group, index, "id"), f"{one!r} is used twice; give it its own name")
                seen.add(one)

    def _device(self, index: int, device: Device) -> None:
        links = {link.id: link for link in self._file.links}
        link = links.get(device.link)
        profile = self._profiles.get(device.profile)
        path: Path = ("devices", index)
        if link is None and "links" not in self._nameless:
            self._add((*path, "link"), f"no link {device.link!r}; use {_one_of(links)}")
        if profile is None:
            self._no_profile((*path, "profile"), device.profile)
        if link is None or profile is None:
            return
        for problem in absent_problems(device, profile):
            self._add((*path, "absent"), problem)
        for problem in rate_problems(device, profile):
            self._add((*path, "poll_s_of"), problem)
        if link.protocol != profile.protocol:
            self._add(
                (*path, "profile"),
                f"profile {device.profile!r} speaks {profile.protocol}, link {link.id!r} "
                f"{link.protocol}; choose a link of the profile's protocol",
            )
        elif isinstance(link, ModbusLink) and device.unit is None:
            self._add((*path, "unit"), "a Modbus device needs its unit id (0 to 255); add 'unit'")
        elif isinstance(profile, OpcUaProfile):
            for message in object_problems(device.object, profile):
                self._add((*path, "object"), message)

    def _no_profile(self, path: Path, name: str) -> None:
        """Say what is wrong with a broken profile once, however many devices use it."""
        found = self._broken.get(name)
        if found is None:
            self._add(path, f"no profile {name!r}; use {_one_of(self._profiles)}")
            return
        self._broken[name] = ()
        for problem in found:
            self._add(path, f"profile {name!r} cannot be used: {problem.sentence()}")

    def _links(self) -> None:
        for index, link in enumerate(self._file.links):
            if isinstance(link, ModbusLink):
                behind = [d for d in self._file.devices if d.link == link.id]
                for problem in link_problems(link, behind):
                    self._add(("links", index), problem)

    def _read_twice(self) -> None:
        """Two devices that read the same points would count everything twice."""
        for index, first in read_twice(self._file.devices, self._profiles):
            device = self._file.devices[index]
            self._add(
                ("devices", index, "object" if device.unit is None else "unit"),
                f"device {first.id!r} reads the same points of link {device.link!r}: give each its "
                "own unit, object or profile, or declare as 'absent' what the other one reads",
            )

    def _point(self, path: Path, device_id: str, name: str | None) -> AnyPoint | None:
        if name is None:
            return None
        device = self._devices.get(device_id)
        if device is None:
            return None
        profile = self._profiles.get(device.profile)
        if profile is None:
            return None
        if name in device.absent:
            self._add(
                path,
                f"device {device_id!r} declares its point {name!r} as absent; take it out of one",
            )
            return None
        points: tuple[AnyPoint, ...] = profile.points
        for point in points:
            if point.name == name:
                return point
        names = _one_of(point.name for point in points)
        self._add(path, f"device {device_id!r} has no point {name!r}; use {names}")
        return None

    def _known_device(self, path: Path, device_id: str) -> bool:
        if device_id in self._devices:
            return True
        if "devices" not in self._nameless:
            self._add(path, f"no device {device_id!r}; use {_one_of(self._devices)}")
        return False

    def _meter(self, index: int, meter: MeterShape) -> None:
        path: Path = ("meters", index)
        if not self._known_device((*path, "device"), meter.device):
            return
        wanted = QUANTITY_OF_ROLE[meter.role]
        register = self._point((*path, "register"), meter.device, meter.register_)
        if register is not None and (register.quantity is not wanted or register.kind != "counter"):
            self._add(
                (*path, "register"),
                f"{meter.register_!r} is a {register.kind} of {register.quantity.value}, but a "
                f"{meter.role.value} meter is read from a counter of {wanted.value}",
            )
        power, rate = self._point((*path, "power"), meter.device, meter.power), _RATE_OF.get(wanted)
        if power is not None and power.quantity is not rate:
            self._add(
                (*path, "power"),
                f"{meter.power!r} is a gauge of {power.quantity.value}, not of what the register "
                f"counts; name one of {rate.value}, or none"
                if rate is not None
                else f"no gauge bears witness to a register of {wanted.value}; leave it out",
            )
        volume = self._point((*path, "volume"), meter.device, meter.volume)
        if volume is not None and volume.quantity is not Quantity.VOLUME:
            self._add((*path, "volume"), f"{meter.volume!r} is not a volume; name the m3 register")
        modulus = format_of(register).modulus
        for field, message in (*role_complaints(meter), *event_complaints(meter, modulus)):
            self._add((*path, *field), message)
        expected = _ACCURACY_OF_QUANTITY[wanted]
        if meter.accuracy.kind != expected:
            self._add(
                (*path, "accuracy"),
                f"a {meter.role.value} meter has an accuracy of kind {expected!r}, "
                f"not {meter.accuracy.kind!r}",
            )

    def _tree(self) -> None:
        if self._nameless & {"meters", "buses"}:
            return
        index_of = {meter.id: index for index, meter in enumerate(self._file.meters)}
        meters = meters_of(self._file, self._profiles)
        for meter_id, message in tree_problems(meters, (bus.id for bus in self._file.buses)):
            self._add(("meters", index_of[meter_id], "inside"), f"meter {meter_id!r} {message}")

    def _noise(self) -> None:
        noise = self._file.noise
        if noise is None:
            return
        path: Path = ("noise", "wind")
        if self._known_device((*path, "device"), noise.wind.device):
            self._point((*path, "speed"), noise.wind.device, noise.wind.speed)
        for index, point in enumerate(noise.points):
            path = ("noise", "points", index)
            if self._known_device((*path, "device"), point.device):
                self._point((*path, "level"), point.device, point.level)

    def _shown_devices(self) -> None:
        for index, branch in enumerate(self._file.heat_branches):
            path: Path = ("heat_branches", index, "device")
            if self._known_device(path, branch.device):
                self._point(path, branch.device, "heat_power_kw")
        for index, device in enumerate(self._file.heat_pumps):
            self._known_device(("heat_pumps", index), device)
        if self._file.outdoor_device is not None:
            self._known_device(("outdoor_device",), self._file.outdoor_device)

    def _known_meter(self, path: Path, meter_id: str) -> None:
        known = [meter.id for meter in self._file.meters]
        if meter_id not in known and "meters" not in self._nameless:
            self._add(path, f"no meter {meter_id!r}; use {_one_of(known)}")

    def _declared(self) -> None:
        declared = self._file.declared
        for index, renewable in enumerate(declared.renewables or ()):
            path: Path = ("declared", "renewables", index)
            if bool(renewable.meters) == (renewable.energy_kwh is not None):
                self._add(path, "needs either 'meters' that count it or a declared 'energy_kwh'")
            for n, meter in enumerate(renewable.meters):
                self._known_meter((*path, "meters", n), meter)
        carriers = [one.carrier for one in declared.carriers]
        for index, carrier in enumerate(carriers):
            if carrier in carriers[:index]:
                self._add(("declared", "carriers", index, "carrier"), "stands twice; keep one")
        ranges = ("electricity_carbon_range", "displaced_heat")
        for name in ranges:
            given = getattr(declared, name)
            if given is not None and given.high_kgco2e_per_kwh < given.low_kgco2e_per_kwh:
                self._add(("declared", name), "is upside down: low is above high; exchange them")

    def _heat_chain(self) -> None:
        self._envelope()
        exchanger = self._file.exchanger
        if exchanger is not None and self._known_device(("exchanger", "device"), exchanger.device):
            for name in EXCHANGER_POINTS:
                self._point(("exchanger", "device"), exchanger.device, name)
        if self._file.heat_offer is not None:
            self._offer(self._file.heat_offer)
        for index, meter in enumerate(self._file.heat_pump_outputs):
            self._known_meter(("heat_pump_outputs", index), meter)
        for index, taker in enumerate(self._file.takers):
            self._known_meter(("takers", index, "meter"), taker.meter)
            if taker.until is not None and taker.until <= taker.from_:
                self._add(("takers", index, "until"), "is not after 'from'; correct one of them")
        for index, node in enumerate(self._file.thermal_nodes):
            self._thermal_node(("thermal_nodes", index), node)
        self._taker_reports()

    def _taker_reports(self) -> None:
        known = {taker.id for taker in self._file.takers}
        seen: set[tuple[str, str]] = set()
        for index, report in enumerate(self._file.declared.taker_reports):
            path: Path = ("declared", "taker_reports", index)
            if report.taker not in known and "takers" not in self._nameless:
                self._add((*path, "taker"), f"there is no taker {report.taker!r}; declare it")
            if (report.taker, report.month) in seen:
                self._add((*path, "month"), f"{report.month} of this taker stands twice; keep one")
            seen.add((report.taker, report.month))

    def _offer(self, offer: HeatOfferShape) -> None:
        self._key(("heat_offer", "requested"), offer.requested)
        for side in ("delivered", "rejected", "heat_pump_heat", "heat_pump_power"):
            for n, key in enumerate(getattr(offer, side)):
                self._key(("heat_offer", side, n), key)

    def _key(self, path: Path, key: str) -> None:
        device, _, point = key.partition(".")
        if self._known_device(path, device):
            self._point(path, device, point)

    def _envelope(self) -> None:
        air, liquid = self._file.envelope.air, self._file.envelope.liquid
        if air is not None:
            for index, device in enumerate(air.inlets.devices):
                path: Path = ("envelope", "air", "inlets", "devices", index)
                if self._known_device(path, device):
                    self._point(path, device, air.inlets.point)
        if liquid is not None and self._known_device(
            ("envelope", "liquid", "device"), liquid.device
        ):
            self._point(("envelope", "liquid", "supply"), liquid.device, liquid.supply)

    def _thermal_node(self, path: Path, node: ThermalNodeShape) -> None:
        for side, meters in (("inputs", node.inputs), ("outputs", node.outputs)):
            for n, term in enumerate(meters):
                if "." in term:
                    self._key((*path, side, n), term)
                else:
                    self._known_meter((*path, side, n), term)
        if node.loss_max_ratio < node.loss_min_ratio:
            self._add((*path, "loss_max_ratio"), "is below loss_min_ratio; exchange them")


# Every device of a large site.
_NAMED_AT_MOST = 100
_RATE_OF = {
    Quantity.ACTIVE_ENERGY: Quantity.ACTIVE_POWER,
    Quantity.HEAT_ENERGY: Quantity.HEAT_POWER,
    Quantity.VOLUME: Quantity.VOLUME_FLOW,
}
_ACCURACY_OF_QUANTITY = {
    Quantity.ACTIVE_ENERGY: "electricity",
    Quantity.VOLUME: "volume",
    Quantity.FUEL_VOLUME: "volume",
    Quantity.HEAT_ENERGY: "heat",
}


def _one_of(names: Iterable[str]) -> str:
    listed = list(names)
    named = ", ".join(listed[:_NAMED_AT_MOST]) or "none yet"
    return named + (", …" if len(listed) > _NAMED_AT_MOST else "")
