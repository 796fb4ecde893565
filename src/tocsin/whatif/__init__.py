"""The same log under another contract: which alerts appear, vanish and move, and what that can and cannot tell."""
