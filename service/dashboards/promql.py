"""PromQL from the families themselves: no name and no label is written twice."""

from typing import Final

from service.metrics.family import SITE, Family

# Of several servers each shows the same figures: the greatest of equal ones is any of them.
_MATCHERS: Final = ("=~", "!~", "!=")
RATE: Final = "$__rate_interval"


def series(family: Family, *, suffix: str = "", **labels: str) -> str:
    """Series of a family at the chosen sites, with the given labels.

    Raises
    ------
    ValueError
        When the family has no such label.

    Examples
    --------
    >>> from service.metrics.charter import VERDICT
    >>> series(VERDICT, verdict="!=compliant")
    'boucle_verdict{site=~"$site",verdict!="compliant"}'
    """
    unknown = labels.keys() - set(family.labels)
    if unknown:
        msg = f"{family.name} has no label {', '.join(sorted(unknown))}"
        raise ValueError(msg)
    wanted = ([f'{SITE}=~"$site"'] if family.of_site else []) + [
        _matcher(name, value) for name, value in labels.items()
    ]
    chosen = f"{{{','.join(wanted)}}}" if wanted else ""
    return f"{family.name}{suffix}{chosen}"


def one(family: Family, *, by: tuple[str, ...] | None = None, **labels: str) -> str:
    """The same, each series once however many processes show it, and without their labels.

    ``by`` names the labels that stay; as a rule those that have not one given value.
    """
    return f"max by ({_kept(family, by, labels)}) ({series(family, **labels)})"


def rate(
    family: Family, *, suffix: str = "", by: tuple[str, ...] | None = None, **labels: str
) -> str:
    """How fast a counter rises, a second; each series once."""
    asked = series(family, suffix=suffix, **labels)
    return f"max by ({_kept(family, by, labels)}) (rate({asked}[{RATE}]))"


def age(family: Family, **labels: str) -> str:
    """How long ago an instant was, seconds."""
    return f"time() - {one(family, by=None, **labels)}"


def instant_ms(family: Family, **labels: str) -> str:
    """An instant as Grafana counts them, milliseconds."""
    return f"1000 * {one(family, by=None, **labels)}"


def any_of(families: tuple[Family, ...], *, by: tuple[str, ...]) -> str:
    """Series of several families that have the same unit and labels."""
    names = "|".join(family.name for family in families)
    return f'max by ({", ".join(by)}) ({{__name__=~"{names}",{SITE}=~"$site"}})'


def _kept(family: Family, by: tuple[str, ...] | None, labels: dict[str, str]) -> str:
    if by is None:
        fixed = {name for name, value in labels.items() if not value.startswith(_MATCHERS)}
        by = tuple(name for name in family.label_names if name not in fixed)
    return ", ".join(by)


def _matcher(name: str, value: str) -> str:
    for sign in _MATCHERS:
        if value.startswith(sign):
            return f'{name}{sign}"{value.removeprefix(sign)}"'
    return f'{name}="{value}"'
