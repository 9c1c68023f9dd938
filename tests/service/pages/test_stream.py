"""The event stream brings new fragments and never keeps the server from stopping."""

import time
from dataclasses import replace
from datetime import timedelta

import httpx

from tests.service.pages.serving import served
from tests.service.sample_snapshot import NOW, sample_snapshot


def test_each_new_snapshot_is_sent_once_in_the_readers_language() -> None:
    with (
        served(sample_snapshot()) as site,
        httpx.Client(timeout=10) as client,
        client.stream("GET", f"{site.url}/events?lang=en") as answer,
    ):
        lines = answer.iter_lines()
        first = next(line for line in lines if "14:32:07" in line)
        site.publish(replace(sample_snapshot(), taken_at=NOW + timedelta(seconds=2)))
        second = next(line for line in lines if "14:32:09" in line)

    assert first.startswith("data:")
    assert "Live" in first + second


def test_an_open_stream_does_not_keep_the_server_from_stopping() -> None:
    with httpx.Client(timeout=10) as client:
        with served(sample_snapshot()) as site:
            stream = client.stream("GET", f"{site.url}/events")
            answer = stream.__enter__()
            next(answer.iter_lines())
            started = time.monotonic()
        stopped_s = time.monotonic() - started
        stream.__exit__(None, None, None)

    assert stopped_s < 5.0
