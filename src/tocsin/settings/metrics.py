"""The settings of the metrics: what has series of its own."""

from pydantic import Field
from pydantic_settings import BaseSettings

from tocsin.settings.ranges import TenantNames


class MetricsSettings(BaseSettings):
    """What a worker tells one by one. The number of its series is bounded by these."""

    metrics_urgent: int = Field(
        10, ge=0, le=100, description="Promises that are due next of which metrics tell one by one"
    )
    metrics_tenants: TenantNames | None = Field(
        None, description="Tenants whose deadlines are measured apart, NAME[,NAME...], at most 100"
    )

    @property
    def tenants_apart(self) -> frozenset[str]:
        """The tenants whose deadlines are measured apart."""
        return frozenset(self.metrics_tenants.split(",")) if self.metrics_tenants else frozenset()
