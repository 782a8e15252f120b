// The strip that says where a value comes from, or where a field went.

import { $, el } from "./dom.js";

const code = (text, kind = "") => el("code", { class: kind }, text);
const soft = (text) => el("span", { class: "soft" }, text);
const row = (...children) => el("div", { class: "row" }, ...children);
const DECIDES = { each: "repeats", if: "decides", value: "names the file in" };

export function explainNothing() {
  $("explanation").replaceChildren(
    row(soft("Point at a value of the document to see where it comes from, or at a field of the order to see where it went.")),
    row(soft("Keys: Tab goes from pane to pane, arrows from value to value, Enter to its line of the profile; Ctrl+S saves.")),
  );
}

export function explainValue(value, rows) {
  const sources = value.fields.map((i) => rows[i]).filter((field) => !field.path.startsWith("rows["));
  const shown = sources.length ? sources : value.fields.map((i) => rows[i]);
  $("explanation").replaceChildren(
    row(code(value.element), code(value.value, "value"), ...value.marks.map((mark) => el("span", { class: "marks" }, mark))),
    row(
      value.template.includes("{") ? code(value.template, "template") : soft("constant of the profile"),
      soft(`${value.file}, line ${value.line}`),
      ...value.formats.map(soft),
      value.most ? soft(`at most ${value.most}`) : null,
    ),
    row(...shown.map((field) => el("span", {}, code(field.path), soft(" ← "), code(field.source)))),
  );
}

export function explainField(field, values, deciding, insert) {
  const went = [...new Set(values.map((value) => value.element))];
  $("explanation").replaceChildren(
    row(code(field.path), code(field.value ?? (field.branch ? "" : "empty"), "value"), soft("Omnitron:"), code(field.source), field.ubl ? soft(field.ubl) : null),
    went.length || deciding.length
      ? row(
          soft("went to"),
          ...went.map((place) => code(place)),
          ...deciding.map((each) => el("span", {}, soft(`${DECIDES[each.role]} `), code(each.element))),
        )
      : row(soft("The document does not use it.")),
    field.branch ? null : row(el("button", { onclick: insert }, "Insert at the cursor")),
  );
}
