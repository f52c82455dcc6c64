"""Speech: prompts and sentences made by espeak-ng, and words heard by Vosk. Must not know calls in progress or SQL."""
