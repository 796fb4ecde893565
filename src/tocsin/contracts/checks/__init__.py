"""What the linter looks for, grouped by the kind of doubt."""
