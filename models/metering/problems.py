"""What can be wrong with a meter tree."""

from collections.abc import Iterable

from models.metering.tree import AT_BOUNDARY, Meter, Role

_IT = frozenset({Role.UPS_INPUT, Role.UPS_OUTPUT, Role.PDU})


def tree_problems(meters: Iterable[Meter], buses: Iterable[str]) -> list[tuple[str, str]]:
    """Say what is wrong with a tree: pairs of meter id and a sentence with the remedy."""
    by_id = {meter.id: meter for meter in meters}
    known = set(by_id) | set(buses)
    problems: list[tuple[str, str]] = []
    for meter in by_id.values():
        if meter.inside is not None and meter.inside not in known:
            problems.append(
                (
                    meter.id,
                    f"is inside {meter.inside!r}, which is neither a meter nor a bus; declare it",
                )
            )
        if meter.role in AT_BOUNDARY and meter.inside is not None:
            problems.append(
                (meter.id, f"is a {meter.role.value} and stands at the boundary; remove 'inside'")
            )
        if meter.role is Role.OTHER_LOAD and meter.inside is None:
            problems.append((meter.id, "is a load behind an intake; say what it is 'inside'"))
        other = _other_load_around(meter, by_id) if meter.role in _IT else None
        if other is not None:
            problems.append(
                (meter.id, f"is inside {other!r}, a load of others; it is not the data centre's")
            )
        if _runs_in_a_circle(meter, by_id):
            problems.append((meter.id, "is inside itself by way of its parents; break the circle"))
    return problems


def _runs_in_a_circle(meter: Meter, by_id: dict[str, Meter]) -> bool:
    seen = {meter.id}
    parent = meter.inside
    while parent is not None and parent in by_id:
        if parent in seen:
            return parent == meter.id
        seen.add(parent)
        parent = by_id[parent].inside
    return False


def _other_load_around(meter: Meter, by_id: dict[str, Meter]) -> str | None:
    seen = {meter.id}
    parent = meter.inside
    while parent is not None and parent in by_id and parent not in seen:
        if by_id[parent].role is Role.OTHER_LOAD:
            return parent
        seen.add(parent)
        parent = by_id[parent].inside
    return None
