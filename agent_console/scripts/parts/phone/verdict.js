// What is wrong with a microphone, as a word of the text catalogue; empty: nothing. Pure.

export const SILENT_AFTER_MS = 4000;
const NOISE_FLOOR = 0.0002; // a working microphone in a silent room is above this; a dead or muted one gives zeros

const BY_ERROR = {
  NotAllowedError: "refused", SecurityError: "refused",
  NotFoundError: "none", OverconstrainedError: "vanished", DevicesNotFoundError: "none",
  NotReadableError: "taken", AbortError: "taken",
};

export const ofError = (name) => BY_ERROR[name] ?? "taken";

export class Listener {
  #quietSince = null;

  // `seen`: { ended, muted, running, peak, at } of this moment, `at` in ms; returns the verdict.
  verdict({ ended, muted, running, peak, at }) {
    if (ended) return "vanished";
    if (muted) return "muted";
    if (!running) { this.#quietSince = null; return ""; }
    if (peak > NOISE_FLOOR) { this.#quietSince = null; return ""; }
    this.#quietSince ??= at;
    return at - this.#quietSince >= SILENT_AFTER_MS ? "silent" : "";
  }
}
