"""``python -m tests.tools.reached``: fails on a module that no entry point reaches.

Reads sources and imports nothing. An import counts wherever it stands, inside functions and under
``TYPE_CHECKING`` too; ``import_module`` with a constant beginning reaches every module that begins
so. Tests and benchmarks reach nothing: what only they use is not part of the program.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_REMEDY = (
    "Import it where the program needs it, or delete it with its tests, oracles and documents. "
    "Entry points are listed in pyproject.toml under [tool.reached]."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Modules of some packages, and where the program begins.

    ``waiting`` are modules or packages that are about to be used or to go, with the reason. They
    count as entry points as long as nothing reaches them.
    """

    modules: Mapping[str, Path]
    entry_points: Sequence[str]
    waiting: Mapping[str, str]


def read_tree(root: Path) -> Tree:
    """The tree of a checkout, from ``[tool.reached]`` of its pyproject.toml."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    reached = settings["tool"]["reached"]
    files = (file for package in reached["packages"] for file in (root / package).rglob("*.py"))
    return Tree(
        modules={_name_of(file.relative_to(root)): file for file in files},
        entry_points=reached["entry_points"],
        waiting=reached.get("waiting", {}),
    )


def _name_of(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if file.name == "__init__.py" else parts)


def faults(tree: Tree) -> list[str]:
    """What is wrong with a tree, a line each; empty when every module is reached."""
    unknown = [name for name in tree.entry_points if name not in tree.modules]
    if unknown:
        return [f"{name}: an entry point that does not exist" for name in unknown]
    reached = _reached_from(tree.entry_points, tree.modules)
    found = []
    waiting: set[str] = set()
    for name, reason in tree.waiting.items():
        covered = {one for one in tree.modules if f"{one}.".startswith(f"{name}.")}
        waiting |= covered
        if not covered - reached:
            found.append(f"{name}: waits no longer ({reason}): take it off [tool.reached.waiting]")
    reached |= _reached_from(sorted(waiting), tree.modules)
    return found + [
        f"{tree.modules[name]}: no entry point reaches {name}"
        for name in sorted(tree.modules.keys() - reached)
    ]


def _reached_from(starts: Sequence[str], modules: Mapping[str, Path]) -> set[str]:
    reached: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in modules or name in reached:
            continue
        reached.add(name)
        # Importing a module runs the __init__ of every package around it.
        waiting.append(name.rpartition(".")[0])
        waiting.extend(_imported(name, modules))
    return reached


def _imported(name: str, modules: Mapping[str, Path]) -> Iterator[str]:
    file = modules[name]
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base_of(node, package)
            yield base
            yield from (f"{base}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Call) and node.args and _is_import_module(node.func):
            yield from _by_name(node.args[0], modules)


def _base_of(node: ast.ImportFrom, package: str) -> str:
    """The absolute name of what a ``from`` names: each dot after the first goes one package up."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    around = parts[: len(parts) - node.level + 1]
    return ".".join([*around, node.module] if node.module else around)


def _is_import_module(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name == "import_module"


def _by_name(argument: ast.expr, modules: Mapping[str, Path]) -> Iterator[str]:
    if isinstance(argument, ast.Constant):
        yield str(argument.value)
    elif isinstance(argument, ast.JoinedStr) and isinstance(argument.values[0], ast.Constant):
        begin = str(argument.values[0].value)
        yield from (name for name in modules if name.startswith(begin))


def main() -> int:
    """Print what is wrong; 1 when something is."""
    found = faults(read_tree(Path()))
    if found:
        print(*found, _REMEDY, sep="\n", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
