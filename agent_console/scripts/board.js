// The wall board: its moving part is fetched anew when something happened, at most once a second, and every ten seconds.
// When that fails the figures are old: the board says how old, large, instead of showing them as if they were of now.

import { fragment } from "./parts/api.js";
import { connect, onLive } from "./parts/live.js";
import { tick } from "./parts/ticking.js";

const OLD = 12_000;
const old = document.getElementById("board-old");
let planned = 0;
let freshAt = Date.now();
async function refresh() {
  planned = 0;
  const page = await fragment("/console/board/live").catch(() => null);
  if (!page) return;
  freshAt = Date.now();
  document.getElementById("board").replaceChildren(...page.body.childNodes);
  tick();
  showAge();
}
function showAge() {
  const age = Date.now() - freshAt;
  old.hidden = age < OLD;
  document.body.classList.toggle("old", age >= OLD);
  old.textContent = old.dataset.word.replace("#", Math.floor(age / 1000));
}
onLive(() => { planned ||= setTimeout(refresh, 1000); });
setInterval(refresh, 10_000);
setInterval(showAge, 1000);
connect();
