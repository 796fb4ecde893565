"""Accepted inputs and desk commands, as plain data."""
