"""The French and the English name of what a site is made of."""

from collections.abc import Mapping
from typing import TypeAlias

from models.site.devices import device_of
from models.site.site import Site

Labels: TypeAlias = Mapping[str, tuple[str, str]]


def labels_of(site: Site) -> Labels:
    """Names of meters, buses, thermal nodes and points, by id or key.

    Parameters
    ----------
    site : Site
        Devices carry the names; a meter and a point are called as their device.

    Returns
    -------
    mapping of str to (str, str)
        French and English.
    """
    devices = {one.id: (one.label_fr, one.label_en) for one in site.devices.values()}
    meters = {one.id: devices[device_of(one.point)] for one in site.tree.meters.values()}
    nodes = {one.id: (one.label_fr, one.label_en) for one in site.thermal_nodes}
    points = {key: devices[one.device] for key, one in site.points.items()}
    return {**points, **meters, **nodes, **site.bus_labels}


def joined_labels(labels: Labels, names: tuple[str, ...]) -> tuple[str, str]:
    """One French and one English name for several things; an id without a name stands for itself.

    Examples
    --------
    >>> joined_labels({"a": ("Pompe A", "Pump A")}, ("a", "b"))
    ('Pompe A / b', 'Pump A / b')
    """
    each = [labels.get(one, (one, one)) for one in names]
    return " / ".join(french for french, _ in each), " / ".join(english for _, english in each)
