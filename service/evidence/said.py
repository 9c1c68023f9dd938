"""A sentence about evidence that is put into words only for who reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.evidence.text import say


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """A sentence of the catalogue with what fills it."""

    key: str
    fields: Mapping[str, object] = field(default_factory=dict)

    def words(self, lang: str = "en") -> str:
        """The sentence in one language."""
        fields = {
            name: one.words(lang) if isinstance(one, Said) else one
            for name, one in self.fields.items()
        }
        return say(lang, self.key, **fields)

    def __str__(self) -> str:
        """The sentence in English."""
        return self.words()

    __repr__ = __str__
