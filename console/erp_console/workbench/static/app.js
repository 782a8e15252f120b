// The page's state and what follows from what: order and profile chosen, text typed, a value pointed at.

import { ask, start } from "./api.js";
import { DocumentPane } from "./document_pane.js";
import { $, el, settled } from "./dom.js";
import { Editor } from "./editor.js";
import { explainField, explainNothing, explainValue } from "./explanation.js";
import { OrderPane } from "./order_pane.js";
import { Panels } from "./panels.js";

const state = { order: null, profile: null, rows: [], document: null, into: [], decided: [], pinned: null };
let asked = 0;

// A clicked field stays: its button is to be reached without pointing at others on the way.
const order = new OrderPane({
  at: pointAtField,
  over: (i) => state.pinned == null && pointAtField(i),
  act: (i) => (state.pinned = state.pinned === i ? null : i),
});
const documentPane = new DocumentPane({
  at: pointAtValue,
  over: (i) => state.pinned == null && pointAtValue(i),
  act: goToValue,
});
const editor = new Editor({ changed: settled(250, render), moved: pointAtLine });

const panels = new Panels({
  editor,
  ask: (name, more = {}) => tried(() => ask(name, { ...draft(), ...more })),
  order: () => state.order,
  open: openOrder,
  shop: () => !$("shop").hidden,
  readLast,
});

function tell(sentence) {
  $("notice").textContent = sentence ?? "";
  $("notice").hidden = !sentence;
}

async function tried(act) {
  try {
    tell();
    return await act();
  } catch (error) {
    tell(error.message);
    return null;
  }
}

const draft = () => ({ profile: state.profile, files: editor.texts() });

async function render() {
  const turn = ++asked;
  const view = await tried(() => ask("view", { ...draft(), order: state.order }));
  if (!view || turn !== asked) return;
  show(view);
}

function show(view) {
  const problems = view.problems.map((problem) => ({ ...problem, severity: "error" }));
  const { rejection } = view;
  if (rejection?.file) problems.push({ file: rejection.file, line: rejection.line, column: 1, message: `This order: ${rejection.message}`, severity: "warning" });
  editor.complain(problems);
  showProblems(view.problems);
  showRejection(rejection);
  if (view.order) state.rows = view.order;
  state.document = view.document ?? null;
  if (view.document) documentPane.show(view.document);
  else if (rejection) documentPane.clear();
  else documentPane.stale();
  if (view.order) link(view.document);
  panels.show(view);
  showState(view);
  state.pinned = null;
  explainNothing();
}

// From fields to the values and decisions that read them.
function link(document) {
  state.into = [];
  state.decided = [];
  document?.values.forEach((value, i) => value.fields.forEach((row) => (state.into[row] ??= []).push(i)));
  document?.deciding.forEach((each) => each.fields.forEach((row) => (state.decided[row] ??= []).push(each)));
  const used = new Set([...Object.keys(state.into), ...Object.keys(state.decided)].map(Number));
  order.show(state.rows, used);
}

function showState(view) {
  const count = view.problems.length;
  const marked = view.document?.values.filter((value) => value.marks.length).length ?? 0;
  const word = count ? `${count} problem${count > 1 ? "s" : ""}` : view.rejection ? view.rejection.code : "passes";
  $("state").textContent = word + (marked ? `, ${marked} marked` : "");
  $("state").className = count || view.rejection ? "bad" : "good";
  $("download").disabled = !view.document;
  $("save").disabled = !editor.dirty;
  $("notes").textContent = (view.notes ?? []).join(" ");
  $("notes").hidden = !view.notes?.length;
}

function showProblems(problems) {
  $("problems").hidden = !problems.length;
  $("problems").replaceChildren(
    ...problems.map((problem) =>
      el("button", { onclick: () => editor.go(problem) }, el("code", {}, `${problem.file}:${problem.line}:${problem.column}`), ` ${problem.message}`),
    ),
  );
}

