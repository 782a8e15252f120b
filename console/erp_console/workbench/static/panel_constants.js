// `[settings]` and the lookups, edited in place; and the codes that the last orders would miss.

import { el } from "./dom.js";

const LITERAL = /^("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#,\]]+)/;
const KEY = /^[A-Za-z0-9_-]+$/;

export class ConstantsPanel {
  constructor(bench, many) {
    this.bench = bench;
    this.many = many;
  }

  draw(constants) {
    if (!constants) return null;
    return el("div", { class: "tables" }, this.#settings(constants.settings), ...constants.lookups.map((lookup) => this.#lookup(lookup)), this.#missing(constants.lookups));
  }

  #settings(settings) {
    const rows = settings.map((each) =>
      el(
        "tr",
        { class: each.value ? "" : "warn" },
        el("th", { scope: "row" }, this.#place(each)),
        el("td", {}, this.#input(each)),
        el("td", { class: "soft" }, each.route != null ? `the route says ${each.route}` : each.value ? "" : "to be filled in"),
      ),
    );
    return el("table", {}, el("caption", {}, "[settings]"), el("tbody", {}, ...rows.length ? rows : [el("tr", {}, el("td", { class: "soft" }, "none"))]));
  }

  #lookup(lookup) {
    const rows = lookup.entries.map((each) =>
      el("tr", {}, el("th", { scope: "row" }, this.#place(each)), el("td", {}, this.#input(each))),
    );
    return el("table", {}, el("caption", {}, `[lookup.${lookup.name}]`), el("tbody", {}, ...rows));
  }

  #place(each) {
    return el("button", { class: "link", title: `${each.file}, line ${each.line}`, onclick: () => this.bench.editor.go(each) }, each.name);
  }

  #input(each) {
    const input = el("input", { value: each.value, "aria-label": each.name, size: 14 });
    input.addEventListener("change", () => {
      // A text's place is behind its quote.
      const place = each.text ? { ...each, column: each.column - 1 } : each;
      this.bench.editor.replace(place, LITERAL, each.text ? JSON.stringify(input.value) : input.value);
    });
    return input;
  }

  #missing(lookups) {
    const found = this.many.found;
    const rows = (found?.unknown ?? []).map(({ table, code, orders }) => {
      const lookup = lookups.find((each) => each.name === table);
      const key = KEY.test(code) ? code : JSON.stringify(code);
      const add = () => this.bench.editor.append("profile.toml", lookup.last, `${key} = ""`);
      return el("tr", { class: "warn" }, el("th", { scope: "row" }, `[lookup.${table}] ${code}`), el("td", {}, `${orders} order${orders > 1 ? "s" : ""}`), el("td", {}, lookup ? el("button", { onclick: add }, "Add") : null));
    });
    const none = el("tr", {}, el("td", { class: "soft" }, found ? `None of ${found.rows.length} orders.` : "Not asked yet."));
    return el(
      "table",
      { class: "missing" },
      el("caption", {}, "Codes that the last orders would miss ", this.many.button()),
      el("tbody", {}, ...(rows.length ? rows : [none])),
    );
  }
}
