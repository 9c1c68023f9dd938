"""Archives of arrays that say of themselves what is not so."""

import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

_ENTRY = b"PK\x01\x02"
_SIZE_AT, _NAME_LENGTH_AT, _NAME_AT, _FLAGS_AT = 24, 28, 46, 8
ROWS = 4
KEY = "meter_0.active_energy_kwh"


def npy(array: np.ndarray) -> bytes:
    """An array as numpy writes it."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def headed(shape: str, descr: str = "'<f8'", fortran: str = "False", data: bytes = b"") -> bytes:
    """An array whose header is what is given."""
    said = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}"
    text = said.encode() + b" " * (-(len(said) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


HONEST = {
    "ts_us": npy(1_760_000_000_000_000 + np.arange(ROWS) * 3_600_000_000),
    "keys": npy(np.array([KEY])),
    "values": npy(np.arange(float(ROWS)).reshape(ROWS, 1)),
}


def forge(
    path: Path,
    members: Mapping[str, bytes],
    *,
    sizes: Mapping[str, int] | None = None,
    encrypted: bool = False,
    packing: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """Write the members over the honest ones; the directory says ``sizes`` of them."""
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in {**HONEST, **members}.items():
            archive.writestr(f"{name}.npy", content)
    data = bytearray(path.read_bytes())
    at = data.find(_ENTRY)
    while at >= 0:
        (length,) = struct.unpack_from("<H", data, at + _NAME_LENGTH_AT)
        name = data[at + _NAME_AT : at + _NAME_AT + length].decode().removesuffix(".npy")
        if sizes and name in sizes:
            struct.pack_into("<I", data, at + _SIZE_AT, sizes[name])
        data[at + _FLAGS_AT] |= encrypted
        at = data.find(_ENTRY, at + 1)
    path.write_bytes(data)
    return path


def crowded(path: Path, members: int) -> Path:
    """An archive that is nothing but a long directory."""
    entry = _ENTRY + bytes(_NAME_LENGTH_AT - 4) + struct.pack("<H", 1) + bytes(16) + b"x"
    size = len(entry) * members
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 9, 9, size, 0, 0)
    path.write_bytes(entry * members + end)
    return path
