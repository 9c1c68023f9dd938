"""The law that the verifier has, and how that of a pack compares with it.

A pack brings its own rules, and whoever signed it may have written them: they count for nothing
until they are those of the charter that the verifier was given from elsewhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from charter_rules.errors import LockError, RuleBookError
from charter_rules.law.loader import SHIPPED_FOLDER, load_library
from charter_rules.law.lock import LOCK_NAME, LockedRule, check, content_hashes, read_lock
from charter_rules.law.reading import Library
from charter_rules.law.rulebook import Rule
from charter_rules.law.schema import ParameterShape, RuleShape
from service.errors import UserError
from service.evidence.build import rule_of
from service.evidence.canonical import Json, plain
from service.evidence.compared import differing, exact
from service.evidence.report import Report

# Comments and days of review, which a version of a rule leaves open.
_NO_CONTENT: Final = frozenset({"notes", "last_reviewed"})
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class KnownLaw:
    """Rules, parameters and charters of a folder, and the versions that its lock knows."""

    library: Library
    lock: Mapping[str, LockedRule]

    @classmethod
    def of_folder(cls, folder: Path = SHIPPED_FOLDER) -> Self:
        """Read the law of a folder.

        Raises
        ------
        UserError
            If it cannot be used, or differs from its own lock.
        """
        try:
            library = load_library(folder)
            path = folder / LOCK_NAME
            if not path.exists():
                return cls(library, content_hashes(library))
            check(folder)
            return cls(library, read_lock(path))
        except (RuleBookError, LockError) as error:
            msg = f"the charter in {folder} cannot be compared with\n{error}"
            raise UserError(msg) from error

    def rules_of(self, part: Json, report: Report) -> list[Rule]:
        """The rules of a pack, each compared; what differs is reported."""
        rules = [
            self._rule(name, data, part, report) for name, data in sorted(part["rules"].items())
        ]
        self._compare_charter(part["charter"], rules, report)
        return rules

    def _rule(self, name: str, data: Json, part: Json, report: Report) -> Rule:
        version, locked = data["version"], self.lock.get(name)
        known = None if locked is None else locked.sha256_of(version)
        if locked is None:
            report.not_known("rule", "rule_unknown", rule=name)
        elif known is None:
            report.not_known(
                "rule", "version_unknown", rule=name, theirs=version, ours=locked.version
            )
        elif version == locked.version:
            self._compare_content(name, data, part["parameters"], report)
        shape = RuleShape.model_validate(data)
        parameters = {
            one: ParameterShape.model_validate(part["parameters"][one])
            for one in shape.condition.parameters
        }
        rule = rule_of(shape, parameters)
        if rule.id != name or part["lock"][name] != _locked(rule):
            report.refuse("rule", "not_of_lock", rule=name)
        if known is not None and rule.sha256 != known:
            report.refuse("rule", "rule_other_hash", rule=name, version=version)
        return rule

    def _compare_content(self, name: str, data: Json, parameters: Json, report: Report) -> None:
        """Name each field in which a rule of the same version differs."""
        shape = self.library.rules.sheets[name].shape
        named = shape.condition.parameters
        ours = {
            "rule": plain(shape),
            **{one: plain(self.library.parameters.sheets[one].shape) for one in named},
        }
        theirs = {"rule": data, **{one: parameters.get(one) for one in named}}
        for path, their_value, our_value in differing(theirs, ours, same=exact):
            field = path.removeprefix("rule.")
            if path.rpartition(".")[2] in _NO_CONTENT and path.count(".") == 1:
                report.remark("notes_other", rule=name, field=field)
                continue
            report.refuse(
                "rule",
                "rule_other",
                rule=name,
                version=shape.version,
                field=field,
                theirs=_shown(their_value),
                ours=_shown(our_value),
            )

    def _compare_charter(self, theirs: Json, rules: list[Rule], report: Report) -> None:
        name = theirs["id"]
        for rule in rules:
            if rule.id not in theirs["rules"]:
                report.refuse("rule", "not_in_charter", rule=rule.id, charter=name)
        sheet = self.library.charters.sheets.get(name)
        if sheet is None:
            report.not_known("rule", "charter_unknown", charter=name)
            return
        ours = plain(sheet.shape)
        if theirs["rules"] != ours["rules"]:
            # Charters grow: an earlier one is not forged, but this verifier cannot vouch for it.
            rows = ", ".join(_other_rules(theirs["rules"], ours["rules"]))
            report.not_known("rule", "charter_rules", charter=name, rules=rows)
        for field, their_value, our_value in differing(
            {**theirs, "rules": ()}, {**ours, "rules": ()}, same=exact
        ):
            report.refuse(
                "rule",
                "charter_other",
                charter=name,
                field=field,
                theirs=_shown(their_value),
                ours=_shown(our_value),
            )


def _locked(rule: Rule) -> dict[str, Json]:
    return {"version": rule.version, "sha256": rule.sha256}


def _other_rules(theirs: Json, ours: Json) -> Iterator[str]:
    """What the verifier's charter has more (+) and less (-); the order when it has the same."""
    if set(theirs) == set(ours):
        yield "±"
    yield from (f"+{one}" for one in ours if one not in theirs)
    yield from (f"-{one}" for one in theirs if one not in ours)


def _shown(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
