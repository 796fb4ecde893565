"""Records of a cluster, or of exported files, by the same means."""
