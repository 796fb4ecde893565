"""`tocsin audit keygen`, `head` and `sign`."""

import json
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from pathlib import Path
from threading import Event

import click
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tocsin.audit.growing import DoesNotGoOn, heads_of, start_of
from tocsin.audit.head import Head, Signer, signed
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._heads import PATH, HeadsHere, heads_options, public_keys, sentences
from tocsin.cli._kafka import in_a_sentence, run
from tocsin.cli._keys import private_key, shown, write_pair
from tocsin.cli._logged import partitions_of, watched
from tocsin.cli._operation import operation_options
from tocsin.cli._source import source_argument
from tocsin.cli._types import DURATION
from tocsin.client.operations import record_operation
from tocsin.domain.commands.operation import RecordOperation
from tocsin.domain.instant import SECOND
from tocsin.recording.source import Spec, opened_source
from tocsin.render.audit import head_table
from tocsin.render.table import print_table
from tocsin.settings import Settings

_RELEASE = version("tocsin")

Former = dict[tuple[str, int], list[Head]]
"""The last two heads of each partition."""

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


@click.command("keygen")
@click.argument("path", metavar="KEY", type=PATH)
def keygen(path: Path) -> None:
    """Make a key to sign heads with: the private one in the file KEY, the public one in KEY.pub.

    Give the public key to whoever checks: an auditor, a client. Only `tocsin audit sign` needs the private one.

    \b
    Example:
      tocsin audit keygen /etc/tocsin/heads.pem
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    public, name = write_pair(path)
    click.echo(f"{public} is the public key; its SHA-256 is {name}")


@click.command("public-key")
@click.argument("key")
def public_key(key: str) -> None:
    """Print the public key (PEM) of the private KEY: a file, or a PKCS#11 URI.

    \b
    Example:
      tocsin audit public-key 'pkcs11:token=audit;object=heads?module-path=/usr/lib/libsofthsm2.so&pin-source=pin'
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    click.echo(shown(private_key(key).public), nl=False)


@click.command("head")
@_JSON
@source_argument()
def head(spec: Spec, settings: Settings, *, as_json: bool) -> None:
    """Print the head of each partition of inbox and journal as it is now, unsigned.

    It reads the whole log of the cluster, or FILE (a recorded file or the folder of an export). Two logs with the same
    root are the same, record for record.

    \b
    Example:
      tocsin audit head
      tocsin audit head /backups/2026-11
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    found: list[Head] = []
    with opened_source(spec) as source:
        for partition in partitions_of(source):
            start = start_of(partition, [])
            made = heads_of(partition, start, watched(source, partition, start.offset), _RELEASE, "")
            found += [each.head for each in deque(made, maxlen=1)]
    _show(found, as_json=as_json)


@click.command("sign")
@click.option("--key", required=True, help="Private key: a file (PEM) that nobody else may read, or a PKCS#11 URI.")
@click.option("--former-key", type=PATH, multiple=True, help="Public key by which earlier heads were signed.")
@click.option("--every", type=DURATION, help="Go on, and sign again after this time, such as `10 min`.")
@operation_options
@_JSON
@source_argument()
@heads_options()
def sign(  # noqa: PLR0913 - its options
    *,
    spec: Spec,
    settings: Settings,
    here: HeadsHere,
    key: str,
    former_key: Sequence[Path],
    every: int | None,
    reason: str,
    operator: str,
    as_json: bool,
) -> None:
    """Sign the heads of inbox and journal, and add them to a file or a topic that another party keeps.

    A head is the Merkle root (RFC 6962) over all records of a partition so far. What a head covers can neither change
    nor vanish without `tocsin audit verify --heads` naming it. Only new records are read, and those between the last
    two heads once more. A log that does not go on from the last head is not signed: exit status 1, and the partition.

    With --every it ends on SIGTERM, and waits for brokers that do not answer. That it was started is recorded in the
    log; the heads of a FILE (a recorded file, the folder of an export) are signed without a record.

    \b
    Example:
      tocsin audit sign --key heads.pem --heads /mnt/auditor/heads.jsonl --every '10 min' --reason 'audit 2026'
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    signer = private_key(key)
    keys = public_keys(former_key) | {signer.key_id: signer.public}
    about = f"heads to {here}" + (f" every {every // SECOND} s" if every else "")
    done = RecordOperation(operation="audit.sign", about=about, reason=reason, operator=operator)
    with here.held(), _asked_to_end(every) as ended:
        former = _former(here, keys)
        if isinstance(spec, Settings):
            run(record_operation(spec, done))
        while True:
            with outliving_brokers(former) if every else nullcontext():
                former.update({} if former else _former(here, keys))
                _show(_sign(spec, here, former, signer, ended), as_json=as_json)
            if every is None or ended.wait(every / SECOND):
                break


def _former(here: HeadsHere, keys: Mapping[str, Ed25519PublicKey]) -> Former:
    with here.read(keys) as kept:
        if kept.faults:
            raise CommandError(f"The heads so far are not in order, so nothing is signed.\n{sentences(kept.faults)}")
        return {place: of[-2:] for place, of in kept.by_partition.items()}


def _sign(spec: Spec, here: HeadsHere, former: Former, signer: Signer, ended: Event) -> Iterator[Head]:
    """Sign what is new, and give each head when it is kept. Raises `CommandError`."""
    with opened_source(spec) as source:
        for partition in partitions_of(source):
            known = former.setdefault((partition.topic, partition.number), [])
            try:
                start = start_of(partition, known)
                records = watched(source, partition, start.offset)
                for made in heads_of(partition, start, records, _RELEASE, signer.key_id):
                    here.add(signed(made.head, made.tags, signer))
                    known[:] = [*known[-1:], made.head]
                    yield made.head
                    if ended.is_set():
                        return
            except DoesNotGoOn as error:
                raise CommandError(f"Not signed: {error}") from None


@contextmanager
def outliving_brokers(former: Former) -> Iterator[None]:
    """Say that no broker answers, and go on; by the heads that are kept then, since nobody knows what was confirmed."""
    try:
        with in_a_sentence():
            yield
    except CommandError as error:
        if error.exit_code != Exit.UNAVAILABLE:
            raise
        former.clear()
        error.show()


@contextmanager
def _asked_to_end(every: int | None) -> Iterator[Event]:
    """An event that SIGTERM and Ctrl-C set, where the command goes on until then."""
    ended = Event()
    if every is None:
        yield ended
        return
    before = [(each, signal.signal(each, lambda *_: ended.set())) for each in (signal.SIGTERM, signal.SIGINT)]
    try:
        yield ended
    finally:
        for each, handler in before:
            signal.signal(each, handler)


def _show(heads: Iterable[Head], *, as_json: bool) -> None:
    if as_json:
        for each in heads:
            click.echo(json.dumps(msgspec.to_builtins(each)))
    elif found := list(heads):
        print_table(head_table(found))
    else:
        click.echo("Nothing new.")
