// Silence in the recording, and for which reasons this page wants it. Owns the renewing: a page that vanishes lets go.

import { ask } from "./api.js";

const RENEW = 8000; // the server lets a wish lapse after 20 s
const wishes = new Map(); // why → the call's id
let timer = 0;

const tell = (linkedid, what, why) => ask("PUT", `/api/v1/calls/${linkedid}/record/${what}?why=${why}`);

export const isSilent = () => wishes.size > 0;
export const wants = (why) => wishes.has(why);

export async function wishSilence(linkedid, why, wanted) {
  if (wanted === wishes.has(why)) return;
  if (wanted) {
    wishes.set(why, linkedid);
    try {
      await tell(linkedid, "pause", why);
    } catch (refusal) {
      wishes.delete(why);
      throw refusal;
    }
    clearInterval(timer);
    timer = setInterval(renew, RENEW);
  } else {
    const call = wishes.get(why);
    wishes.delete(why);
    if (!wishes.size) clearInterval(timer);
    await tell(call, "resume", why);
  }
}

export function forgetSilence() {
  wishes.clear();
  clearInterval(timer);
}

function renew() {
  for (const [why, linkedid] of wishes) tell(linkedid, "pause", why).catch(() => {});
}
