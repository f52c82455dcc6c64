// How loud a stream is, 0 to 1. Owns the measuring; draws nothing.

let context = null;

export function audioContext() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => undefined);
  return context;
}

export class Level {
  #analyser = null;
  #source = null;
  #samples = new Float32Array(1024);

  watch(stream) {
    this.#source?.disconnect();
    this.#source = null;
    if (!stream) return;
    this.#analyser ??= new AnalyserNode(audioContext(), { fftSize: 1024 });
    this.#source = audioContext().createMediaStreamSource(stream);
    this.#source.connect(this.#analyser);
  }

  get running() { return Boolean(this.#source) && audioContext().state === "running"; }

  peak() {
    if (!this.#source) return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let highest = 0;
    for (const sample of this.#samples) highest = Math.max(highest, Math.abs(sample));
    return highest;
  }
}
