"""Replays of recorded inputs, and histories: the fold without a broker."""
