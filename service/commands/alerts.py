"""``boucle alerts``: alert rules of a site for Prometheus, with their unit tests."""

import argparse

from service.alerts.files import write_files
from service.commands.loading import load_the_site
from service.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write the files, and name them."""
    site = load_the_site(arguments.site, settings).site
    for path in write_files(site, settings, arguments.into, arguments.lang, arguments.page_url):
        print(path)
    return 0
