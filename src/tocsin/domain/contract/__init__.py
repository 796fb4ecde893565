"""The promises: a compiled contract and its rules."""
