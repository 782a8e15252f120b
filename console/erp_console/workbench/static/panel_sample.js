// Our document beside the vendor's sample, place by place.

import { el } from "./dom.js";

const STATES = { both: "", form: "looks different", sample: "ours lacks it", ours: "the sample lacks it" };

export class SamplePanel {
  constructor(bench, changed) {
    this.bench = bench;
    this.changed = changed;
    this.forget();
  }

  forget() {
    this.file = null;
    this.rows = null;
    this.all = false;
  }

  async #look() {
    const bytes = new Uint8Array(await this.file.arrayBuffer());
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    const found = await this.bench.ask("sample", { order: this.bench.order(), name: this.file.name, sample: btoa(binary) });
    if (found) this.rows = found.rows;
    this.changed();
  }

  draw() {
    const input = el("input", { type: "file", accept: ".xml,.json,.csv,.txt", "aria-label": "The vendor's sample" });
    input.addEventListener("change", () => {
      [this.file] = input.files;
      if (this.file) this.#look();
    });
    const all = el("input", { type: "checkbox", checked: this.all });
    all.addEventListener("change", () => {
      this.all = all.checked;
      this.changed();
    });
    const again = this.file ? el("button", { onclick: () => this.#look() }, `Compare with ${this.file.name} again`) : null;
    const bar = el("p", {}, input, " ", again, " ", this.rows ? el("label", {}, all, " also what is alike") : el("span", { class: "soft" }, "It stays on this machine."));
    return this.rows ? el("div", {}, bar, this.#table()) : bar;
  }

  #table() {
    const differing = this.rows.filter((each) => each.state !== "both");
    const rows = (this.all ? this.rows : differing).map((each) =>
      el(
        "tr",
        { class: { both: "", form: "warn", sample: "bad", ours: "warn" }[each.state] },
        el("th", { scope: "row" }, each.place),
        el("td", {}, each.sample ?? ""),
        el("td", {}, each.ours ?? ""),
        el("td", { class: "soft" }, STATES[each.state]),
      ),
    );
    const count = `${this.rows.length - differing.length} of ${this.rows.length} places are alike`;
    const head = el("tr", {}, ...["place", "sample", "ours", ""].map((text) => el("th", { scope: "col" }, text)));
    return el("table", { class: "sample" }, el("caption", {}, count), el("thead", {}, head), el("tbody", {}, ...rows));
  }
}
