"""What a device taught, in a form that outlives the collector."""

from dataclasses import dataclass, field

from collectors.profiles.schema import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockLesson:
    """Some registers that are read by one request, with the names of the points inside.

    ``is_refused``: the device gives none of them. A block of the plan has ``parts`` if it is read
    by several requests.
    """

    space: Space
    address: int
    count: int
    points: tuple[str, ...]
    is_refused: bool = False
    parts: tuple["BlockLesson", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLesson:
    """How one unit is read otherwise than planned; only the blocks of which that is so."""

    link: str
    unit: int
    blocks: tuple[BlockLesson, ...]


@dataclass(frozen=True, slots=True)
class LessonsInMemory:
    """A :class:`collectors.ports.LessonStore` for as long as the process lives."""

    lessons: dict[str, DeviceLesson] = field(default_factory=dict)

    def recall(self, device: str) -> DeviceLesson | None:
        """What the device taught before."""
        return self.lessons.get(device)

    def note(self, device: str, lesson: DeviceLesson | None) -> None:
        """Keep it, or nothing."""
        if lesson is None:
            self.lessons.pop(device, None)
        else:
            self.lessons[device] = lesson
