"""``boucle fault``: give a simulated device a fault, or clear it."""

import argparse
import os
import sys

from service.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Become the simulator's client."""
    argv = [sys.executable, "-m", "simulators", "fault", str(arguments.site or settings.site)]
    argv += [arguments.device, arguments.kind, "--control-port", str(arguments.control_port)]
    if arguments.seconds is not None:
        argv += ["--seconds", str(arguments.seconds)]
    os.execv(sys.executable, argv)
