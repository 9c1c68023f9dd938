"""How fast all goes here: seconds where a plant has minutes."""

from typing import Final

TIMEOUT_S: Final = 0.4
OPCUA_TIMEOUT_S: Final = 1.0
POLL_S: Final = 1.0
# All begin within this time: a session costs as much as many reads.
BEGINS_S: Final = 2.0
# A fault lasts so long; what was asked before it has ended after the second of these.
FAULT_S: Final = 6.5
SETTLED_S: Final = 3.2
# Far more than any recovery takes: what hangs must end.
DEADLINE_S: Final = 40.0
