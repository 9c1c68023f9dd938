"""Answers of the server itself, to connections that never reach the application."""

import json
from http import HTTPStatus

from service.api.problem_codes import PROBLEMS


def refusal(code: str) -> bytes:
    """A whole HTTP answer: problem+json, after which the connection is closed."""
    kind = PROBLEMS[code]
    status = HTTPStatus(kind.status)
    body = json.dumps(
        {
            "type": kind.address,
            "title": kind.title,
            "status": status.value,
            "detail": kind.meaning,
            "code": code,
            "remedy": kind.remedy,
        }
    ).encode()
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "content-type: application/problem+json",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        "connection: close",
    ]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        lines.append("retry-after: 5")
    return "\r\n".join([*lines, "", ""]).encode() + body
