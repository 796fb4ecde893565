"""Text of strangers as it may be shown: nothing in it forges a line, steers a terminal or deceives a reader."""


def harmless(text: str) -> str:
    r"""`text` on one line, with each character that does not show itself (controls, marks of direction) as `\x1b`."""
    return text if text.isprintable() else "".join(c if c.isprintable() else escaped(c) for c in text)


def escaped(character: str) -> str:
    r"""`character` as `\n`, `\x1b` or `\u202e`."""
    return character.encode("unicode_escape").decode("ascii")
