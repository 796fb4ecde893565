"""The commands about the milestones of a contract."""

from typing import Annotated

from tocsin.domain.commands.base import BaseDeskCommand
from tocsin.domain.commands.fields import Help, Line, MilestoneName, Note


class MarkMilestone(BaseDeskCommand):
    """The ticket has reached a milestone that its contract names."""

    TYPE = "tocsin.desk.mark"
    NAME = "MarkMilestone"
    milestone: MilestoneName
    reached: Annotated[Line, Help("The date, or the time with its offset, when that was, if not now.", option="at")] = (
        ""
    )
    note: Note = ""


class UnmarkMilestone(BaseDeskCommand):
    """The ticket has not reached that milestone after all. Withdraws the latest time at which it was set."""

    TYPE = "tocsin.desk.unmark"
    NAME = "UnmarkMilestone"
    milestone: MilestoneName
    note: Note = ""


class ReachMilestone(BaseDeskCommand):
    """A system says that the ticket has reached a milestone; `analyst` is the name of the system."""

    TYPE = "tocsin.milestone.reached"
    NAME = "ReachMilestone"
    milestone: MilestoneName
    note: Note = ""


Milestones = MarkMilestone | UnmarkMilestone | ReachMilestone
"""Verbs that set a milestone of the contract, or withdraw it."""
