"""The spelling of tenant names, in the tenants file and in messages."""

TENANT_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"

UNASSIGNED = "unassigned"
"""The tenant of a message from an unknown client, and the contract of that tenant."""
