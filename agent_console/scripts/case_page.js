// One case: its place on the town's map, who else looks at it now, and a bar when it changes meanwhile.

import { lookAt, onLive } from "./parts/live.js";
import { TownMap } from "./parts/town_map.js";

const element = document.getElementById("map");
if (element) new TownMap(element).pin(Number(element.dataset.latitude), Number(element.dataset.longitude));

const page = document.querySelector(".case-page");
const place = `case:${page.dataset.case}`;
const people = document.getElementById("also-here");
const changed = document.getElementById("changed");
onLive(({ type, data }) => {
  if (type === "presence" && data.place === place) {
    const others = data.people.filter((who) => who !== document.body.dataset.username);
    people.textContent = others.length ? `● ${people.dataset.word} ${others.join(", ")}` : "";
  }
  // What is being typed stays: the page is loaded anew only when its reader says so.
  if (type === "case.changed" && data.case === page.dataset.case) changed.hidden = false;
});
lookAt(place);
