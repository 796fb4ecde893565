"""`tocsin audit`: reports from the journal."""

import json
from typing import BinaryIO

import click

from tocsin.audit.attainment import Attainment, ContractOf
from tocsin.audit.chain import Chain
from tocsin.audit.journal import read_event
from tocsin.audit.journal_file import RecordPlace
from tocsin.audit.support_log import SupportLog
from tocsin.cli._contracts import directory_of, library_of
from tocsin.cli._exit import CommandError
from tocsin.cli._journal import each_record
from tocsin.cli._settings import settings_options
from tocsin.domain.contract.model import Contract
from tocsin.render.audit import attainment_table, chain_table, support_log_table
from tocsin.render.table import print_table
from tocsin.render.text import safe, safe_json
from tocsin.settings import Settings

_FILE = click.argument("file", type=click.File("rb"), required=False)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


@click.group("audit")
def command() -> None:
    """Report from the journal: is it complete, who contacted us, and which promises were kept.

    Each command reads FILE (- for standard input), which holds lines as `tocsin replay file --json` and `tocsin tail
    ticket-events --json` print them, or without FILE the topic itself.
    """


@command.command("verify")
@_FILE
@_JSON
@settings_options()
def verify(file: BinaryIO | None, settings: Settings, *, as_json: bool) -> None:
    """Verify that nothing in the journal was changed, added, moved or left out.

    Every record carries the hash of the one before it in its partition. A person may have been forgotten (`persons`
    removed): the chain still holds. If FILE begins in the middle of a partition, its first record is taken on trust.
    Keep the printed head elsewhere: with it a later check can tell that no earlier record was replaced.

    Exit status: 0, or 1 if a chain is broken.
    """
    chains: dict[int, Chain] = {}

    def take(value: bytes | None, place: RecordPlace) -> None:
        chain = chains.setdefault(place.partition, Chain(from_beginning=not place.offset))
        chain.take(value, str(place))

    each_record(file, settings, take)
    for partition, chain in sorted(chains.items()):
        if as_json:
            click.echo(json.dumps({"partition": partition, **chain.document()}))
    if not as_json:
        print_table(chain_table(chains))
    broken = [chain.fault for chain in chains.values() if chain.fault]
    if broken:
        raise CommandError("; ".join(f"{safe(fault.place)} {fault.why}" for fault in broken))


@command.command("support-log")
@_FILE
@click.option("--tenant", help="Only this tenant.")
@_JSON
@settings_options("tenants_file", "contracts_dir")
def support_log(file: BinaryIO | None, tenant: str | None, settings: Settings, *, as_json: bool) -> None:
    """List every call, mail and request received: contact, place, analyst, time, subject, time to resolve.

    A field that the client's contract requires and the journal does not have is shown as missing.
    """
    contract_of = _contracts(settings)

    def fields_of(whose: str, name: str, plan: str) -> tuple[str, ...]:
        contract = contract_of(whose, name)
        rule = contract.plans[plan].support_log if contract and plan in contract.plans else None
        return rule.fields if rule else ()

    log = SupportLog(fields_of)
    each_record(file, settings, lambda value, _place: log.take(read_event(value)))
    entries = [entry for entry in log.entries if tenant in (None, entry.tenant)]
    if as_json:
        for entry in entries:
            click.echo(safe_json(json.dumps(entry.document(), ensure_ascii=False)))
    else:
        print_table(support_log_table(entries))


@command.command("attainment")
@_FILE
@click.option("--tenant", help="Only this tenant.")
@_JSON
@settings_options("tenants_file", "contracts_dir")
def attainment(file: BinaryIO | None, tenant: str | None, settings: Settings, *, as_json: bool) -> None:
    """Count which promises were kept in time: by month, plan, objective and priority, beside the promised share.

    The final outcome counts, late evidence included. An open promise does not count yet; a promise without a figure
    never counts.
    """
    counted = Attainment(_contracts(settings))
    each_record(file, settings, lambda value, _place: counted.take(read_event(value)))
    rows = [(group, count) for group, count in counted.counts().items() if tenant in (None, group.tenant)]
    if as_json:
        for group, count in rows:
            click.echo(safe_json(json.dumps({**group._asdict(), **count.document()})))
        return
    print_table(attainment_table(rows))


def _contracts(settings: Settings) -> ContractOf:
    """A function that finds a contract: as the tenants file has it, otherwise as it was shipped."""
    directory, library = directory_of(settings), library_of(settings)

    def contract_of(tenant: str, name: str) -> Contract | None:
        if tenant in directory.names() and (own := directory.contract(tenant)).name == name:
            return own
        return library.get(name) if name in library.names() else None

    return contract_of
