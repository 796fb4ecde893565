"""What becomes of a command at the desk: events, or a refusal with its reason."""

from dataclasses import dataclass

from tocsin.domain.events.ticket import Event


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command cannot be carried out: a word for machines, then a sentence for people."""

    reason: str
    detail: str


Answer = Event | tuple[Event, ...] | Refusal


def events_of(answer: Event | tuple[Event, ...]) -> tuple[Event, ...]:
    """The events of an answer that is no refusal, in their order."""
    return answer if isinstance(answer, tuple) else (answer,)


def together(first: Answer, second: Answer) -> Answer:
    """What can be done of both, or why neither can."""
    if isinstance(first, Refusal):
        return second
    return first if isinstance(second, Refusal) else (*events_of(first), *events_of(second))
