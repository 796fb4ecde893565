"""The steps of the worker, against a port: no Kafka, no Faust."""
