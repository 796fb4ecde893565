"""The vendors' contracts as YAML, their notation, compiler, linter and reports."""
