"""Check of the recogniser: without one recordings have no text, and that is no fault."""

from __future__ import annotations

from centrala.doctor.finding import Finding, ok, warning
from centrala.recogniser import NoModelError, installed_model
from centrala.settings import Settings


def check_recogniser(settings: Settings) -> Finding:
    """Say whether recordings get a text, and if not, why."""
    try:
        model = installed_model(settings)
    except NoModelError as error:
        if not error.wanted:
            return ok("text of recordings", f"none: {error}")
        return warning("text of recordings", f"none: {error}", "see speech.vosk_model in docs/settings.md")
    return ok("text of recordings", f"calls in {', '.join(model.languages)} get one, by {model.folder.name}")
