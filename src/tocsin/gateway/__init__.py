"""The gateway: mail and HTTP for those whose systems do not speak Kafka.

It puts bytes on the input topics and decides nothing. Whoever hands over a message is told that it was taken when
Kafka has confirmed it, and not before. It is a process of its own: workers do not know of it.
"""
