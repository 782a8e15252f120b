// The document's own text, each value in it a thing to point at.

import { $, arrows, el } from "./dom.js";

export class DocumentPane {
  constructor(pointed) {
    this.spans = [];
    const text = $("text");
    arrows(text, () => [...text.querySelectorAll("[data-i]")], pointed);
  }

  show(document) {
    this.spans = [];
    const parts = document.pieces.map(([text, i]) => {
      if (i == null) return text;
      const value = document.values[i];
      const kinds = ["v", !value.template.includes("{") && "constant", value.marks.length && "mark"];
      const span = el("span", { class: kinds.filter(Boolean).join(" "), role: "option", "data-i": i }, text);
      (this.spans[i] ??= []).push(span);
      return span;
    });
    $("text").replaceChildren(...parts);
    $("text").classList.remove("stale");
    $("name").textContent = `${document.name} · ${document.size} bytes · ${document.encoding}`;
    $("name").title = document.content_type;
  }

  clear() {
    $("text").replaceChildren();
    $("name").textContent = "";
    this.spans = [];
  }

  // What is shown was made before the last change.
  stale() {
    $("text").classList.add("stale");
  }

  light(values, at = null) {
    const lit = new Set(values);
    this.spans.forEach((spans, i) => {
      for (const span of spans) {
        span.classList.toggle("lit", lit.has(i));
        span.classList.toggle("at", i === at);
        span.setAttribute("aria-selected", String(i === at));
      }
    });
  }

  reveal(values) {
    this.spans[values[0]]?.[0].scrollIntoView({ block: "nearest" });
  }
}
