"""Runs a scenario: the real intake and the real fold, over the inputs that it tells."""

import io
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from tocsin.contracts.errors import KeyPath, Problem
from tocsin.contracts.library import PLAIN, ContractLibrary
from tocsin.domain.instant import Instant, show
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.counters import Counters
from tocsin.engine.shard import Shard
from tocsin.engine.snapshot import decode_ticket
from tocsin.messages.record import HEADER_PREFIX, Chunk, Output, Record, Topic
from tocsin.replay import file
from tocsin.replay.fold import Folding
from tocsin.scenarios.kinds import CLIENT_MAIL, CLIENT_PHONE, OUR_MAILBOX
from tocsin.scenarios.notation import InputSpec, ScenarioSpec
from tocsin.scenarios.recorded import TENANT, Recorded, WrongInput, recorded
from tocsin.tenants.check import problems
from tocsin.tenants.directory import TenantDirectory
from tocsin.tenants.model import ContactSpec, SocSpec, TenantSpec, TenantsSpec

Entry = dict[str, Any]

_CONTACT = ContactSpec(name="Cleo", phones=(CLIENT_PHONE,), emails=(CLIENT_MAIL,))


class WrongScenario(ValueError):  # noqa: N818 - says what is the matter with the file
    """A scenario is wrong; `problems` are the places within it, and what to do."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__(*(what for _, what in found))
        self.problems = found


class Outcome(NamedTuple):
    """What came of a scenario. Alerts and events have their time `at`, `kind` and `number` beside their own members.

    An alert has the id of its promise as `rule`.
    """

    alerts: list[Entry]
    events: list[Entry]
    tickets: list[Ticket]
    labels: dict[str, str]  # the number of each ticket that has a label
    refused: dict[int, str]  # by the index of the input, why


def run(scenario: ScenarioSpec, library: ContractLibrary, contract: str) -> Outcome:
    """What comes of `scenario` for a client of `contract`, unless it names another. Raises `WrongScenario`.

    An overlay is tested beside the contract that the scenario names, or beside one that promises nothing.
    """
    client = scenario.tenant.model_copy(update={"contacts": scenario.tenant.contacts or (_CONTACT,)})
    if contract in library.overlays():
        overlays = tuple(dict.fromkeys((*client.overlays, contract)))
        contract, client = PLAIN, client.model_copy(update={"overlays": overlays})
    tenants = TenantsSpec(soc=SocSpec(mailboxes=(OUR_MAILBOX,)), tenants={TENANT: client})
    if found := [(("tenant", *path[2:]), what) for path, what in problems(tenants, library, contract)]:
        raise WrongScenario(found)
    return _Run(scenario, TenantDirectory(tenants, library, contract), client).outcome()


class _Run:
    """Replays the inputs one after the other, as far as a label must be known; then all of them."""

    def __init__(self, scenario: ScenarioSpec, directory: TenantDirectory, client: TenantSpec) -> None:
        self._scenario = scenario
        self._directory = directory
        self._client = client
        self._done: list[Recorded] = []
        self._labels: dict[str, str] = {}

    def outcome(self) -> Outcome:
        """What comes of all inputs. Raises `WrongScenario`."""
        for index, spec in enumerate(self._scenario.inputs):
            self._done.append(self._recorded(index, spec))
        watched = self._replayed(self._scenario.until)
        self._know_labels(watched)
        ids = {each.id: index for index, each in enumerate(self._done)}
        return Outcome(
            alerts=[_alert(it) for it in watched.outputs if it.topic is Topic.ALERTS],
            events=[_event(it) for it in watched.outputs if it.topic is Topic.TICKET_EVENTS],
            tickets=sorted(watched.tickets.values(), key=lambda ticket: ticket.number),
            labels=self._labels,
            refused=dict(_refusals(watched.outputs, ids)),
        )

    def _recorded(self, index: int, spec: InputSpec) -> Recorded:
        def number_of(label: str | None) -> str | None:
            if label in self._labels:
                return self._labels[label]
            watched = self._replayed(spec.at)
            self._know_labels(watched)
            if label is not None:
                return self._labels.get(label)
            return next(iter(watched.tickets.values())).number if len(watched.tickets) == 1 else None

        try:
            return recorded(index, spec, self._client, number_of)
        except WrongInput as error:
            place: KeyPath = ("inputs", index)
            raise WrongScenario([((*place, *path), what) for path, what in error.problems]) from None

    def _know_labels(self, watched: "_Watched") -> None:
        events = [json.loads(it.value or b"") for it in watched.outputs if it.topic is Topic.TICKET_EVENTS]
        for spec, each in zip(self._scenario.inputs, self._done, strict=False):
            numbers = [it["number"] for it in events if it["input"] == each.id and it["number"]]
            if spec.ticket and numbers:
                self._labels.setdefault(spec.ticket, numbers[0])

    def _replayed(self, until: Instant | None) -> "_Watched":
        watched = _Watched()
        stream = io.BytesIO(b"".join(each.line + b"\n" for each in self._done))
        file.replay(stream, self._directory, until, watched.outputs.append, watched.shard_of)
        return watched


class _Watched(Folding):
    """A shard, of whose outputs the state of the tickets is kept beside what is said."""

    def __init__(self) -> None:
        self.outputs: list[Output] = []
        self.tickets: dict[bytes, Ticket] = {}
        self._shard = Shard(0)

    def shard_of(self, partition: int, rules: int) -> Folding:
        """The fold over the one partition that a scenario has."""
        self._shard = Shard(partition, rules=rules)
        return self

    @property
    def counters(self) -> Counters:
        """Those of the shard."""
        return self._shard.counters

    @property
    def next_deadline(self) -> Instant | None:
        """That of the shard."""
        return self._shard.next_deadline

    def cut_repeats_after(self, horizon: Instant) -> None:
        """As the shard does."""
        self._shard.cut_repeats_after(horizon)

    def fold(self, records: Iterable[Record]) -> Iterator[Chunk]:
        """As the shard does."""
        for chunk in self._shard.fold(records):
            for output in chunk.outputs:
                if output.topic is Topic.TICKETS and output.value is not None:
                    self.tickets[output.key or b""] = decode_ticket(output.value)
            yield chunk


def _alert(output: Output) -> Entry:
    """The members of an alert, with its time, and the id of its promise, which its `dedup_key` names."""
    data = json.loads(output.value or b"")["data"]
    rule = data["dedup_key"].split("/", 2)[-1].rpartition("/")[0] if data["objective"] else None
    return {"at": show(output.timestamp), "rule": rule, **data}


def _event(output: Output) -> Entry:
    """The members of an event, with those that tell of persons, its time, its type as its kind, and its ticket.

    Each member has its own name, and `data.NAME` besides: some are called as the time, the type or the ticket are here.
    """
    event = json.loads(output.value or b"")
    data = {**event["data"], **event.get("persons", {})}
    told = {"at": event["at"], "kind": event["type"], "number": event["number"]}
    return {**data, **told, **{f"data.{name}": value for name, value in data.items()}}


def _refusals(outputs: Iterable[Output], ids: dict[str, int]) -> Iterator[tuple[int, str]]:
    """The inputs that were refused, by their index: dead letters, and commands that could not be carried out."""
    for output in outputs:
        if output.topic is Topic.DEAD_LETTERS:
            headers = {name: (value or b"").decode() for name, value in output.headers}
            index = int(headers[f"{HEADER_PREFIX}origin-offset"]) - 1
            yield index, f"{headers[f'{HEADER_PREFIX}reason']}: {headers.get(f'{HEADER_PREFIX}detail', '')}"
        elif output.topic is Topic.TICKET_EVENTS:
            event = json.loads(output.value or b"")
            if event["type"] == "CommandRejected" and event["input"] in ids:
                yield ids[event["input"]], f"{event['data']['reason']}: {event['data'].get('detail', '')}"
