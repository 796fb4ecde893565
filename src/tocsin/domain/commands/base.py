"""The base of all that can be asked."""

from typing import ClassVar

from tocsin.domain.fact import Fact


class BaseBody(Fact, omit_defaults=True, forbid_unknown_fields=True):
    """The body of an input, as it stands in `data` of an inbox record: defaults are left out, no field is unknown.

    `TYPE` is the `type` of that record.
    """

    TYPE: ClassVar[str]
