"""Every alert of the small site, made once."""

from typing import Final

from service.alerts.writing import alerts_of
from tests.service.alerts.small_site import FACTS, TODAY, small_charter, small_site

ALL: Final = alerts_of(small_site(), small_charter(), FACTS, TODAY).alerts
