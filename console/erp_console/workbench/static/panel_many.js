// The last orders, each through the draft and through every other profile.

import { el } from "./dom.js";

export class ManyPanel {
  constructor(bench, changed) {
    this.bench = bench;
    this.changed = changed;
    this.last = 50;
    this.found = null;
    this.busy = false;
  }

  forget() {
    this.found = null;
  }

  button() {
    return el("button", { onclick: () => this.look(), disabled: this.busy }, this.busy ? "Looking …" : `Look at the last ${this.last}`);
  }

  async look() {
    this.busy = true;
    this.changed();
    const found = await this.bench.ask("many", { last: this.last });
    if (found) this.found = found;
    this.busy = false;
    this.changed();
  }

  draw() {
    const number = el("input", { type: "number", min: 1, max: 500, value: this.last, "aria-label": "How many orders" });
    number.addEventListener("change", () => {
      this.last = Math.min(500, Math.max(1, Number(number.value) || 50));
      this.changed();
    });
    const ask = el("p", {}, number, " ", this.button(), el("span", { class: "soft" }, " The first column is the draft as it is typed; the others are as saved."));
    if (this.bench.shop()) {
      ask.append(" ", el("button", { onclick: () => this.bench.readLast(this.last) }, `Read the last ${this.last} from the shop`));
    }
    return this.found ? el("div", {}, ask, this.#sums(), this.#table()) : ask;
  }

  // For each profile how many pass, and how many are rejected with which code.
  #sums() {
    const lines = this.found.profiles.map((profile, at) => {
      const counts = new Map();
      for (const { cells } of this.found.rows) counts.set(cells[at].code, (counts.get(cells[at].code) ?? 0) + 1);
      const words = [...counts].sort((a, b) => b[1] - a[1]).map(([code, count]) => el("span", { class: code === "passes" ? "good" : "bad" }, `${count} ${code}`, " "));
      return el("tr", {}, el("th", { scope: "row" }, profile), el("td", {}, ...words));
    });
    return el("table", {}, el("caption", {}, `${this.found.rows.length} order${this.found.rows.length > 1 ? "s" : ""}`), el("tbody", {}, ...lines));
  }

  #table() {
    const head = el("tr", {}, el("th", { scope: "col" }, "order"), ...this.found.profiles.map((name) => el("th", { scope: "col" }, name)));
    const rows = this.found.rows.map(({ order, cells }) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, el("button", { class: "link", onclick: () => this.bench.open(order) }, order)),
        ...cells.map(({ code, message }) => el("td", { class: code === "passes" ? "good" : "bad", title: message }, code === "passes" ? "✓" : code)),
      ),
    );
    return el("table", { class: "matrix" }, el("thead", {}, head), el("tbody", {}, ...rows));
  }
}
