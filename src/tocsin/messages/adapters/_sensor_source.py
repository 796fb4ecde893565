"""The source of a sensor's message: the tenant, the sensor, and what the tenants file says of both."""

from typing import NamedTuple

from tocsin.messages.adapters._asset import Networks
from tocsin.messages.adapters._sensor import text
from tocsin.messages.arrival import Arrival
from tocsin.messages.known_tenants import TenantKey


class SensorSource(NamedTuple):
    """`zone` is the time zone of a sensor that writes none into its stamps; None where nobody says it."""

    tenant: str
    sensor: str
    zone: str | None
    home: Networks


def sensor_source(arrival: Arrival, product: str, *names: object) -> SensorSource:
    """The sensor that wrote a message, and its tenant. Raises `Rejected` where it is nobody's.

    The sensor is what the Kafka header `sensor` names; else the first of `names`, or the sender that a frame names,
    that the tenants file knows; else the product, since replicas of one sensor, or of a relay, have names of their own.
    """
    given = text(arrival.header("sensor"))
    sensors = [name for name in (given, *map(text, names), text(arrival.sender), product) if name]
    tenants = arrival.tenants
    known = next((name for name in sensors if tenants.tenant_of(sensor=name) is not None), None)
    sensor = given or known or product
    tenant = arrival.tenant(None, *(TenantKey(sensor=name) for name in (known,) if name))
    zone = tenants.timezone_of_sensor(sensor) or (tenants.timezone_of_sensor(known) if known else None)
    return SensorSource(tenant, sensor, zone, tenants.home_networks(tenant))
