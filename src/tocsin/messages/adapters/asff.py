"""AWS Security Finding Format (ASFF): the findings of Security Hub and of the products that report to it.

One finding is one message. Its key is the `Id`, which is unique within the product that `ProductArn` names. The tenants
file may name a client's AWS account as a sensor.
"""

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._sensor import dig, first_text, text
from tocsin.messages.adapters._sensor_source import sensor_source
from tocsin.messages.adapters._severity import Graded, Scale
from tocsin.messages.adapters._vendor import is_over, moment
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.ignored import Ignored, IgnoredKind
from tocsin.messages.models.base import LINE_LENGTH_MAX

_SCALE = Scale(
    steps=(
        (0, Severity.INFORMATIONAL),
        (1, Severity.LOW),
        (40, Severity.MEDIUM),
        (70, Severity.HIGH),
        (90, Severity.CRITICAL),
    ),
    top=100,
)
"""Of `Severity.Normalized`; `Severity.Label` is a word and counts before it."""

_ARCHIVED = frozenset({"archived"})
_HANDLED = frozenset({"resolved", "suppressed"})
_NO_FAILURE = frozenset({"passed", "not_available"})
"""Of `Compliance.Status`: a check that passed, or that could not be made (Prowler's MANUAL)."""


def recognises(arrival: Arrival) -> bool:
    """True if the value has what only ASFF has."""
    return "ProductArn" in arrival.document


def adapt(arrival: Arrival) -> Accepted:
    """The finding as a detection. Raises `Rejected`, and `Ignored` for what is passed or made as a sample."""
    finding = arrival.document
    title = first_text(finding.get("Title"), finding.get("GeneratorId"), length_max=LINE_LENGTH_MAX)
    product = text(finding.get("ProductArn"))
    if title is None or product is None:
        raise Rejected(DeadLetterReason.INVALID_DATA, "Title or ProductArn: no text")
    arrival.judge_type(finding.get("GeneratorId"), dig(finding, "Types", 0))
    if is_over(_NO_FAILURE, dig(finding, "Compliance", "Status")):
        raise Ignored(IgnoredKind.RESOLVED)
    if finding.get("Sample") is True:
        raise Ignored(IgnoredKind.HEARTBEAT)
    name = first_text(finding.get("ProductName"), product.rpartition("/")[2]) or "asff"
    origin = sensor_source(arrival, name, finding.get("AwsAccountId"))
    times = ("LastObservedAt", "UpdatedAt", "CreatedAt")
    return Accepted(
        tenant=origin.tenant,
        source=origin.sensor,
        id=None,
        time=moment(*(finding.get(name) for name in times)),
        namespace=product,
        body=_detection(finding, title),
    )


def _detection(finding: dict[str, object], title: str) -> Detection:
    severity, assumed = _severity(finding)
    rule = text(finding.get("GeneratorId"))
    key = text(finding.get("Id"))
    control = dig(finding, "Compliance", "SecurityControlId")
    kind = dig(finding, "Types", 0)
    by_detector = rule is not None and ":detector/" in rule  # GuardDuty gives its detector here, not the rule
    return Detection(
        signature=first_text(control, kind if by_detector else rule, kind, title) or "ASFF",
        severity=severity,
        severity_assumed=assumed,
        asset=_asset(finding),
        title=title,
        key=None if key == rule else key,
        resolved=is_over(_ARCHIVED, finding.get("RecordState"))
        or is_over(_HANDLED, dig(finding, "Workflow", "Status"), finding.get("WorkflowState")),
    )


def _severity(finding: dict[str, object]) -> Graded:
    """Of the finding as Security Hub's users left it; else as the product gave it."""
    places = (finding.get("Severity"), dig(finding, "FindingProviderFields", "Severity"))
    return _SCALE.grade(*(dig(place, member) for place in places for member in ("Label", "Normalized")))


def _asset(finding: dict[str, object]) -> str:
    """The resource that was the target; an actor only where there is nothing else."""
    found = finding.get("Resources")
    resources = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    targets = [one.get("Id") for one in resources if one.get("ResourceRole") != "Actor"]
    return first_text(*targets, *(one.get("Id") for one in resources), finding.get("AwsAccountId")) or "unknown"
