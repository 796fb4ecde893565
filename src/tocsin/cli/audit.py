"""`tocsin audit`: what an auditor asks."""

import json
from pathlib import Path

import click

from tocsin.audit.attainment import Attainment, ContractOf
from tocsin.audit.journal import read_event
from tocsin.audit.support_log import SupportLog
from tocsin.cli._audit_ocsf import ocsf
from tocsin.cli._audit_prove import prove
from tocsin.cli._audit_sign import head, keygen, public_key, sign
from tocsin.cli._audit_verify import verify
from tocsin.cli._contracts import directory_of, library_of
from tocsin.cli._journal import JOURNAL_FILE, each_record
from tocsin.cli._settings import settings_options
from tocsin.domain.contract.model import Contract
from tocsin.render.audit import attainment_table, credits_table, support_log_table
from tocsin.render.table import print_table
from tocsin.render.text import safe_json
from tocsin.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


@click.group("audit")
def command() -> None:
    """Prove that the log is what it was, and report from it: who contacted us, which promises were kept.

    Each command reads FILE, a recorded file (lines as `tocsin tail ticket-events --json` prints them) or the folder of
    an export, or without FILE the cluster. verify, support-log and attainment also read standard input (-).
    """


for each in (verify, keygen, public_key, head, sign, prove, ocsf):
    command.add_command(each)


@command.command("support-log")
@JOURNAL_FILE
@click.option("--tenant", help="Only this tenant.")
@_JSON
@settings_options("tenants_file", "contracts_dir")
def support_log(file: Path | None, tenant: str | None, settings: Settings, *, as_json: bool) -> None:
    """List every call, mail and request received: contact, place, analyst, time, subject, time to resolve.

    A field that the client's contract requires and the journal does not have is shown as missing.
    """
    contract_of = _contracts(settings)

    def fields_of(whose: str, name: str, plan: str) -> tuple[str, ...]:
        contract = contract_of(whose, name, "")
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
@JOURNAL_FILE
@click.option("--tenant", help="Only this tenant.")
@_JSON
@settings_options("tenants_file", "contracts_dir")
def attainment(file: Path | None, tenant: str | None, settings: Settings, *, as_json: bool) -> None:
    """Count which promises were kept in time: by month, plan, objective and priority, beside the promised share.

    The final outcome counts, late evidence included. An open promise does not count yet; a promise without a figure
    never counts. What the contract promises of other groups and periods, or of the times that were taken, stands beside
    that, and what was missed with its credit. The last lines are what is credited for each period on the whole.

    A journal has no contracts: they are read as the tenants file has them now. `tocsin report` takes those of the log.
    """
    counted = Attainment(_contracts(settings))
    each_record(file, settings, lambda value, _place: counted.take(read_event(value)))
    rows = [(group, count) for group, count in counted.counts().items() if tenant in (None, group.tenant)]
    owed = {period: credits_of for period, credits_of in counted.credits().items() if tenant in (None, period[0])}
    if as_json:
        for group, count in rows:
            click.echo(safe_json(json.dumps({**group._asdict(), **count.document()})))
        for (whose, month), credits_of in owed.items():
            for it in credits_of:
                told = {"credit_of": it.terms.of, "credit": str(it.part), "arithmetic": it.arithmetic}
                click.echo(safe_json(json.dumps({"tenant": whose, "month": month, **told})))
        return
    print_table(attainment_table(rows))
    if owed:
        print_table(credits_table(owed))


def _contracts(settings: Settings) -> ContractOf:
    """A function that finds a contract: as the tenants file has it, otherwise as it was shipped."""
    directory, library = directory_of(settings), library_of(settings)

    def contract_of(tenant: str, name: str, _hash: str) -> Contract | None:
        if tenant in directory.names() and (own := directory.contract(tenant)).name == name:
            return own
        return library.get(name) if name in library.names() else None

    return contract_of
