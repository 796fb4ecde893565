"""The milestones of a contract, as kinds of evidence."""

from collections.abc import Iterator, Mapping

from tocsin.contracts.notation.rules import MilestoneSpec
from tocsin.domain.contract.evidence import EvidenceKind
from tocsin.domain.vocabulary import Setter

_OUTBOUND = frozenset((Setter.CALL, Setter.EMAIL))


def milestones_of(specs: Mapping[str, MilestoneSpec]) -> Iterator[EvidenceKind]:
    """The milestones of `specs` by their names."""
    for name, it in specs.items():
        yield EvidenceKind(
            name=name,
            text=it.text,
            verb="tocsin.desk.mark" if Setter.DESK in it.set_by else None,
            purposes=() if _OUTBOUND.isdisjoint(it.set_by) else (name,),
            set_by=it.set_by,
            follows=it.follows,
            cites=it.cites,
        )
