"""Compiles what is promised over many clocks."""

from tocsin.contracts.notation.attainment import AttainmentSpec, CreditsSpec
from tocsin.domain.contract.attainment import AttainmentRule, Credits, CreditTier, Measure

_WITHIN = {Measure.MEAN: 0.0, Measure.MEDIAN: 0.5, Measure.P90: 0.9}
"""The share of the times that must be within `at_most`."""


def attainment_rule(it: AttainmentSpec) -> AttainmentRule:
    """The compiled promise."""
    return AttainmentRule(
        cites=it.cites,
        objective=it.objective,
        rule=it.rule,
        by=it.by,
        period=it.period,
        measure=it.measure,
        share=_WITHIN[it.measure] if it.share is None else it.share,
        at_most=it.at_most,
        credits=_credits(it.credits) if it.credits else None,
        leave_out=it.leave_out,
    )


def _credits(it: CreditsSpec) -> Credits:
    tiers = tuple(CreditTier(credit=tier.credit, below=tier.below, above=tier.above) for tier in it.tiers)
    return Credits(of=it.of, tiers=tiers, cap=it.cap)
