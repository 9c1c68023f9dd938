"""The C programs of the tests and benchmarks: Modbus servers with libmodbus."""

import shutil
import subprocess
from pathlib import Path

PARTS = "gcc with libmodbus"
_REMEDY = "sudo apt-get install -y gcc libc6-dev libmodbus-dev pkg-config"


def can_compile() -> bool:
    """Whether the parts are installed."""
    if shutil.which("gcc") is None or shutil.which("pkg-config") is None:
        return False
    asked = subprocess.run(["pkg-config", "--exists", "libmodbus"], check=False)
    return asked.returncode == 0


def compiled(source: Path, folder: Path) -> Path:
    """The program made of ``source``, in ``folder``.

    Raises
    ------
    RuntimeError
        With what is to be installed, when it cannot be compiled.
    """
    if not can_compile():
        msg = f"{source.name} needs {PARTS}. Run: {_REMEDY}"
        raise RuntimeError(msg)
    program = folder / source.stem
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "libmodbus"],
        capture_output=True,
        text=True,
        check=True,
    )
    built = subprocess.run(
        ["gcc", "-O2", "-Wall", "-o", str(program), str(source), *flags.stdout.split()],
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        msg = f"{source.name} cannot be compiled. Run: {_REMEDY}\n{built.stderr}"
        raise RuntimeError(msg)
    return program
