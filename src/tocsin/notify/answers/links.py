"""Makes the links by which pages are answered."""

from collections.abc import Callable
from dataclasses import dataclass

from tocsin.domain.instant import Instant
from tocsin.notify.answers.token import ANSWER, Claim, sign
from tocsin.notify.pages.page import Page
from tocsin.notify.pages.plan import Way


@dataclass(frozen=True, slots=True)
class Links:
    """Links below `url`, signed with `key`, which hold for `valid_for` milliseconds. Without a key there are none."""

    url: str | None
    key: bytes | None
    valid_for: int
    now: Callable[[], Instant]

    def link(self, page: Page, way: Way) -> str | None:
        """The link by which the person answers `page`, as it went by `way`."""
        person, content = page.plan.person, page.received.alert.data
        if self.url is None or self.key is None or person is None:
            return None
        claim = Claim(
            expires=self.now() + self.valid_for,
            alert=page.received.alert.id,
            tenant=content.tenant,
            dedup_key=content.dedup_key,
            ticket=content.ticket,
            number=content.number,
            role=page.plan.role,
            person=person.key,
            sink=way.sink,
            way=way.name,
            roster=page.plan.roster,
        )
        token = sign(claim, self.key)
        return None if token is None else self.url.rstrip("/") + ANSWER + token
