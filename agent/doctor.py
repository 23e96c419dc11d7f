"""Doctor: what works, what does not, and the cure in one sentence.

Each check looks at one thing by really using it: the model is run, the disk written, the broker reached, the
sensors tried. Devices of an agent that runs are in its hands, so it is asked for them.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from agent.channels import email, mqtt, sms_at, sms_modem
from agent.channels.email import Email
from agent.channels.sms_modem import ModemSettings
from agent.models import on_shelf, proved
from agent.plan import Plan
from agent.runtime.local import ask, where
from agent.runtime.vigil import parted
from agent.senses.shelf import ModelUnfit
from agent.tryout import PATIENCE_S, Finding, called, running, tried
from sensors import SensorLost

LITTLE_BYTES = 50_000_000
"""Free space below which a disk is called nearly full."""
SHINE_S = 2.0
UNTRIED = "not tried: distress-agent test-alert does"

Check = Callable[[Plan], Iterator[Finding]]


def run(plan: Plan, *, as_json: bool) -> int:
    """Print all findings; 1 where there is trouble."""
    findings = [finding for check in CHECKS for finding in check(plan)]
    for finding in findings:
        print(json.dumps(asdict(finding)) if as_json else _in_words(finding))
    trouble = [finding for finding in findings if not finding.ok]
    if not as_json:
        print(f"\n{len(trouble)} to mend" if trouble else "\nall is well")
    return 1 if trouble else 0


def _in_words(finding: Finding) -> str:
    mark = "ok     " if finding.ok else "TROUBLE"
    return f"{mark} {finding.part:12} {finding.found}" + (
        f"\n{'':20}-> {finding.cure}" if finding.cure else ""
    )


def _models(plan: Plan) -> Iterator[Finding]:
    """Every model on the shelf, and whether the senses that are switched on find theirs there."""
    files = on_shelf()
    if not files:
        yield Finding("models", False, "there are none", "install the program again")
    for file in files:
        try:
            proved(file)
            yield Finding(f"model {file.stem}", True, "runs, and is what its card says")
        except ModelUnfit as unfit:
            yield Finding(f"model {file.stem}", False, unfit.why, "install the program again")
    try:
        plan.new_senses(None)
    except ModelUnfit as unfit:
        if unfit.file not in files:
            cure = "install the program again, or switch its detector off"
            yield Finding(f"model {unfit.file.stem}", False, unfit.why, cure)


def _storage(plan: Plan) -> Iterator[Finding]:
    """Write a file where the outbox writes."""
    folder = next(path for path in (plan.folder, *plan.folder.parents) if path.is_dir())
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
            os.fsync(file.fileno())
    except OSError as error:
        why = f"{folder} cannot be written: {(error.strerror or str(error)).lower()}"
        yield Finding("storage", False, why, "free the disk, or set storage.folder; alarms go out even so")
        return
    free = shutil.disk_usage(folder).free
    words = f"{free / 1e6:.0f} MB free at {plan.folder}"
    yield Finding(
        "storage", free > LITTLE_BYTES, words, "" if free > LITTLE_BYTES else "delete something there"
    )


def _sensors(plan: Plan) -> Iterator[Finding]:
    """Ask the agent that runs, else try them."""
    status = _status(plan)
    if status is None:
        yield from asyncio.run(tried({name: driver.sensor for name, driver in plan.sensors.items()}))
    else:
        yield from running(status["sensors"])
    off = [called(name) for name in PATIENCE_S if name not in plan.sensors]
    if "microphone" not in plan.sensors:
        yield Finding(
            "microphone", False, "it is switched off: no scream is heard", "set sensors.microphone.enabled"
        )
    if off:
        yield Finding("not used", True, f"{', '.join(off)} (switched off in the configuration)")


def _status(plan: Plan) -> dict[str, Any] | None:
    """The state of the agent that runs and has the devices in its hands; None where none runs."""
    try:
        return asyncio.run(ask(where(plan.folder), {"action": "status"}))
    except ConnectionError:
        return None


def _shut(plan: Plan) -> dict[str, Finding]:
    """The ways to people that the agent that runs has found shut."""
    known = (_status(plan) or {}).get("ways", {})
    return {name: Finding(name, False, told["why"], told["cure"]) for name, told in known.items()}


def _lamp(plan: Plan) -> Iterator[Finding]:
    """Let it shine, which somebody has to see; the agent that runs has told of its own among the sensors."""
    if plan.lamp is None or _status(plan) is not None:
        return
    plan.lamp.show("answered")
    try:
        asyncio.run(_for(SHINE_S, plan.lamp.run))
        yield Finding("lamp", True, f"was on for {SHINE_S:g} s: did you see or feel it?")
    except SensorLost as lost:
        yield Finding("lamp", False, *parted(lost.why))


async def _for(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await work()


def _broker(plan: Plan) -> Iterator[Finding]:
    if plan.broker is None:
        yield Finding("mqtt", True, "is switched off in the configuration")
        return
    try:
        asyncio.run(mqtt.probe(plan.broker))
        yield _shut(plan).get("mqtt") or Finding("mqtt", True, f"broker {plan.broker.name} answers")
    except ConnectionError as error:
        yield Finding("mqtt", False, str(error), "check host, port and password under channels.mqtt")


def _channels(plan: Plan) -> Iterator[Finding]:
    """Try those that can be tried without a message to anybody; of the others the running agent may know."""
    shut = _shut(plan)
    for name, channel in plan.channels.items():
        if isinstance(channel, Email):
            well, cure = f"{channel.settings.host} lets us in", f"check the keys under channels.{name}"
            yield _reached(name, email.probe(channel.settings), well, cure)
        else:
            yield shut.get(name) or Finding(name, True, UNTRIED)
    if isinstance(plan.modem, ModemSettings):
        yield _reached("sms", sms_modem.probe(plan.modem))
    elif plan.modem and _status(plan) is None:
        yield _reached("sms", sms_at.probe(plan.modem))
    elif plan.modem:
        yield Finding("sms", True, f"the agent that runs has the modem: {UNTRIED}")


def _reached(name: str, probed: Coroutine[None, None, str | None], well: str = "", cure: str = "") -> Finding:
    """What a probe found; `cure`: for one whose words end in none."""
    try:
        return Finding(name, True, asyncio.run(probed) or well)
    except ConnectionError as error:
        return Finding(name, False, *((str(error), cure) if cure else parted(str(error))))


def _contacts(plan: Plan) -> Iterator[Finding]:
    policy = plan.policy
    if policy.contacts:
        names = ", ".join(contact.name for contact in policy.contacts)
        yield Finding(
            "contacts", True, f"{names} (whether they are reached, distress-agent test-alert tries)"
        )
    elif policy.broadcast:
        yield Finding("contacts", True, "nobody by name: whoever subscribes to the broker is told")
    else:
        yield Finding("contacts", False, "nobody would be told", "add contacts, or switch channels.mqtt on")


CHECKS: tuple[Check, ...] = (_models, _storage, _sensors, _lamp, _broker, _channels, _contacts)
