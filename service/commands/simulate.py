"""``boucle simulate``: serve the devices of a site from the plant model.

The simulators are reached only as a process: nothing of them is imported here, so that they
and the collectors they test can never share code by accident.
"""

import argparse
import os
import sys

from service.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Become the simulator process."""
    argv = [sys.executable, "-m", "simulators", "serve", str(arguments.site or settings.site)]
    argv += ["--seed", str(arguments.seed), "--control-port", str(arguments.control_port)]
    os.execv(sys.executable, argv)
