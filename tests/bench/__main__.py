"""``python -m tests.bench [NAME]``: run all benchmarks but the longest, or the one of that name."""

import json
import logging
import sys

import structlog

from tests.bench import (
    alerting,
    endpoints,
    gateway,
    kills,
    kpis,
    live,
    load,
    modbus,
    overload,
    page,
    plants,
    replay,
    rollups,
    scrape,
    snapshot,
    spool,
    start,
    streams,
    writer,
    years,
)

BENCHES = {
    "modbus": modbus.run,
    "gateway": gateway.run,
    "overload": overload.run,
    "spool": spool.run,
    "writer": writer.run,
    "rollups": rollups.run,
    "page": page.run,
    "scrape": scrape.run,
    "kpis": kpis.run,
    "replay": replay.run,
    "plants": plants.run,
    "snapshot": snapshot.run,
    "live": live.run,
    "start": start.run,
    "streams": streams.run,
    "endpoints": endpoints.run,
    "load": load.run,
    "years": years.run,
    "alerting": alerting.run,
    "kills": kills.run,
}
# Half an hour, and as much disk as a site fills in two years; two and a half hours of faults; two
# cores for minutes.
_WHEN_NAMED = frozenset({"years", "alerting", "load", "kills"})


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
    for name in names or [one for one in BENCHES if one not in _WHEN_NAMED]:
        for result in BENCHES[name]():
            print(json.dumps(result), flush=True)
    return 0


sys.exit(main(sys.argv[1:]))
