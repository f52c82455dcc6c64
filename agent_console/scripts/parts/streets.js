// Street suggestions under a field (a combobox that the keyboard can use). Owns the list; tells what was chosen.

import { ask } from "./api.js";

export class StreetField {
  constructor(input, list, onChoose) {
    this.input = input;
    this.list = list;
    this.onChoose = onChoose;
    this.found = [];
    this.active = -1;
    this.asked = 0;
    input.addEventListener("input", () => this.search());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    list.addEventListener("mousedown", (event) => {
      const item = event.target.closest("li");
      if (item) { event.preventDefault(); this.choose(Number(item.dataset.index)); }
    });
  }

  async search() {
    const text = this.input.value.trim();
    const mine = ++this.asked;
    if (text.length < 2) return this.close();
    const answer = await ask("GET", `/api/v1/streets?limit=7&search=${encodeURIComponent(text)}`).catch(() => null);
    if (!answer || mine !== this.asked || document.activeElement !== this.input) return;
    this.found = answer.items;
    this.active = this.found.length ? 0 : -1;
    this.show();
  }

  show() {
    this.list.replaceChildren(...this.found.map((street, index) => {
      const item = document.createElement("li");
      item.role = "option";
      item.id = `street-${index}`;
      item.dataset.index = index;
      item.setAttribute("aria-selected", String(index === this.active));
      item.textContent = street.settlement ? `${street.name} (${street.settlement})` : street.name;
      return item;
    }));
    this.list.hidden = !this.found.length;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.input.setAttribute("aria-activedescendant", this.active >= 0 ? `street-${this.active}` : "");
  }

  key(event) {
    if (this.list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.active = (this.active + step + this.found.length) % this.found.length;
      this.show();
    } else if (event.key === "Enter" || event.key === "Tab") {
      if (event.key === "Enter") event.preventDefault();
      this.choose(this.active);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
    }
  }

  choose(index) {
    const street = this.found[index];
    if (!street) return;
    this.input.value = street.name;
    this.close();
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    this.onChoose(street);
  }

  close() {
    this.asked++;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
  }
}
