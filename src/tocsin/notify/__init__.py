"""Brings alerts to those whom they are for: sinks take them, receipts say what became of each.

A process of its own beside the workers. Each sink has a *lane*, a consumer group of its own on `soc.alerts`, so that a
dead one holds up nobody else; people's pages have one more. What became of an alert stands on `soc.deliveries`, and
these receipts are the memory: whoever starts after a crash reads them and repeats at most what a sink had taken and
nobody had written down.

The way of an alert: `lane` reads it, `routes` says to which sinks it goes, `feed` decides whether it goes (a resolve
whose trigger was never sent does not), `delivery` tries until it has gone or must be given up, `receipts` writes down
what became of it, and the lane commits what is done.
"""
