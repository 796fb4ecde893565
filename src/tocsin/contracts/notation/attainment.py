"""The notation of what is promised over many clocks: a share, a mean, a percentile, and its credits."""

import re
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from tocsin.contracts.notation.rules import CitedSpec, Duration, Name, Spec, Text, parsed
from tocsin.domain.contract.attainment import Grouping, Measure
from tocsin.domain.contract.rules import Period

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?) ?%")


def parse_percent(text: str) -> Decimal:
    """The part of a whole in `95 %` or `99.5 %`. Raises `ValueError` for anything else, and above 100 %."""
    match = _PERCENT.fullmatch(text.strip())
    if match is None or not 0 < Decimal(match[1]) <= 100:  # noqa: PLR2004 - percent
        raise ValueError(f"{text!r} is no part of a whole; write it like `95 %` or `99.5 %`")
    return Decimal(match[1]).scaleb(-2).normalize()


Percent = Annotated[Decimal, parsed(parse_percent)]


class CreditTierSpec(Spec):
    """The credit for a share below, or for a time above, this one."""

    below: Percent | None = Field(None, description="Of a share: `95 %`")
    above: Duration | None = Field(None, description="Of a mean, median or 90th percentile: `4 h`")
    credit: Percent = Field(description="The part of the fee that is credited: `5 %`")


class CreditsSpec(Spec):
    """What is credited for a period that broke its promise. The tier that was missed furthest holds."""

    of: Text = Field(description="The fee of which it is a part, such as `the monthly fee`")
    tiers: tuple[CreditTierSpec, ...] = Field(min_length=1, description="Each is missed further than the one before it")
    cap: Percent | None = Field(None, description="All credits of this fee in one period are no more than this")


class AttainmentSpec(CitedSpec):
    """What is promised of many clocks together: the share that is in time, or how long they took."""

    objective: Name | None = Field(None, description="The clocks of this objective; by default all with a figure")
    rule: str | None = Field(None, description="The clocks of this rule, in place of an objective")
    by: Grouping = Field(Grouping.PRIORITY, description="Those of one plan and priority, plan, rule or tenant together")
    period: Period = Field(Period.MONTH, description="`contract_year` begins on the day that the tenants file names")
    measure: Measure = Measure.SHARE
    share: float | None = Field(None, gt=0, le=1, description="The share that must be in time")
    at_most: Duration | None = Field(
        None, description="The greatest mean, median or 90th percentile, in the hours of each promise: `4 h`"
    )
    credits: CreditsSpec | None = None
    leave_out: tuple[Text, ...] = Field(
        (), description="Exclusions: a ticket that is ruled out by one of them does not count"
    )

    @model_validator(mode="after")
    def _it_is_about_one_thing(self) -> Self:
        if self.objective is not None and self.rule is not None:
            raise ValueError("give an `objective` or a `rule`, not both")
        shared = self.measure is Measure.SHARE
        if shared is (self.share is None) or shared is (self.at_most is not None):
            raise ValueError("a `share` goes with `measure: share`, and with the other measures `at_most`, like `4 h`")
        return self

    @model_validator(mode="after")
    def _its_tiers_lead_away_from_what_is_promised(self) -> Self:
        if self.credits is None:
            return self
        if any(self._missed_by(tier) < 0 for tier in self.credits.tiers):
            raise ValueError("a credit is for less than what is promised; the first tier begins there or further away")
        for one, other in pairwise(self.credits.tiers):
            if self._missed_by(one) >= self._missed_by(other) or one.credit >= other.credit:
                raise ValueError("each tier is missed further than the one before it, and credits more")
        cap = self.credits.cap
        if cap is not None and self.credits.tiers[-1].credit > cap:
            raise ValueError("the last tier credits more than the cap, so that it is never given in full")
        return self

    def _missed_by(self, tier: CreditTierSpec) -> Decimal | int:
        """How far `tier` is from what is promised. Raises `ValueError` for one of another measure."""
        if self.at_most is not None and tier.above is not None and tier.below is None:
            return tier.above - self.at_most
        if self.share is not None and tier.below is not None and tier.above is None:
            return Decimal(str(self.share)) - tier.below
        raise ValueError(
            "the tiers of a share have `below`, like `95 %`; those of the other measures `above`, like `4 h`"
        )
