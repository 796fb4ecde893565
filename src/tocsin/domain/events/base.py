"""The base of all events."""

from typing import ClassVar

from tocsin.domain.fact import Fact


class BaseEvent(Fact):
    """Something that was decided.

    `TYPE` is its name in the journal. `PERSONAL` names the fields that tell of persons: the journal keeps them apart,
    so that a person can be forgotten. `JOURNALED` False: the journal leaves it out, since it tells nobody anything.
    """

    TYPE: ClassVar[str]
    PERSONAL: ClassVar[tuple[str, ...]] = ()
    JOURNALED: ClassVar[bool] = True
