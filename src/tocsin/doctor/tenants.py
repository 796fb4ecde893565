"""The tenants file, against what tenants have adopted."""

from collections.abc import Sequence

from tocsin.client.reading import opened
from tocsin.client.start import BEGINNING
from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.doctor.finding import Finding, Level
from tocsin.domain.state.tenant import Tenant
from tocsin.engine.snapshot import decode_tenant
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.core.adoptions import Adoptions, hint
from tocsin.tenants.directory import TenantDirectory

NAME = "tenants"
_KEY = b"tenant/"


def directory(settings: Settings) -> TenantDirectory:
    """The tenants of the settings' file. Raises `ContractError`."""
    library = ContractLibrary.load(settings.contracts_dir)
    return TenantDirectory.from_file(settings.tenants_file, library, settings.default_contract)


async def check(settings: Settings) -> list[Finding]:
    """Findings about the tenants file and what tenants have adopted."""
    try:
        known = directory(settings)
    except ContractError as error:
        sentence = f"The files of tenants and contracts are not valid: {str(error).splitlines()[0]}"
        return [Finding(NAME, Level.FAULT, sentence, f"tocsin tenants check {settings.tenants_file}")]
    state: dict[bytes, Tenant] = {}
    async with opened(settings, Topic.TENANTS, BEGINNING) as reader:
        async for record in reader.to_end():
            if record.value is not None and record.key is not None and record.key.startswith(_KEY):
                state[record.key] = decode_tenant(record.value)
    return judge(known, list(state.values()))


def judge(known: TenantDirectory, adopted: Sequence[Tenant]) -> list[Finding]:
    """A warning where a tenant lives by something else than the files say."""
    said = hint(Adoptions(known.names(), known.adoption).outdated(adopted))
    if said is not None:
        return [Finding(NAME, Level.WARNING, f"{said[0].upper()}{said[1:]}.", "tocsin tenants plan")]
    return [Finding(NAME, Level.OK, f"{len(adopted)} tenants live by what the files say.")]
