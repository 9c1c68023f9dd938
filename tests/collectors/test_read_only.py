"""The collectors cannot write to a device: no name of a writing function is in the code."""

import ast
import re
from pathlib import Path

import pytest

import collectors

FOLDER = Path(collectors.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))
WRITING = re.compile(
    r"write_?(register|coil|file|value|attribute)|set_(value|attribute|writable)|mask_?write"
    r"|read_?write|WriteRequest|WriteParameters|WriteValue|call_method|history_update"
    r"|add_nodes|delete_nodes|diag_|^write$|custom_request|execute$",
    re.IGNORECASE,
)
# of each library, its client may be used for this and nothing else
READS = {
    "modbus/link.py": {"read_holding_registers", "read_input_registers"},
    "opcua/link.py": {"read"},
}


def names(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.update({name, other or ""})
            case ast.Constant(value=str(text)) if text.isidentifier():
                found.add(text)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(FOLDER)))
def test_no_name_of_a_write_appears(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not {n for n in names(tree) if WRITING.search(n)}
    # nor any way to reach one by a computed name
    assert not {"getattr", "eval", "exec", "__import__", "import_module"} & names(tree)


def test_the_libraries_are_known_to_one_file_each() -> None:
    for path in FILES:
        modules = {
            name.split(".")[0]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            for name in (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        place = str(path.relative_to(FOLDER))
        assert ("pymodbus" in modules) == (place == "modbus/link.py")
        assert ("asyncua" in modules) == (place == "opcua/link.py")


def attributes_of(file: str, expression: str) -> set[str]:
    tree = ast.parse((FOLDER / file).read_text(encoding="utf-8"))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == expression
    }


def test_only_reads_are_asked_of_the_modbus_client() -> None:
    used = attributes_of("modbus/link.py", "client")
    assert used == READS["modbus/link.py"] | {"connect", "close", "ctx"}
    assert attributes_of("modbus/link.py", "client.ctx") == {"call_create", "next_tid"}


def test_only_reads_are_asked_of_the_opcua_client() -> None:
    assert attributes_of("opcua/link.py", "client.uaclient.session") == READS["opcua/link.py"]


def test_the_pattern_knows_a_write_when_it_sees_one() -> None:
    for name in (
        "write_register",
        "write_registers",
        "write_coil",
        "mask_write_register",
        "readwrite_registers",
        "write_value",
        "set_value",
        "write_attribute",
        "write_attributes",
        "WriteRequest",
    ):
        assert WRITING.search(name)
