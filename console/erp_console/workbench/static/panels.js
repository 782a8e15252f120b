// The tabs below: money, settings and lookups, the last orders, the vendor's sample.

import { $, el } from "./dom.js";
import { ConstantsPanel } from "./panel_constants.js";
import { ManyPanel } from "./panel_many.js";
import { adds, moneyTable } from "./panel_money.js";
import { SamplePanel } from "./panel_sample.js";

export class Panels {
  constructor(bench) {
    const many = new ManyPanel(bench, () => this.draw());
    const constants = new ConstantsPanel(bench, many);
    const sample = new SamplePanel(bench, () => this.draw());
    this.view = null;
    this.open = null;
    this.parts = [many, sample];
    this.panels = {
      money: { title: "Money", draw: () => this.view?.money && moneyTable(this.view.money) },
      constants: { title: "Settings and lookups", draw: () => constants.draw(this.view?.constants) },
      many: { title: "Last orders", draw: () => many.draw() },
      sample: { title: "Vendor's sample", draw: () => sample.draw() },
    };
    $("tabs").append(
      ...Object.entries(this.panels).map(([name, { title }]) =>
        el("button", { role: "tab", id: `tab-${name}`, "aria-controls": "panel", "aria-selected": "false", onclick: () => this.choose(name) }, title),
      ),
    );
    $("tabs").addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const tabs = [...$("tabs").children];
      tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length].focus();
    });
  }

  // Chosen once more, a panel closes.
  choose(name) {
    this.open = this.open === name ? null : name;
    for (const tab of $("tabs").children) tab.setAttribute("aria-selected", String(tab.id === `tab-${this.open}`));
    $("panel").hidden = !this.open;
    this.draw();
  }

  show(view) {
    this.view = { money: this.view?.money, constants: this.view?.constants, ...view };
    if (!$("panel").contains(document.activeElement) || document.activeElement.tagName !== "INPUT") this.draw();
    const money = view.money;
    const tab = $("tab-money");
    if (money) tab.className = adds(money) ? "good" : "bad";
  }

  // Another profile: what was asked of the last one holds no more.
  forget() {
    for (const part of this.parts) part.forget();
  }

  draw() {
    if (!this.open) return;
    const made = this.panels[this.open].draw();
    $("panel").setAttribute("aria-labelledby", `tab-${this.open}`);
    $("panel").replaceChildren(made || el("p", { class: "soft" }, "Nothing to show: the profile or the order can't be read."));
  }
}
