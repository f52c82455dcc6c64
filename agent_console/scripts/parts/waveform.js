// Two lanes of a recording on a canvas: caller above, operator below; silence that was asked for, marks, where it plays.
// Drawn from peaks that the server measured: the sound itself is not read for it. Owns the drawing and its slider.

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Waveform {
  constructor(canvas, onSeek) {
    this.canvas = canvas;
    this.onSeek = onSeek;
    this.lanes = [];
    this.seconds = 0;
    this.at = 0;
    this.gaps = [];
    this.marks = [];
    canvas.addEventListener("pointerdown", (event) => this.seek(event.offsetX / canvas.clientWidth * this.seconds));
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5 }[event.key];
      if (event.key === "Home") this.seek(0);
      else if (event.key === "End") this.seek(this.seconds);
      else if (step) this.seek(this.at + step);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  show(lanes, seconds, gaps, marks) {
    Object.assign(this, { lanes, seconds, gaps, marks });
    this.canvas.setAttribute("aria-valuemax", String(Math.round(seconds)));
    this.draw();
  }

  seek(seconds) {
    if (this.seconds) this.onSeek(Math.min(this.seconds, Math.max(0, seconds)));
  }

  moveTo(seconds) {
    this.at = seconds;
    this.canvas.setAttribute("aria-valuenow", String(Math.round(seconds)));
    this.draw();
  }

  draw() {
    const { canvas } = this;
    const scale = devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width) return;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.clearRect(0, 0, width, height);
    const x = (seconds) => (this.seconds ? seconds / this.seconds * width : 0);
    pen.fillStyle = colour("--amber-back");
    for (const gap of this.gaps) pen.fillRect(x(gap.begins), 0, Math.max(2, x((gap.ends ?? this.seconds) - gap.begins)), height);
    const laneHeight = height / Math.max(1, this.lanes.length);
    this.lanes.forEach((lane, row) => {
      const middle = laneHeight * (row + 0.5);
      const loudest = Math.max(32, ...lane);
      for (let column = 0; column < width; column += 2) {
        const from = Math.floor(column / width * lane.length), to = Math.max(from + 1, Math.floor((column + 2) / width * lane.length));
        let peak = 0;
        for (let index = from; index < to && index < lane.length; index++) peak = Math.max(peak, lane[index]);
        const half = Math.max(0.5, peak / loudest * (laneHeight / 2 - 4));
        pen.fillStyle = column <= x(this.at) ? colour("--blue") : colour("--soft");
        pen.fillRect(column, middle - half, 1.4, 2 * half);
      }
    });
    pen.fillStyle = colour("--amber");
    for (const gap of this.gaps) { pen.fillRect(x(gap.begins), 0, 1, height); pen.fillRect(x(gap.ends ?? this.seconds), 0, 1, height); }
    pen.fillStyle = colour("--ink");
    for (const mark of this.marks) {
      pen.beginPath();
      pen.moveTo(x(mark.at) - 4, 0); pen.lineTo(x(mark.at) + 4, 0); pen.lineTo(x(mark.at), 7);
      pen.fill();
    }
    pen.fillRect(x(this.at), 0, 1.5, height);
  }
}
