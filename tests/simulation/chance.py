"""Where chance comes from: streams that a name gives, the same in every run."""

from random import Random


def chance(purpose: str, seed: int) -> Random:
    """The stream of `seed` for one purpose: another purpose's draws do not move it."""
    return Random(f"{purpose} {seed}")
