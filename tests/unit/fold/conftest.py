"""`pytest --hypothesis-profile deep tests/unit/fold` tries the laws thirty times as hard."""

from hypothesis import settings

settings.register_profile("deep", max_examples=3_000)
