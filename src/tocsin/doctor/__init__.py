"""What stands in the way of Tocsin on a cluster, from a shell on any machine: one module for each check."""
