"""``python -m tests.bench [NAME]``: run all benchmarks, or the one of that name."""

import json
import logging
import sys

import structlog

from tests.bench import (
    kpis,
    live,
    modbus,
    page,
    plants,
    replay,
    rollups,
    snapshot,
    spool,
    start,
    writer,
)

BENCHES = {
    "modbus": modbus.run,
    "spool": spool.run,
    "writer": writer.run,
    "rollups": rollups.run,
    "page": page.run,
    "kpis": kpis.run,
    "replay": replay.run,
    "plants": plants.run,
    "snapshot": snapshot.run,
    "live": live.run,
    "start": start.run,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"no benchmark {unknown[0]!r}: use one of {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    # Standard output is for the results; what goes well needs no line.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    for name in names or BENCHES:
        for result in BENCHES[name]():
            print(json.dumps(result), flush=True)
    return 0


sys.exit(main(sys.argv[1:]))
