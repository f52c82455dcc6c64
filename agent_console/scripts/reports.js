// Charts of reports: bars over labels, drawn from the data beside them. The table below holds the same numbers.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

const HEIGHT = 240;
const colours = () => {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return { ink: of("--ink"), soft: of("--soft"), line: of("--line"), fills: [of("--blue"), of("--amber"), of("--green")] };
};

function draw(figure) {
  const { labels, series } = JSON.parse(figure.dataset.chart);
  const { soft, line, fills } = colours();
  const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { stroke: line } };
  const space = figure.clientWidth - 24;
  const every = Math.max(1, Math.ceil(labels.length / Math.max(1, Math.floor(space / 56))));
  const ticks = labels.map((_, place) => place).filter((place) => place % every === 0);
  const bars = (place) => uPlot.paths.bars({ size: [0.8 / series.length, 40], align: place === 0 ? -1 : 1, gap: 1 });
  const options = {
    width: space,
    height: HEIGHT,
    scales: { x: { time: false, range: [-0.6, labels.length - 0.4] }, y: { range: (_, low, high) => [0, Math.max(1, high * 1.05)] } },
    axes: [
      { ...axis, grid: { show: false }, splits: () => ticks, values: (_, at) => at.map((place) => labels[place] ?? "") },
      { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] },
    ],
    series: [
      {},
      ...series.map((one, place) => ({ label: one.label, stroke: fills[place], fill: fills[place], paths: bars(place), points: { show: false } })),
    ],
    cursor: { show: false },
    legend: { live: false },
  };
  figure.replaceChildren();
  new uPlot(options, [labels.map((_, place) => place), ...series.map((one) => one.values)], figure);
}

const figures = [...document.querySelectorAll("[data-chart]")];
const drawAll = () => figures.forEach(draw);
let planned = 0;
addEventListener("resize", () => { cancelAnimationFrame(planned); planned = requestAnimationFrame(drawAll); });
new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
drawAll();
