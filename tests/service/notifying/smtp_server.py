"""A real SMTP server in a few lines: STARTTLS, AUTH PLAIN, and the mails that it took.

It parts with a wrong answer to QUIT, as some do.
"""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailBox:
    """What was taken, and how the server is set up.

    Without ``tls`` it offers no encryption. ``login`` is asked for, once it is encrypted.
    """

    def __init__(
        self, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None
    ) -> None:
        self.tls, self.login = tls, login
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.said_in_clear: list[str] = []

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _Conversation(self, reader, writer).hold()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()


class _Conversation:
    def __init__(
        self, box: MailBox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.box, self.reader, self.writer = box, reader, writer
        self.is_safe, self.is_known = False, box.login is None
        self.to: list[str] = []

    def say(self, line: str) -> None:
        self.writer.write(f"{line}\r\n".encode())

    async def hold(self) -> None:
        self.say("220 test ESMTP")
        while line := (await self.reader.readline()).decode().strip():
            if not self.is_safe:
                self.box.said_in_clear.append(line)
            verb, _, rest = line.upper().partition(" ")
            if verb == "STARTTLS":
                await self.begin_tls()
            elif verb == "DATA":
                await self.take()
            elif verb == "AUTH":
                self.know(line.rpartition(" ")[2])
            else:
                self.answer(verb, rest)
            if verb == "QUIT":
                return

    def answer(self, verb: str, rest: str) -> None:
        if verb == "EHLO":
            offers = ["STARTTLS"] if self.box.tls is not None and not self.is_safe else []
            offers += ["AUTH PLAIN"] if self.box.login is not None and self.is_safe else []
            for one in ["test", *offers]:
                self.say(f"250-{one}")
            self.say("250 8BITMIME")
        elif verb == "RCPT":
            self.to.append(rest)
            self.say("250 ok")
        elif verb == "MAIL" and not self.is_known:
            self.say("530 who are you?")
        else:
            self.say("250 ok")

    async def begin_tls(self) -> None:
        assert self.box.tls is not None
        self.say("220 go ahead")
        await self.writer.drain()
        await self.writer.start_tls(self.box.tls)
        self.is_safe = True

    def know(self, given: str) -> None:
        _, user, password = base64.b64decode(given).decode().split("\0")
        self.is_known = (user, password) == self.box.login
        self.say("235 welcome" if self.is_known else f"535 not {user} {password}")

    async def take(self) -> None:
        self.say("354 go on")
        text = await self.reader.readuntil(b"\r\n.\r\n")
        taken = message_from_bytes(text[:-3], policy=policy.default)
        assert isinstance(taken, EmailMessage)
        self.box.mails.append(taken)
        self.box.recipients.append(self.to)
        self.say("250 taken")


@asynccontextmanager
async def mail_server(box: MailBox, *, implicit_tls: bool = False) -> AsyncIterator[int]:
    server = await asyncio.start_server(
        box.converse, "127.0.0.1", 0, ssl=box.tls if implicit_tls else None
    )
    async with server:
        yield server.sockets[0].getsockname()[1]
