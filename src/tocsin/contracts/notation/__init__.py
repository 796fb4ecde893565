"""The contract language as it is written in YAML."""
