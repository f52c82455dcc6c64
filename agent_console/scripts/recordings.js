// The player: the purpose is asked once per sitting and sent with every listen; without it there is no sound address.

const player = document.getElementById("player");
const form = document.getElementById("purpose-form");
if (form) {
  const input = document.getElementById("purpose");
  const sound = document.getElementById("sound");
  const audio = document.getElementById("audio");
  const show = (purpose) => {
    form.hidden = Boolean(purpose);
    sound.hidden = !purpose;
    if (!purpose) { audio.removeAttribute("src"); input.focus(); return; }
    document.getElementById("purpose-said").textContent = `„${purpose}“`;
    audio.src = `${player.dataset.media}?purpose=${encodeURIComponent(purpose)}`;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const purpose = input.value.trim();
    if (purpose.length < 3) return;
    sessionStorage.setItem("purpose", purpose);
    show(purpose);
  });
  document.getElementById("purpose-change").addEventListener("click", () => { sessionStorage.removeItem("purpose"); show(""); });
  audio.addEventListener("error", () => { if (audio.src) { const wrong = document.getElementById("sound-wrong"); wrong.textContent = `✕ ${wrong.dataset.text}`; } });
  input.value = sessionStorage.getItem("purpose") ?? "";
  show(sessionStorage.getItem("purpose") ?? "");
}
