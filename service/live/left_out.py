"""Which devices a figure does without now, and why: missing data always has a name."""

from models.kpi.result import KpiResult
from models.readings import DeviceState
from models.trouble.trouble import Trouble
from service.live.snapshot import DeviceView, LiveSnapshot

_COMPLETE_RATIO = 0.995
# A device that was away for less of a window is not why it has holes.
_LEAST_SHARE = 0.01


def left_out(result: KpiResult, snapshot: LiveSnapshot) -> tuple[DeviceView, ...]:
    """Devices behind a running figure with holes that give nothing, or nothing to be trusted, now.

    What only has some bad points is not why, unless its clock makes all of its values uncertain.
    """
    is_whole = result.value is not None and result.coverage_ratio >= _COMPLETE_RATIO
    if is_whole or result.window.closed:
        return ()
    least_s = _LEAST_SHARE * result.window.duration.total_seconds()
    meters = {name.partition(".")[0] for name in result.inputs}
    return tuple(
        device
        for device in snapshot.devices
        if device.id in meters and _is_absent(device) and _away_s(device, snapshot) >= least_s
    )


def _is_absent(device: DeviceView) -> bool:
    return device.state is DeviceState.LOST or device.trouble is Trouble.DEVICE_CLOCK


def _away_s(device: DeviceView, snapshot: LiveSnapshot) -> float:
    """How long nothing of the device was as it should be."""
    since = device.last_ok_at or device.since
    return float("inf") if since is None else (snapshot.taken_at - since).total_seconds()
