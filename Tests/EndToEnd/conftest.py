"""Fixtures of the end-to-end tests."""

from party_fixture import browser, music, page, party, playwright  # noqa: F401
