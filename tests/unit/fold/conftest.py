"""How hard the laws are tried: `pytest --hypothesis-profile deep tests/unit/fold` searches for an hour's worth."""

from hypothesis import settings

settings.register_profile("deep", max_examples=3_000)
