"""What the voice model's card says in words."""

from __future__ import annotations

SPLITS = (
    "By speaker or recording: no group is in two splits. Thresholds and calibration are chosen on val, "
    "figures are of test. RAVDESS (non-commercial) and the coffee orders of normal_test are in test only. "
    "Emo-DB's licence is not stated where its copy was found; a product for sale must clear or replace it, "
    "as the corpora below whose licence is unknown."
)

WORDS = {
    "what": "Says of about three seconds of speech which of six emotions it sounds like, how likely it is of "
    "anger or fear, and whether anybody speaks at all.",
    "for": "A cue among others in a supplementary safety aid near its user, who has agreed to it; it never "
    "raises an alarm by itself.",
    "not_for": "Emergency services without a person in between; surveillance of people who have not agreed; "
    "judging what anybody feels, at work, at school or in court; evidence of what happened.",
    "inputs_are": [
        "log-mel of 3.015 s of 16 kHz sound (300 frames of 10 ms, 48 bands, 60 to 5000 Hz), in nepers, "
        "brought to one loudness: agent.senses.speech.normalised"
    ],
    "outputs_are": [
        "logits, before calibration, of anger, disgust, fear, happy, neutral, sad (one of them), of distress "
        "(anger or fear) and of voice (somebody speaks)"
    ],
    "policy": "Distress is what actors were asked for: anger or fear. People who only hear the same clips "
    "often hear something else, as the table shows: many clips of fear do not sound afraid. It learnt from "
    "acted speech of adults in English and German; nobody's distress is real in it. Where nobody speaks "
    "(silence, music, animals, machines) the answer is that there is no voice, and no emotion is told. "
    "Laughing, crying and other sounds of people without words are taught as no voice; screams and shouts "
    "are the scream model's and are taught neither way; a song with words may pass as a voice. It knows the "
    "emotions of women better than those of men, and of younger actors better than of those of 35 to 49: "
    "both gaps are over five points. Of African American actors (three of the sixteen tested) it recognises "
    "far fewer emotions than of white ones: the widest gap in the table.",
}
