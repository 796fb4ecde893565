"""One call of intake, from bytes to what became of them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tocsin.domain.commands.inbound import Input
from tocsin.domain.instant import parse
from tocsin.messages import inbox
from tocsin.messages.ignored import IgnoredKind
from tocsin.messages.intake import ADOPTION_SOURCE
from tocsin.messages.record import Output, Record, Topic

PROOF = {"Authentication_Results": "mx.soc.example; dmarc=pass (p=REJECT) header.from=soc.example"}
"""What the mail server of the example tenants writes above a mail that is really from us."""

STAMP = parse("2026-03-01T09:00:00Z")


@dataclass
class Taken:
    """What intake made of some messages."""

    outputs: list[Output]
    adoptions: list[Input]
    inputs: list[Input]
    letters: list[Output]
    ignored: Counter[IgnoredKind] = field(default_factory=Counter)

    @property
    def input(self) -> Input:
        """The one input, where there is exactly one and no dead letter."""
        assert [self.reason] == [None]
        (taken,) = self.inputs
        return taken

    @property
    def reason(self) -> str | None:
        """Why the one message was refused; None where none was."""
        return None if not self.letters else dict(self.letters[0].headers)["tocsin-reason"].decode()

    @property
    def reasons(self) -> list[str]:
        """Why messages were refused, one by one."""
        return [dict(letter.headers)["tocsin-reason"].decode() for letter in self.letters]


def taken_of(outputs: list[Output], ignored: Counter[IgnoredKind] | None = None) -> Taken:
    records = (Record(Topic.INBOX, 0, 0, STAMP, it.key, it.value) for it in outputs if it.topic is Topic.INBOX)
    inputs = [inbox.decode(record) for record in records]
    return Taken(
        outputs=outputs,
        adoptions=[it for it in inputs if it.source == ADOPTION_SOURCE],
        inputs=[it for it in inputs if it.source != ADOPTION_SOURCE],
        letters=[it for it in outputs if it.topic is Topic.DEAD_LETTERS],
        ignored=ignored or Counter(),
    )


Take = Callable[..., Taken]
"""Takes a topic and values: what came of them."""
