"""A history as a timeline: each input with what came of it."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from tocsin.domain.instant import parse
from tocsin.messages.record import Output, Topic
from tocsin.render.timeline import readable


def timeline(inputs: Iterable[dict[str, Any]], outputs: Iterable[Output]) -> Iterator[str]:
    """Inputs, marked by `>`, and outputs, in the order of their times."""
    told = [(record.timestamp, f">  {readable(record)}") for record in map(_record, inputs)]
    came = [(record.timestamp, f"   {readable(record)}") for record in outputs]
    return (line for _, line in sorted([*told, *came], key=lambda each: each[0]))


def _record(line: dict[str, Any]) -> Output:
    return Output(Topic(line["topic"]), None, None, json.dumps(line["value"]).encode(), parse(line["recorded_at"]))
