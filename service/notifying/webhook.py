"""Messages as a webhook gets them: the body of Alertmanager's, version 4, and signed.

Source: Alertmanager documentation, "Configuration", webhook_config.
"""

import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from service.alerts.series import selector
from service.exchange import ExchangeError, Request, exchange
from service.notifying.instants import written
from service.notifying.notice import Acknowledgement, Message, Notice
from service.notifying.receivers import DeliveryError
from service.notifying.standing import State
from service.version import VERSION

_TIMEOUT_S: Final = 5.0
_MOST_BYTES: Final = 65536
# What Alertmanager says of an alert that has not ended.
_NO_END: Final = "0001-01-01T00:00:00Z"
_FNV_OFFSET, _FNV_PRIME, _64_BITS = 0xCBF29CE484222325, 0x100000001B3, 0xFFFFFFFFFFFFFFFF


class Webhook:
    """One address that messages are posted to."""

    name = "webhook"

    def __init__(
        self, url: str, secret: str | None, page_url: str, tls: ssl.SSLContext | None
    ) -> None:
        self._url, self._secret = url, secret
        self._page_url, self._tls = page_url, tls

    async def send(self, message: Message) -> None:
        """Post it; any answer but 2xx is a refusal."""
        text = json.dumps(body_of(message, self._page_url), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Boucle/{VERSION}",
            "X-Boucle-Message": message.id,
        }
        if self._secret is not None:
            headers["X-Boucle-Signature"] = signature(self._secret, text, int(time.time()))
        request = Request(url=self._url, method="POST", headers=headers, body=text)
        try:
            answer = await exchange(
                request, timeout_s=_TIMEOUT_S, most_bytes=_MOST_BYTES, tls=self._tls
            )
        except ExchangeError as error:
            raise DeliveryError(str(error)) from error
        if not 200 <= answer.status < 300:
            msg = f"its answer is {answer.status}"
            raise DeliveryError(msg)


def signature(secret: str, body: bytes, at_s: int) -> str:
    """The header by which a receiver knows who wrote a body, and when.

    Examples
    --------
    >>> signature("secret", b"{}", 1700000000)[:40]
    't=1700000000,v1=b8569b78799ff9e3cbff0fc2'
    """
    digest = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256)
    return f"t={at_s},v1={digest.hexdigest()}"


def body_of(message: Message, page_url: str) -> dict[str, Any]:
    """The body, with the fields that are Boucle's own beside those of Alertmanager."""
    notices = list(message.notices.values())
    site = notices[0].labels["site"]
    group = {"alertname": message.group, "site": site}
    is_over = all(one.state is State.RESOLVED for one in notices)
    return {
        "version": "4",
        "groupKey": f"{{}}:{selector(**group)}",
        "truncatedAlerts": 0,
        "status": "resolved" if is_over else "firing",
        "receiver": "boucle",
        "groupLabels": group,
        "commonLabels": _common([one.labels for one in notices]),
        "commonAnnotations": _common([one.annotations for one in notices]),
        "externalURL": page_url,
        "alerts": [_alert(one) for one in notices],
        "messageId": message.id,
    }


def _alert(notice: Notice) -> dict[str, Any]:
    return {
        "status": "resolved" if notice.state is State.RESOLVED else "firing",
        "labels": notice.labels,
        "annotations": notice.annotations,
        "startsAt": written(notice.starts_at),
        "endsAt": _NO_END if notice.ends_at is None else written(notice.ends_at),
        "generatorURL": notice.annotations["runbook_url"],
        "fingerprint": fingerprint(notice.labels),
        "state": notice.state.value,
        "noDataSince": None if notice.unknown_since is None else written(notice.unknown_since),
        "acknowledgement": _acknowledged(notice.acknowledgement),
    }


def _acknowledged(one: Acknowledgement | None) -> dict[str, str | None] | None:
    if one is None:
        return None
    until = None if one.until is None else written(one.until)
    return {"by": one.by, "note": one.note, "at": written(one.at), "until": until}


def _common(each: Sequence[Mapping[str, str]]) -> dict[str, str]:
    first, *rest = each
    return {
        name: value for name, value in first.items() if all(one.get(name) == value for one in rest)
    }


def fingerprint(labels: Mapping[str, str]) -> str:
    """The one that Alertmanager gives an alert with these labels: FNV-1a, 64 bits.

    Examples
    --------
    >>> fingerprint({})
    'cbf29ce484222325'
    """
    found = _FNV_OFFSET
    for byte in _bytes_of(labels):
        found = ((found ^ byte) * _FNV_PRIME) & _64_BITS
    return f"{found:016x}"


def _bytes_of(labels: Mapping[str, str]) -> Iterable[int]:
    for name, value in sorted(labels.items()):
        for text in (name, value):
            yield from text.encode()
            yield 0xFF
