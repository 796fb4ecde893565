"""The version of the rules: which release decides what a stretch of the log means.

Rules are decisions of the code: what joins a ticket, what answers, from when a rise is owed. A release whose rules
differ from those of the release before has a higher version. A record of the inbox (`SwitchRules`) switches its
partition: what stands before it was judged by the rules before and is never judged again, what stands behind it is
judged by these.
"""

from tocsin.domain.commands.inbound import Body, SwitchRules
from tocsin.messages.record import Record

FIRST_RULES = 1
"""The rules of releases 0.1 and 0.2, whose logs hold no switch."""

RULES = 2
"""The rules of this release."""

_RELEASES = {FIRST_RULES: "0.1 and 0.2"}
_LAST_RELEASE = {FIRST_RULES: "0.2"}


def release_of(rules: int) -> str:
    """The releases that judge by the `rules`, in words."""
    return _RELEASES.get(rules, "this release" if rules == RULES else "a later release")


class OtherRules(Exception):  # noqa: N818 - says what is the matter; the worker stops on it
    """A record must be judged by other rules than those of this release. The message names the release."""


def switches(record: Record, body: Body, rules: int, position: int | None) -> bool:
    """True if `record` switches to the rules of this release a state of `rules` that has seen all before `position`.

    Raises `OtherRules` where other rules must judge it.
    """
    if isinstance(body, SwitchRules) and body.version > RULES:
        raise newer(record, body)
    if rules == RULES:
        return False
    if not isinstance(body, SwitchRules):
        raise older(record, rules)
    if not body.first and position is None:
        raise stateless(record)
    return True


def older(record: Record, rules: int) -> OtherRules:
    """The error that `record`, no switch, stands where still the `rules` of an earlier release hold."""
    return OtherRules(
        f"{_place(record)} stands before a switch to the rules of this release ({RULES}): it is judged by those of "
        f"release {_RELEASES[rules]} ({rules}). Let release {_LAST_RELEASE[rules]} apply or replay what stands before "
        "the switch; `tocsin rules show` says what is left to do"
    )


def newer(record: Record, switch: SwitchRules) -> OtherRules:
    """The error that `record` switches to rules that this release does not have."""
    return OtherRules(
        f"{_place(record)} switches to the rules {switch.version}, and this release knows them up to {RULES}: run the "
        "release that wrote it, or a later one"
    )


def stateless(record: Record) -> OtherRules:
    """The error that `record` switches a state that is not there."""
    return OtherRules(
        f"{_place(record)} switches what release {_RELEASES[FIRST_RULES]} had judged up to there, and that state is "
        "missing: it stands in soc.tickets and soc.tenants, not in the inbox"
    )


def _place(record: Record) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"
