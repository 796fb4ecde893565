"""Scenarios beside a contract: what happens, and what must come of it."""
