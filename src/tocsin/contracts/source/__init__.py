"""YAML text to a checked document, every fault with its line."""
