"""The access file of the board: who may look, at which tenants, and who may act. It holds no secret in clear."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from tocsin.contracts.notation.rules import Spec
from tocsin.contracts.notation.spelling import TENANT_PATTERN
from tocsin.contracts.source.document import Document
from tocsin.contracts.source.loader import SourceDocument, read_text, validated
from tocsin.contracts.source.toml import TomlDocument
from tocsin.messages.models.base import IDENTIFIER_LENGTH_MAX
from tocsin.messages.text import LINE_PATTERN

EVERYBODY = "*"
"""Stands in a list of groups for whoever is known, and in a list of tenants for all of them."""

Name = Annotated[str, Field(min_length=1, max_length=IDENTIFIER_LENGTH_MAX, pattern=LINE_PATTERN)]
Tenant = Annotated[str, Field(pattern=TENANT_PATTERN)]
Group = Annotated[str, Field(min_length=1, max_length=200)]
Header = Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,100}$")]


class TokenSpec(Spec):
    """One who shows a token."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of the token, in hex")]
    tenants: tuple[Tenant, ...] | None = Field(None, description="The tenants that may be seen; without it all")
    acts: bool = Field(default=False, description="Whether it may act in the name of this entry")


class GroupsSpec(Spec):
    """Groups that may look, and groups that may act as well. Closed where nothing is said; `*` is everybody."""

    viewers: tuple[Group, ...] = ()
    analysts: tuple[Group, ...] = ()

    def may_look(self, groups: frozenset[str]) -> bool:
        """Returns whether one of these groups may look."""
        return _has_one(self.viewers, groups) or self.may_act(groups)

    def may_act(self, groups: frozenset[str]) -> bool:
        """Returns whether one of these groups may act."""
        return _has_one(self.analysts, groups)


class ProxySpec(GroupsSpec):
    """A proxy before the board that says in headers who asks. It must remove those that come from outside."""

    addresses: tuple[IPv4Network | IPv6Network, ...] = Field(min_length=1, description="Addresses that it asks from")
    user: Header = Field(description="The header with the name")
    groups: Header | None = Field(None, description="The header with the groups, with commas between them")
    tenants: Header | None = Field(None, description="The header with the tenants, `*` for all; without it all")


class OpenIdSpec(GroupsSpec):
    """An OpenID provider, where people sign in. `groups` and `tenants` are claims of its ID token."""

    issuer: Annotated[str, Field(pattern="^https?://[^@\\s?#]+$", max_length=500)]
    title: Group = Field("your organisation", description="What the page calls it")
    client_id: Group
    client_secret_file: Group | None = Field(None, description="Our secret; beside the access file unless absolute")
    scopes: tuple[Group, ...] = Field(("profile",), description="Beside openid")
    name: Group = Field(description="The claim with the name for the journal, one that nobody can choose")
    groups: Group | None = Field(None, description="The claim with the groups")
    tenants: Group | None = Field(None, description="The claim with the tenants, `*` for all; without it all")


class AccessSpec(Spec):
    """The whole file."""

    tokens: dict[Name, TokenSpec] = Field({})
    proxy: ProxySpec | None = None
    openid: OpenIdSpec | None = None

    @model_validator(mode="after")
    def _somebody_is_known_and_each_by_one_token(self) -> Self:
        if not self.tokens and not self.by_others:
            raise ValueError("nobody is named: `tokens`, `proxy` or `openid` says who may use the board")
        if len({token.sha256 for token in self.tokens.values()}) < len(self.tokens):
            raise ValueError("two names have the same token")
        return self

    @property
    def by_others(self) -> tuple[GroupsSpec, ...]:
        """Those by whom the board is told who somebody is."""
        return tuple(each for each in (self.proxy, self.openid) if each is not None)

    @property
    def lets_act(self) -> bool:
        """True if anybody may act."""
        return any(token.acts for token in self.tokens.values()) or any(each.analysts for each in self.by_others)

    @property
    def hides(self) -> bool:
        """True if anybody may not see everything."""
        return bool(self.by_others) or any(token.tenants is not None for token in self.tokens.values())


def read_access(path: Path) -> AccessSpec:
    """The access file, TOML or YAML. Raises `ContractError` with a line for each fault."""
    text = read_text(path)
    yaml = path.suffix in (".yaml", ".yml")
    document: SourceDocument = Document(text, path.name) if yaml else TomlDocument(text, path.name)
    return validated(AccessSpec, document)


def _has_one(wanted: tuple[str, ...], groups: frozenset[str]) -> bool:
    return EVERYBODY in wanted or not groups.isdisjoint(wanted)
