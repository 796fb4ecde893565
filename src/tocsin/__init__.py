"""Tocsin: an event-sourced incident-escalation daemon for security operations centres."""

import zoneinfo

# The tz database is the one from PyPI: what the system ships must not decide a deadline.
zoneinfo.reset_tzpath(to=[])
