"""How far a modality's pictures may be altered in training and still be what a clinic could have taken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Largest alterations; each is drawn evenly from minus to plus the limit. Zero means never.

    Mirroring has no limit here because it is never done: it turns a right eye into a left
    one, so the picture would contradict its eye, its caption ("temporal", "nasal") and its
    fellow eye.
    """

    rotation: float  # degrees
    scale: float  # fraction of the size
    shift: float  # fraction of the side, both directions
    brightness: float  # fraction of the value; black stays black
    contrast: float  # fraction of the slope at the mean; black stays black, order is kept
    gamma: float  # fraction of the exponent
    shear: float = 0.0  # degrees, columns sliding up and down
    colour: float = 0.0  # fraction of each channel's value
    blur: float = 0.0  # radius as a fraction of the side, in every second picture: a little out of focus
    speckle: float = 0.0  # standard deviation of noise that multiplies the value
    lids: float = 0.0  # fraction of the height that a lid may cover, above and below
    extra_rotation: float = 30.0  # degrees; how much of the stronger recipe's 30 this modality bears
    extra_light: float = 0.2  # how much of the stronger recipe's 0.2 for brightness and contrast
