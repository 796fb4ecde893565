"""What a report says of the work beside the promises, as plain data. Times are RFC 3339 in UTC, lengths are seconds."""

from typing import Literal

from tocsin.report.part import Part, Place


class Exclusion(Part, frozen=True, kw_only=True):
    """A reason of the contract for which a ticket is not owed what it otherwise would be."""

    ticket: str
    reason: str
    consequence: str
    clause: str
    since: str
    lifted_at: str | None
    inbox_offsets: list[int]
    place: Place


class Wait(Part, frozen=True, kw_only=True):
    """A span in which a ticket waited, as far as it is in the period. `end` None: it still waits."""

    ticket: str
    reason: str
    start: str
    end: str | None
    seconds: float


class Week(Part, frozen=True, kw_only=True):
    """The lengths of one week, by the Monday on which it begins."""

    monday: str
    count: int
    median: float
    p90: float


class Taken(Part, frozen=True, kw_only=True):
    """How long one ticket took: an entry of a measure."""

    ticket: str
    start: str
    end: str
    seconds: float
    inbox_offsets: list[int]


class Measure(Part, frozen=True, kw_only=True):
    """How long something took, on the tickets of the period: elapsed time, waits included. p90 is by nearest rank."""

    name: Literal["detect", "acknowledge", "respond", "contain", "resolve"]
    meaning: str
    count: int
    median: float | None
    p90: float | None
    weeks: list[Week]
    tickets: list[Taken]


class Callback(Part, frozen=True, kw_only=True):
    """A missed call for which a callback was owed. `caller` is None where it is not known any more."""

    promise: str
    ticket: str
    caller: str | None
    missed_at: str
    deadline: str | None
    returned_at: str | None
    attempts: int
    state: str
    inbox_offsets: list[int]


class Contacted(Part, frozen=True, kw_only=True):
    """A line of the support log; `missing` are the fields that the contract requires and that are not known."""

    ticket: str | None
    channel: str
    what: str
    contact: str | None
    location: str | None
    details: str | None
    contacted_at: str
    analyst: str | None
    client_ticket: str | None
    priority: str | None
    time_to_resolve: float | None
    missing: list[str]
    inbox_offset: int | None


class Due(Part, frozen=True, kw_only=True):
    """A promise of an open ticket that is still owed."""

    objective: str
    state: str
    deadline: str | None


class Open(Part, frozen=True, kw_only=True):
    """A ticket that is open at the time of the report."""

    ticket: str
    title: str
    priority: str
    stage: str
    opened_at: str
    waits_for: str | None
    due: list[Due]


class Ticketed(Part, frozen=True, kw_only=True):
    """A ticket that the report speaks of. `places` are its records in the journal, the first and the last."""

    number: str
    id: str
    title: str
    priority: str
    stage: str
    channel: str
    opened_at: str
    resolved_at: str | None
    elsewhere: list[str]
    inbox_offsets: list[int]
    places: list[Place]
    tlp: str | None = None  # its marking of the Traffic Light Protocol, when the report was made


class Proof(Part, frozen=True, kw_only=True):
    """What the journal held when the report was made, for each partition that has records of the client.

    `chain` is the hash of the last record, `root` that of the Merkle tree over the records from `first` on.
    """

    topic: str
    partition: int
    first: int
    end: int
    records: int
    chain: str
    root: str
