"""What the agent looks for, as sections."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agent.config.section import Section


class Detector(Section):
    """One detector."""

    enabled: bool = True
    """Whether it runs."""


class Stress(Detector):
    """Stress of the body, by what the band tells."""

    pulse_over: Annotated[float, Field(ge=60, le=250)] | None = None
    """Counts a pulse over this as stress too. Better null: measured, it finds sport and no fear."""
    systolic_over: Annotated[float, Field(ge=100, le=300)] | None = None
    """Counts a systolic blood pressure (mmHg) over this as stress too. Better null."""


class Detectors(Section):
    """What the agent looks for."""

    scream: Detector = Detector()
    """Screams, in the sound of the microphone."""
    stress: Stress = Stress()
    """Stress of the body, by the band; it raises no alarm alone."""
    voice: Detector = Detector()
    """Anger or fear in how somebody speaks, in the sound of the microphone; it raises no alarm alone."""
    face: Detector = Detector()
    """Anger or fear in a face, in the pictures of the camera; it raises no alarm alone."""
