"""The columns of tables: readings, roll-ups and KPIs as batches of Arrow."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from models.readings import Origin, Quality
from service.evaluation.closed_periods import KnownResult
from service.evaluation.ports import RolledReadings
from service.evaluation.recorded import RecordedPoint, RecordedReadings

_INSTANT: Final = pa.timestamp("us", tz="UTC")
_WORD: Final = pa.dictionary(pa.int8(), pa.string())
_QUALITIES: Final = pa.array([one.name.lower() for one in sorted(Quality)])
_ORIGINS: Final = pa.array([one.name.lower() for one in sorted(Origin)])
_COUNTS: Final = [one.name.lower() for one in sorted(Quality)]

# A file may hold many points; the unit of each stands beside its values.
READINGS: Final = pa.schema(
    [
        ("point", _WORD),
        ("ts", _INSTANT),
        ("value", pa.float64()),
        ("unit", _WORD),
        ("quality", _WORD),
        ("origin", _WORD),
    ]
)
ROLLED: Final = pa.schema(
    [
        ("point", _WORD),
        ("start", _INSTANT),
        ("end", _INSTANT),
        ("unit", _WORD),
        ("first_ts", _INSTANT),
        ("first_value", pa.float64()),
        ("last_ts", _INSTANT),
        ("last_value", pa.float64()),
        ("minimum", pa.float64()),
        ("maximum", pa.float64()),
        ("mean", pa.float64()),
        ("known_s", pa.float64()),
        *((name, pa.int64()) for name in _COUNTS),
    ]
)
KPIS: Final = pa.schema(
    [
        ("kpi", _WORD),
        ("start", _INSTANT),
        ("end", _INSTANT),
        ("value", pa.float64()),
        ("expanded_uncertainty", pa.float64()),
        ("unit", pa.string()),
        ("coverage_ratio", pa.float64()),
        ("bridged_ratio", pa.float64()),
        ("withheld", pa.string()),
        ("flags", pa.string()),
        ("doubts", pa.string()),
        ("origin", pa.string()),
        ("numerator", pa.float64()),
        ("denominator", pa.float64()),
        ("computed_at", _INSTANT),
        ("revised_at", _INSTANT),
        ("code_version", pa.string()),
    ]
)


def reading_batch(point: RecordedPoint, found: RecordedReadings) -> pa.RecordBatch:
    """Readings of one point."""
    count = len(found)
    return pa.record_batch(
        [
            _same(point.key, count),
            pa.array(found.ts_us, pa.int64()).cast(_INSTANT),
            pa.array(found.value, mask=np.isnan(found.value)),
            _same(point.unit, count),
            _words(found.quality, _QUALITIES),
            _words(found.origin, _ORIGINS),
        ],
        schema=READINGS,
    )


def rolled_batch(point: RecordedPoint, found: Sequence[RolledReadings]) -> pa.RecordBatch:
    """What one point showed in some spans."""
    told: dict[str, Any] = {
        "point": _same(point.key, len(found)),
        "unit": _same(point.unit, len(found)),
        **{name: [one.counts[Quality[name.upper()]] for one in found] for name in _COUNTS},
    }
    return _batch(ROLLED, told, found)


def kpi_batch(kpi: str, found: Sequence[KnownResult]) -> pa.RecordBatch:
    """One KPI over some periods."""
    told: dict[str, Any] = {
        "kpi": _same(kpi, len(found)),
        "flags": [" ".join(one.flags) for one in found],
        "doubts": [" ".join(one.doubts) for one in found],
        "origin": [one.origin.name.lower() for one in found],
    }
    return _batch(KPIS, told, found)


def _batch(schema: pa.Schema, told: dict[str, Any], rows: Sequence[object]) -> pa.RecordBatch:
    """Columns that are told, and the fields of rows for the others."""
    columns = [
        told[one.name] if one.name in told else [getattr(row, one.name) for row in rows]
        for one in schema
    ]
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, kind.type)
        for column, kind in zip(columns, schema, strict=True)
    ]
    return pa.record_batch(arrays, schema=schema)


def _same(word: str, count: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int8)), pa.array([word]))


def _words(numbers: np.ndarray[Any, Any], names: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int8)), names)
