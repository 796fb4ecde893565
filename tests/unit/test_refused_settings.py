"""What brokers refuse, in sentences that name the setting and say what to change."""

import pytest
from aiokafka import errors

from tocsin.settings import Settings
from tocsin.streams.kafka.refusals import refused_setting

SETTINGS = Settings(app_id="soc", session_timeout=7, partitions=4, replication_factor=5, topic_prefix="p.")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.InvalidSessionTimeoutError(), ("session_timeout 7 s", "group.min.session.timeout.ms")),
        (errors.InconsistentGroupProtocolError(), ("app_id 'soc'", "Take another app_id")),
        (errors.InvalidGroupIdError(), ("app_id 'soc'",)),
        (errors.InvalidTransactionTimeout(), ("transaction.max.timeout.ms to 10000 or more",)),
        (errors.InvalidReplicationFactorError(), ("replication_factor 5", "TOCSIN_REPLICATION_FACTOR")),
        (errors.InvalidPartitionsError(), ("partitions 4", "TOCSIN_PARTITIONS")),
        (errors.InvalidTopicError(), ("topic_prefix 'p.'",)),
        (errors.InvalidConfigurationError("p.inbox: no"), ("configuration of a topic", "p.inbox: no")),
        (errors.PolicyViolationError("p.inbox: {x}"), ("by a policy", "p.inbox: {x}", "audit_days 400")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_refusal_names_the_setting_also_where_it_is_wrapped(error: Exception, words: tuple[str, ...]) -> None:
    wrapped = errors.KafkaError("Unexpected error")
    wrapped.__cause__ = error
    for told in (error, wrapped, ExceptionGroup("lanes", [wrapped])):
        sentence = refused_setting(told, SETTINGS)
        assert sentence is not None
        assert sentence.startswith("The brokers refuse ")
        assert all(word in sentence for word in words)


def test_other_errors_are_no_refusal_of_a_setting() -> None:
    assert refused_setting(errors.ProducerFenced(), SETTINGS) is None
    assert refused_setting(ValueError("x"), SETTINGS) is None
