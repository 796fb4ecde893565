"""What was promised: a compiled contract and its rules."""
