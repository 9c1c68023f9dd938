"""What outlives one run of the collectors, when the site file is read again."""

from dataclasses import dataclass, field

from collectors.clock_watch import ClockWatch
from collectors.health import HealthTracker
from collectors.installation import Device
from collectors.lessons import LessonsInMemory
from collectors.link_log import LinkLog
from collectors.pace import Pace
from collectors.ports import LessonStore
from collectors.raw import RawBook


@dataclass(slots=True, kw_only=True)
class Memory:
    """The clock, the pace, what is known of each link and device, what it taught and last said."""

    clock_watch: ClockWatch = field(default_factory=ClockWatch)
    pace: Pace = field(default_factory=Pace)
    trackers: dict[str, HealthTracker] = field(default_factory=dict)
    link_logs: dict[str, LinkLog] = field(default_factory=dict)
    lessons: LessonStore = field(default_factory=LessonsInMemory)
    raw: RawBook = field(default_factory=RawBook)

    def tracker(self, device: Device) -> HealthTracker:
        """What is known of the device, if it is still behind the same link."""
        known = self.trackers.get(device.id)
        if known is None or known.link != device.link:
            log = self.link_logs.setdefault(device.link, LinkLog(device.link))
            known = self.trackers[device.id] = HealthTracker(device.id, device.link, log)
        return known
