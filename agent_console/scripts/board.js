// The wall board: its moving part is fetched anew when something happened, at most once a second, and every ten seconds.

import { fragment } from "./parts/api.js";
import { connect, onLive } from "./parts/live.js";
import { tick } from "./parts/ticking.js";

let planned = 0;
async function refresh() {
  planned = 0;
  const page = await fragment("/console/board/live").catch(() => null);
  if (!page) return;
  document.getElementById("board").replaceChildren(...page.body.childNodes);
  tick();
}
onLive(() => { planned ||= setTimeout(refresh, 1000); });
setInterval(refresh, 10_000);
connect();
