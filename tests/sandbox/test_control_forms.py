"""What a tester may say to the controls, and what they answer to anything else."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.sandbox.emulator import Emulator

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("speed", {"speed": 0}, "speed must be a number greater than 0"),
    ("speed", {"speed": True}, "speed must be a number greater than 0"),
    ("speed", {"sped": 3}, "speed knows no sped (did you mean speed?); it has: speed, grace, startup"),
    ("speed", {"speed": float("inf")}, "speed must be a number greater than 0"),
    ("throttle", {"times": 1}, "throttle needs operation: the name of an operation"),
    ("throttle", {"operation": "CreateTrainingJob", "time": 3}, "throttle knows no time (did you mean times?)"),
    ("throttle", {"operation": "CreateTrainingJob", "times": 1.5}, "times must be a whole number greater than 0"),
    (
        "throttle",
        {"operation": "CreateTrainingJobs"},
        "no operation CreateTrainingJobs (did you mean CreateTrainingJob?)",
    ),
    ("lose", {"operation": "invokeEndpoint"}, "(did you mean InvokeEndpoint?)"),
    ("lose", {"operation": ["CreateModel"]}, "operation must be the name of an operation"),
    ("fail", {"job": "x"}, "fail needs reason: a text"),
    ("fail", {"job": "x", "endpoint": "y", "reason": "z"}, "fail takes one of job and endpoint, not both"),
    ("fail", {"jobs": "x", "reason": "z"}, "fail knows no jobs (did you mean job?)"),
    ("fail", {"job": 7, "reason": "z"}, "job must be a text"),
    ("capacity", {"times": "1"}, "times must be a whole number greater than 0"),
    ("capacity", {"operation": "CreateEndpoint"}, "capacity knows no operation; it has: times"),
    ("preempt", {}, "preempt needs job"),
    ("preempt", {"job": "x"}, "not found"),
    ("quota", {"name": "ml.g5.xlarge for endpoint usage"}, "quota needs value"),
    ("quota", {"name": "ml.g5.xlarge for endpoint usage", "value": -1}, "value must be a number that is not negative"),
    ("image", {"image": "x", "command": "python"}, "command must be a list of texts"),
    ("image", {"image": "(", "command": ["python"]}, "image is no regular expression"),
    ("throtle", {"operation": "CreateModel"}, "no such control: throtle (did you mean throttle?)"),
]


@pytest.mark.parametrize(("name", "said", "words"), REFUSED)
def test_controls_refuse_what_they_do_not_understand(
    emulator: Emulator, name: str, said: dict[str, Any], words: str
) -> None:
    before = emulator.control("health"), _shown(emulator)
    with pytest.raises(HTTPError) as refused:
        emulator.control(name, **said)
    assert refused.value.code == 400
    told = json.loads(refused.value.read())
    assert told["__type"] == "ValidationException"
    assert words in told["message"]
    assert (emulator.control("health"), _shown(emulator)) == before  # and nothing of it was done


def _shown(emulator: Emulator) -> Any:
    with urllib.request.urlopen(f"{emulator.url}/_sandbox/speed", timeout=10) as answer:
        return json.loads(answer.read())


def test_a_control_takes_what_is_documented(emulator: Emulator) -> None:
    turned = emulator.control("speed", speed=30, grace=2, startup=5)
    assert (turned["speed"], turned["grace"], turned["startup"]) == (30, 2, 5)
    assert emulator.control("speed", grace=None)["grace"] == 10  # by speed again, but never less
    assert emulator.control("throttle", operation="InvokeEndpoint", times=2)["throttle"] == {"InvokeEndpoint": 2}
    assert emulator.control("fail", reason="as you wish")["fail"] == {"": "as you wish"}
