"""Where messages go."""

from typing import Protocol

from service.notifying.notice import Message


class DeliveryError(Exception):
    """A receiver did not take a message; the text names no address and no secret."""


class Receiver(Protocol):
    """A webhook, or those who get mail."""

    @property
    def name(self) -> str:
        """By which its messages are kept."""

    async def send(self, message: Message) -> None:
        """Hand over a message.

        Raises
        ------
        DeliveryError
            When it was not taken.
        """
