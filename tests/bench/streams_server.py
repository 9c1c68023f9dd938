"""``python -m tests.bench.streams_server``: the application, and a snapshot that moves each second.

It prints where it listens, then when each snapshot was published, on the clock that all processes
of a machine share, with its sequence. It ends with its standard input.
"""

import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta

from service.live.board import SnapshotBoard
from tests.service.pages.sample_snapshot import NOW, sample_snapshot
from tests.service.pages.serving import Served

_EVERY_S = 1.0


def main() -> None:
    board = SnapshotBoard()
    server = Served(board)
    # Each is of another state than the one before: what is sent at once, the costliest there is.
    made = [sample_snapshot(step=n, healthy=bool(n % 2)) for n in range(4)]
    board.publish(made[0])
    server.start()
    print(server.url, flush=True)
    ended = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    count = 1
    while not ended.wait(_EVERY_S):
        snapshot = replace(made[count % 4], taken_at=NOW + timedelta(seconds=count))
        count += 1
        print(time.monotonic(), count, flush=True)
        server.publish(snapshot)
    server.stop()


if __name__ == "__main__":
    main()
