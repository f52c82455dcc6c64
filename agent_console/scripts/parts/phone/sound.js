// What the operator hears: the caller in the headset, the ring where it was chosen to ring. Owns outputs and their memory.

import { audioContext } from "./level.js";

const kept = (name) => localStorage.getItem(`phone-${name}`) ?? "";

export class Sound {
  #voice = document.getElementById("phone-voice");
  #bell = document.getElementById("phone-bell");
  #oscillator = null;

  hear(stream) {
    this.#voice.srcObject = stream;
    this.#voice.play().catch(() => undefined);
  }

  async use(kind, device) {
    const element = kind === "bell" ? this.#bell : this.#voice;
    try {
      await element.setSinkId?.(device);
    } catch {
      await element.setSinkId?.(""); // a device that is gone: better heard elsewhere than not at all
      localStorage.removeItem(`phone-${kind}`);
      return false;
    }
    localStorage.setItem(`phone-${kind}`, device);
    return true;
  }

  async restore() { for (const kind of ["voice", "bell"]) if (kept(kind)) await this.use(kind, kept(kind)); }

  ring(seconds = 0) {
    if (this.#oscillator) return;
    const context = audioContext();
    const out = new MediaStreamAudioDestinationNode(context);
    const beat = new OscillatorNode(context, { type: "square", frequency: 0.5 });
    const loudness = new GainNode(context, { gain: 0.15 });
    const gate = new GainNode(context, { gain: 0.15 });
    this.#oscillator = new OscillatorNode(context, { frequency: 520 });
    beat.connect(gate).connect(loudness.gain);
    this.#oscillator.connect(loudness).connect(out);
    beat.start();
    this.#oscillator.start();
    this.#bell.srcObject = out.stream;
    this.#bell.play().catch(() => undefined);
    if (seconds) setTimeout(() => this.quiet(), seconds * 1000);
  }

  quiet() {
    this.#oscillator?.stop();
    this.#oscillator = null;
    this.#bell.srcObject = null;
  }
}

export async function listed() {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const of = (kind) => devices.filter((device) => device.kind === kind && device.deviceId);
  return { microphones: of("audioinput"), outputs: of("audiooutput") };
}
