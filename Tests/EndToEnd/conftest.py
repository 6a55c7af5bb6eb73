"""Fixtures of the end-to-end tests."""

from demo_fixture import demo, demo_folder, demo_sites  # noqa: F401
from party_fixture import browser, far_browser, link, music, page, party, playwright  # noqa: F401
