"""Messages as plain text mail, by SMTP."""

import asyncio
import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

import structlog

from models.legal_time.days import local_time
from service.notifying.mail_words import WORDS, MailWords
from service.notifying.notice import Message, Notice
from service.notifying.receivers import DeliveryError
from service.notifying.standing import State

log = structlog.get_logger(__name__)

# Of each step of the conversation, and of all of it.
_STEP_TIMEOUT_S: Final = 5.0
_TIMEOUT_S: Final = 30.0
_LONGEST_SUBJECT: Final = 160
_ORDER: Final = (State.FIRING, State.ACKNOWLEDGED, State.RESOLVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Who takes the mail: ``starttls`` and ``tls`` are encrypted before anything is said."""

    host: str
    port: int
    security: str
    login: tuple[str, str] | None = field(default=None, repr=False)


class Mail:
    """Mail to some people."""

    name = "mail"

    def __init__(
        self,
        server: MailServer,
        sender: str,
        recipients: Sequence[str],
        site_name: str,
        lang: str,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._server, self._tls = server, tls
        self._sender, self._recipients = sender, list(recipients)
        self._site_name, self._words = site_name, WORDS[lang]

    async def send(self, message: Message) -> None:
        """Hand it to the server; it is taken when all recipients are."""
        mail = self._written(message)
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                await asyncio.to_thread(self._deliver, mail)
        except TimeoutError as error:
            msg = f"no answer within {_TIMEOUT_S:g} s"
            raise DeliveryError(msg) from error
        except smtplib.SMTPResponseException as error:
            # The code alone: the text may repeat what it was sent.
            msg = f"its answer is {error.smtp_code}"
            raise DeliveryError(msg) from error
        except smtplib.SMTPRecipientsRefused as error:
            msg = f"{len(error.recipients)} recipients are refused"
            raise DeliveryError(msg) from error
        except ssl.SSLCertVerificationError as error:
            msg = f"its certificate is not trusted: {error.verify_message}"
            raise DeliveryError(msg) from error
        except OSError as error:
            raise DeliveryError(error.strerror or type(error).__name__) from error

    def _deliver(self, mail: EmailMessage) -> None:
        server, tls = self._server, self._tls or ssl.create_default_context()
        connected: smtplib.SMTP
        if server.security == "tls":
            connected = smtplib.SMTP_SSL(
                server.host, server.port, timeout=_STEP_TIMEOUT_S, context=tls
            )
        else:
            connected = smtplib.SMTP(server.host, server.port, timeout=_STEP_TIMEOUT_S)
        try:
            if server.security == "starttls":
                connected.starttls(context=tls)
            if server.login is not None:
                connected.login(*server.login)
            refused = connected.send_message(mail, self._sender, self._recipients)
            # It is taken: however the server parts, it is not to be sent again.
            with suppress(OSError):
                connected.quit()
        finally:
            connected.close()
        if refused:
            # The others have it: to send it again would be to tell them twice.
            log.warning("mail_refused_for_some", recipients=len(refused))

    def _written(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = ", ".join(self._recipients)
        mail["Subject"] = subject_of(message, self._site_name, self._words)
        mail["Date"] = format_datetime(message.at)
        mail["Message-ID"] = f"<{message.id}@{self._sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text_of(message, self._words), charset="utf-8")
        return mail


def subject_of(message: Message, site_name: str, words: MailWords) -> str:
    """State and count, the site, and the first of the alerts."""
    by_state = _by_state(message.notices)
    counts = ", ".join(f"{words.states[state]} {len(own)}" for state, own in by_state.items())
    first = next(iter(by_state.values()))[0].annotations["summary"]
    # One line, whatever the label of a device has.
    return " ".join(f"[{counts}] {site_name}: {first}".split())[:_LONGEST_SUBJECT]


def text_of(message: Message, words: MailWords) -> str:
    """Each alert by state: what, since when, what follows, what to check, where to read on."""
    parts = []
    for state, notices in _by_state(message.notices).items():
        parts.append(f"{words.states[state].upper()} ({len(notices)})")
        parts += ["\n".join(_lines(one, words)) for one in notices]
    return "\n\n".join(parts) + "\n"


def _lines(notice: Notice, words: MailWords) -> Iterator[str]:
    said, time = notice.annotations, words.time
    yield said["summary"]
    since = local_time(notice.starts_at).strftime(time)
    if notice.ends_at is not None:
        yield words.from_to.format(since=since, until=local_time(notice.ends_at).strftime(time))
        return
    yield words.since.format(since=since, severity=words.severities[notice.labels["severity"]])
    if notice.unknown_since is not None:
        yield words.unknown.format(since=local_time(notice.unknown_since).strftime(time))
    if (answer := notice.acknowledgement) is not None:
        yield words.answered.format(by=answer.by, note=answer.note)
    yield said["description"]
    yield said["check"]
    yield said["page_url"]
    yield said["runbook_url"]


def _by_state(notices: Mapping[str, Notice]) -> dict[State, list[Notice]]:
    found = {state: [one for one in notices.values() if one.state is state] for state in _ORDER}
    return {state: own for state, own in found.items() if own}
