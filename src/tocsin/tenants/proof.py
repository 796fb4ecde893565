"""What the tenants file means for who may speak in our name, and in a client's."""

from collections.abc import Iterator

from tocsin.tenants.directory import TenantDirectory


def readings(directory: TenantDirectory, *, sent_topic: bool) -> Iterator[str]:
    """What counts as sent by us, and whose mail must prove who wrote it, in sentences."""
    servers = ", ".join(sorted(directory.authserv_ids))
    ways = ["on soc.sent"] if sent_topic else []
    if servers:
        ways.append(f"where the topmost Authentication-Results of {servers} has DMARC or an aligned DKIM pass")
    if not directory.has_addresses_of_ours:
        yield "No address of ours is named in [soc]: no mail on soc.emails is taken for ours."
    elif ways:
        yield f"A raw mail from an address of [soc] counts as ours {', and '.join(ways)}; else it is spoofed_sender."
    else:
        yield (
            "No raw mail counts as ours: one from an address of [soc] is spoofed_sender, a loud ticket that stops "
            "nothing. Name the mail servers that check DMARC in [soc] authserv_ids, or set sent_topic."
        )
    if servers:
        yield f"{servers} must remove from what it receives the Authentication-Results that bear its name."
    if proving := directory.proving():
        yield f"Mail from addresses of {', '.join(proving)} must prove who wrote it in the same way."
    where = "on soc.sent alone" if sent_topic else "wherever they stand, since sent_topic is not set"
    yield f"Calls and mails of ours in Tocsin's own schema count {where}."
