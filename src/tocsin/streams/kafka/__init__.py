"""The port on Kafka, by aiokafka."""
