"""What the charter asks of a site, apart from its measurements."""

from collections.abc import Iterator
from dataclasses import asdict, fields, replace

from charter_rules.facts import Author, Declaration, IcpeRegime, Inspection, NoiseRegime, SiteFacts
from models.site.dated import FactsFrom
from models.site.identity import Identity
from models.site.site import Site

_REGIMES = {"public_health_code": NoiseRegime.CSP, "icpe": NoiseRegime.ICPE}
# Facts that the charter names otherwise than the identity.
_NAMES = {"ai_share": "ai_share_ratio"}
_FACTS = frozenset(one.name for one in fields(SiteFacts))


def facts_of(site: Site) -> SiteFacts:
    """The facts of a site file, dated as there; what it leaves out is not known."""
    return replace(
        _of_identity(site.identity),
        changes=tuple(_changes(site.identity)),
        declarations=tuple(
            Declaration(
                key=one.duty,
                made=one.done,
                made_on=one.on,
                for_year=one.for_year,
                document=one.document,
                author=Author(one.author),
                received_on=one.received_on,
                sha256=one.sha256,
            )
            for one in site.declared.duties
        ),
        inspections=tuple(
            Inspection(**asdict(one) | {"author": Author(one.author)})
            for one in site.declared.inspections
        ),
    )


def _of_identity(identity: Identity) -> SiteFacts:
    regime = identity.icpe_regime
    return SiteFacts(
        entry_into_operation=identity.entry_into_operation,
        installed_it_power_kw=identity.installed_it_power_kw,
        public_operator=identity.public_operator,
        noise_regime=_REGIMES[identity.noise_regime],
        zone=identity.zone,
        floor_area_m2=identity.floor_area_m2,
        total_rated_input_kw=identity.total_rated_input_kw,
        icpe_regime=None if regime is None else IcpeRegime(regime),
        ai_share_ratio=identity.ai_share,
        siret_it_power_kw=identity.siret_it_power_kw,
        rated_connection_kw=identity.rated_connection_kw,
        major_modification_on=identity.major_modification_on,
        cooling_in_operation=identity.cooling_in_operation,
        vital_or_defence=identity.vital_or_defence,
    )


def _changes(identity: Identity) -> Iterator[FactsFrom]:
    """The changes of what the charter asks for; the name of the operator is not."""
    for change in identity.changes:
        then = _of_identity(identity.on(change.day))
        named = (_NAMES.get(name, name) for name, _ in change.values)
        values = tuple((name, getattr(then, name)) for name in named if name in _FACTS)
        if values:
            yield FactsFrom(change.day, values)
