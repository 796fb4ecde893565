"""Reading raw mail: its headers, the addresses and words in them, who wrote it, and whether a machine did."""
