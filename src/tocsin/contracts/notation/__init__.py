"""The contract language: models of its YAML, and the texts for times, targets and hours."""
