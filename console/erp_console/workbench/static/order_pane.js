// The order's fields: what each is in Omnitron, its value, and whether the document uses it.

import { $, arrows, el } from "./dom.js";

export class OrderPane {
  constructor(pointed) {
    this.rows = [];
    this.elements = new Map();
    this.used = new Set();
    const list = $("fields");
    arrows(list, () => [...list.children], pointed);
    $("filter").addEventListener("input", () => this.draw());
    $("which").addEventListener("change", () => this.draw());
  }

  show(rows, used) {
    this.rows = rows;
    this.used = used;
    this.draw();
  }

  #wanted() {
    const which = $("which").value;
    const text = $("filter").value.trim().toLocaleLowerCase();
    // Rows are the lines and charges once more: of interest only where the profile reads them.
    const twice = !this.rows.some((row, i) => row.path.startsWith("rows[") && this.used.has(i));
    const fits = (row, i) => {
      if (which !== "all" && twice && row.path.startsWith("rows[")) return false;
      if (which !== "all" && row.value == null) return false;
      if (which === "unused" && this.used.has(i)) return false;
      return !text || `${row.path} ${row.source} ${row.value ?? ""}`.toLocaleLowerCase().includes(text);
    };
    // A branch is shown for what is in it.
    const wanted = new Set();
    const open = [];
    this.rows.forEach((row, i) => {
      open.length = row.depth;
      open[row.depth] = i;
      if (!row.branch && fits(row, i)) open.forEach((each) => wanted.add(each));
    });
    return wanted;
  }

  draw() {
    const wanted = this.#wanted();
    this.elements = new Map();
    const made = [];
    this.rows.forEach((row, i) => {
      if (!wanted.has(i)) return;
      const kinds = ["field", row.branch && "branch", !row.branch && !this.used.has(i) && "unused", row.value == null && "empty"];
      const what = el("span", { class: "what" }, row.name);
      what.style.paddingLeft = `${row.depth * 14}px`;
      const value = row.branch ? null : el("span", { class: "value" }, row.value ?? "—");
      const item = el("div", { class: kinds.filter(Boolean).join(" "), role: "option", "data-i": i, title: row.source }, what, value);
      this.elements.set(i, item);
      made.push(item);
    });
    $("fields").replaceChildren(...made);
  }

  light(rows, at = null) {
    const lit = new Set(rows);
    for (const [i, element] of this.elements) {
      element.classList.toggle("lit", lit.has(i));
      element.classList.toggle("at", i === at);
      element.setAttribute("aria-selected", String(i === at));
    }
  }

  reveal(rows) {
    const found = rows.map((i) => this.elements.get(i)).find(Boolean);
    found?.scrollIntoView({ block: "nearest" });
  }
}
