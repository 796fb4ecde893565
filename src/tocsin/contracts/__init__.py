"""The vendors' contracts as YAML, with loader, linter and the tenants file."""
