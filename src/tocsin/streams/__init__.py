"""The Faust shell: transport, transactions, restore, timekeeper."""
