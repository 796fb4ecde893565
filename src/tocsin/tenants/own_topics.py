"""Own topics: input topics that belong to one tenant. What stands there is that tenant's, whatever it says."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tocsin.contracts.errors import Problem
from tocsin.tenants.model import TenantSpec

_ANYTHING = "*"


class OwnTopic(NamedTuple):
    """The own topic of a tenant by its default name, or all topics whose names begin so."""

    tenant: str
    name: str
    begins_so: bool

    def is_called(self, name: str) -> bool:
        """True if `name` is the default name of the topic, or of one of them."""
        return name.startswith(self.name) if self.begins_so else name == self.name

    def meets(self, other: "OwnTopic") -> bool:
        """True if a topic can be both."""
        return self.is_called(other.name) or other.is_called(self.name)


class OwnTopics:
    """The own topics of the tenants file. No topic belongs to two tenants: see `problems`."""

    def __init__(self, topics: Iterable[OwnTopic] = ()) -> None:
        self._exact = {topic.name: topic for topic in topics if not topic.begins_so}
        self._beginnings = tuple(topic for topic in topics if topic.begins_so)

    @property
    def names(self) -> tuple[str, ...]:
        """The default names of the topics that the file names in full, in its order."""
        return tuple(self._exact)

    def __bool__(self) -> bool:
        """True if there are any."""
        return bool(self._exact or self._beginnings)

    def owner_of(self, name: str) -> str | None:
        """The tenant to which the topic of this default name belongs."""
        topic = self._exact.get(name) or next((it for it in self._beginnings if it.is_called(name)), None)
        return None if topic is None else topic.tenant


def own_topics(tenants: Mapping[str, TenantSpec]) -> tuple[OwnTopic, ...]:
    """The own topics in the order of the file."""
    return tuple(_own_topic(tenant, it) for tenant, spec in tenants.items() for it in spec.sources.topics)


def problems(tenants: Mapping[str, TenantSpec]) -> Iterator[Problem]:
    """Topics that would belong to two tenants."""
    taken: list[OwnTopic] = []
    for tenant, spec in tenants.items():
        for index, written in enumerate(spec.sources.topics):
            topic = _own_topic(tenant, written)
            other = next((it for it in taken if it.tenant != tenant and it.meets(topic)), None)
            if other is not None:
                place = ("tenants", tenant, "sources", "topics", index)
                yield place, f"this topic belongs to {other.tenant!r} already; it can tell only one tenant"
            taken.append(topic)


def _own_topic(tenant: str, written: str) -> OwnTopic:
    name = f"soc.{written}"
    return OwnTopic(tenant, name.removesuffix(_ANYTHING), begins_so=name.endswith(_ANYTHING))
