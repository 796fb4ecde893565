"""Numbers that a tenant's part of the file writes without their country, by its `region`."""

from collections.abc import Mapping

from tocsin.contracts.notation.telephone import is_region, phone_number

_PLACES = ("sources", "contacts", "lines")


def in_region(tenant: Mapping[str, object]) -> Mapping[str, object]:
    """`tenant`, as it is written, with the telephone numbers of its region. What is wrong stays as it is."""
    region = tenant.get("region")
    if not isinstance(region, str) or not is_region(region):
        return tenant
    found = {name: _numbers(tenant[name], region, within=name == "lines") for name in _PLACES if name in tenant}
    return {**tenant, **found}


def _numbers(value: object, region: str, *, within: bool) -> object:
    """`value` with the numbers under `phones`, and the numbers of `lines`."""
    if isinstance(value, str):
        return phone_number(value, region) if within else value
    if isinstance(value, list):
        return [_numbers(each, region, within=within) for each in value]
    if isinstance(value, dict):
        return {name: _numbers(each, region, within=within or name == "phones") for name, each in value.items()}
    return value
