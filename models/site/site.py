"""One data centre as everything that is reckoned about it sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.metering.sums import SiteSums
from models.metering.tree import MeterTree
from models.site.declarations import Declarations
from models.site.devices import Device, SitePoint
from models.site.disclosure import Disclosure
from models.site.envelope import Envelope
from models.site.heat import Exchanger, HeatBranch, HeatOfferPoints, HeatTaker, ThermalNode
from models.site.identity import Identity
from models.site.noise import NoiseMonitoring


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site without its addresses: who it is, what is measured where, what is declared.

    ``devices`` and ``points`` are by id and by key; ``bus_labels`` hold the French and the English
    name of a bus. ``heat_pumps`` and ``outdoor_device`` are ids of devices, ``heat_pump_outputs``
    of the hand-over meters behind the heat pumps.
    """

    identity: Identity
    devices: Mapping[str, Device]
    points: Mapping[str, SitePoint]
    tree: MeterTree
    bus_labels: Mapping[str, tuple[str, str]]
    noise: NoiseMonitoring | None = None
    heat_branches: tuple[HeatBranch, ...] = ()
    heat_pumps: tuple[str, ...] = ()
    heat_pump_outputs: tuple[str, ...] = ()
    outdoor_device: str | None = None
    declared: Declarations = field(default_factory=Declarations)
    envelope: Envelope = field(default_factory=Envelope)
    exchanger: Exchanger | None = None
    heat_offer: HeatOfferPoints | None = None
    takers: tuple[HeatTaker, ...] = ()
    thermal_nodes: tuple[ThermalNode, ...] = ()
    disclosure: Disclosure = field(default_factory=Disclosure)


def site_sums(site: Site) -> SiteSums:
    """The named sums of a site, with what it declares of its heat pumps and renewables.

    Parameters
    ----------
    site : Site
        Its tree and declarations.

    Returns
    -------
    SiteSums
        Fixed for the site.
    """
    renewables = site.declared.renewables or ()
    return SiteSums(
        site.tree,
        heat_pump_outputs=site.heat_pump_outputs,
        renewables=[one.meters for one in renewables if one.meters is not None],
    )
