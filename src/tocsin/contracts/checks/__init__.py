"""The checks of the linter, grouped by the kind of doubt."""
