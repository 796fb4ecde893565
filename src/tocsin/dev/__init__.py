"""Everything on one machine: a local Kafka and a simulated shift."""
