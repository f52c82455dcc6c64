// One case: its place on the town's map.

import { TownMap } from "./parts/town_map.js";

const element = document.getElementById("map");
if (element) new TownMap(element).pin(Number(element.dataset.latitude), Number(element.dataset.longitude));