function showRejection(rejection) {
  $("rejection").hidden = !rejection;
  if (!rejection) return;
  $("rejection").replaceChildren(
    el("b", {}, rejection.code),
    rejection.message,
    ...(rejection.file ? [el("br"), el("button", { onclick: () => editor.go(rejection) }, `${rejection.file}, line ${rejection.line}`)] : []),
  );
}

function pointAtValue(i) {
  const value = state.document?.values[i];
  if (!value) return;
  documentPane.light([i], i);
  order.light(value.fields);
  order.reveal(value.fields);
  editor.light(value);
  explainValue(value, state.rows);
}

function goToValue(i) {
  const value = state.document?.values[i];
  state.pinned = null;
  if (value) editor.go(value);
}

function pointAtField(i) {
  const values = state.into[i] ?? [];
  order.light([], i);
  documentPane.light(values);
  documentPane.reveal(values);
  editor.light(values.length ? state.document.values[values[0]] : state.decided[i]?.[0]);
  explainField(state.rows[i], values.map((each) => state.document.values[each]), state.decided[i] ?? [], () => insert(state.rows[i]));
}

// As an expression would name it: within what repeats, an item's field is its own name.
function insert(row) {
  editor.insertExpression(row.path.replace(/^.*\[\d+\]\./, ""));
}

// The cursor's line in the profile, back to the document.
function pointAtLine(file, line) {
  const values = [];
  state.document?.values.forEach((value, i) => value.file === file && value.line === line && values.push(i));
  documentPane.light(values);
  documentPane.reveal(values);
  order.light(values.flatMap((i) => state.document.values[i].fields));
}

async function openProfile(name) {
  const found = await tried(() => ask("profile", { profile: name }));
  if (!found) return;
  state.profile = name;
  editor.load(found.files);
  panels.forget();
  await render();
}

async function save() {
  const found = await tried(() => ask("save", { ...draft(), versions: editor.versions() }));
  if (!found) return;
  editor.keep(found.files);
  $("save").disabled = !editor.dirty;
  $("state").textContent = "saved";
}

function download() {
  const { content, content_type: type, name } = state.document;
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  el("a", { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}

function options(list, names, chosen) {
  list.replaceChildren(...names.map((name) => el("option", { selected: name === chosen }, name)));
}

async function openOrder(name) {
  state.order = name;
  $("orders").value = name;
  await render();
}

async function readLast(last) {
  const found = await tried(() => ask("fetch_last", { last }));
  if (!found) return;
  options($("orders"), found.orders, state.order);
  tell(`${found.read} orders were read from the shop.`);
}

async function fetchOrder(event) {
  event.preventDefault();
  const found = await tried(() => ask("fetch", { number: $("number").value.trim() }));
  if (!found) return;
  options($("orders"), found.orders, found.order);
  await openOrder(found.order);
}

function wire() {
  $("orders").addEventListener("change", () => openOrder($("orders").value));
  $("profiles").addEventListener("change", () => {
    if (editor.dirty && !confirm("Leave this profile? What you typed is not saved.")) {
      $("profiles").value = state.profile;
      return;
    }
    openProfile($("profiles").value);
  });
  $("shop").addEventListener("submit", fetchOrder);
  $("save").addEventListener("click", save);
  $("download").addEventListener("click", download);
  $("panes").addEventListener("click", (event) => {
    const { pane } = event.target.dataset;
    if (!pane) return;
    document.querySelector("main").dataset.pane = pane;
    for (const button of $("panes").children) button.setAttribute("aria-current", String(button === event.target));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") state.pinned = null;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      if (editor.dirty) save();
    }
  });
  addEventListener("beforeunload", (event) => {
    if (editor.dirty) event.preventDefault();
  });
}

const found = await tried(start);
if (found) {
  state.order = found.orders[0];
  options($("orders"), found.orders, state.order);
  options($("profiles"), found.profiles, found.profile);
  $("shop").hidden = !found.shop;
  wire();
  explainNothing();
  await openProfile(found.profile);
}
