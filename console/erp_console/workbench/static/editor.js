// The profile's files in one editor, with marks where something is wrong.

import {
  Decoration, EditorState, EditorView, StateEffect, StateField, StreamLanguage, bracketMatching,
  classHighlighter, defaultKeymap, drawSelection, highlightActiveLine, highlightSelectionMatches, history,
  historyKeymap, json, keymap, lineNumbers, lintGutter, lintKeymap, search, searchKeymap, setDiagnostics,
  syntaxHighlighting, toml, xml,
} from "./vendor/codemirror.js";
import { $, el } from "./dom.js";

const nonce = document.querySelector('meta[name="nonce"]').content;
const lightLine = StateEffect.define();
const lit = StateField.define({
  create: () => Decoration.none,
  update(marks, change) {
    for (const effect of change.effects) {
      if (effect.is(lightLine)) {
        marks = effect.value == null ? Decoration.none : Decoration.set(Decoration.line({ class: "lit" }).range(effect.value));
      }
    }
    return marks.map(change.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

const theme = EditorView.theme({
  "&": { height: "100%", fontSize: "12.5px", backgroundColor: "var(--sheet)", color: "var(--ink)" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-gutters": { backgroundColor: "var(--ground)", color: "var(--faint)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--lit) 35%, transparent)" },
  ".cm-line.lit": { backgroundColor: "var(--lit)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground, ::selection": { backgroundColor: "var(--lit) !important" },
  ".cm-panels, .cm-tooltip": { backgroundColor: "var(--ground)", color: "var(--ink)", border: "1px solid var(--line)" },
  ".cm-diagnostic": { fontFamily: "system-ui, sans-serif", maxWidth: "46em", whiteSpace: "normal" },
  ".tok-string, .tok-attributeValue": { color: "var(--value)" },
  ".tok-propertyName, .tok-attributeName": { color: "var(--accent)" },
  ".tok-typeName, .tok-keyword, .tok-atom, .tok-bool, .tok-number": { color: "var(--word)" },
  ".tok-comment, .tok-meta, .tok-punctuation, .tok-angleBracket": { color: "var(--soft)" },
});

const language = (name) =>
  name.endsWith(".xml") ? xml() : name.endsWith(".json") ? json() : StreamLanguage.define(toml);

export class Editor {
  constructor({ changed, moved }) {
    this.changed = changed;
    this.moved = moved;
    this.states = new Map();
    this.saved = new Map();
    this.view = new EditorView({ parent: $("editor"), extensions: EditorView.cspNonce.of(nonce) });
    this.shown = null;
    this.problems = [];
  }

  // The files as they are on disk; what was typed before is gone.
  load(files) {
    this.states = new Map(files.map((file) => [file.name, this.#state(file)]));
    this.shown = null;
    this.problems = [];
    this.keep(files);
    this.show(files.at(-1).name);
  }

  // These texts are what is on disk now; another document may have been named among them.
  keep(files) {
    if (files.some((file) => !this.states.has(file.name))) return this.load(files);
    this.saved = new Map(files.map((file) => [file.name, file]));
    this.#tabs();
  }

  #state({ name, text }) {
    return EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(nonce), lineNumbers(), lintGutter(), history(), drawSelection(), highlightActiveLine(),
        bracketMatching(), highlightSelectionMatches(), search({ top: true }), lit, theme, language(name),
        syntaxHighlighting(classHighlighter), EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": name }),
        keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) {
            this.#tabs();
            this.changed();
          }
          if (update.selectionSet && update.transactions.some((each) => each.isUserEvent("select"))) {
            this.moved(this.shown, update.state.doc.lineAt(update.state.selection.main.head).number);
          }
        }),
      ],
    });
  }

  show(name) {
    if (this.shown && this.states.has(this.shown)) this.states.set(this.shown, this.view.state);
    this.shown = name;
    this.view.setState(this.states.get(name));
    this.#mark();
    this.#tabs();
  }

  texts() {
    return Object.fromEntries([...this.states.keys()].map((name) => [name, this.#text(name)]));
  }

  #text(name) {
    const state = name === this.shown ? this.view.state : this.states.get(name);
    return state.doc.toString();
  }

  versions() {
    return Object.fromEntries([...this.saved.values()].map((file) => [file.name, file.version]));
  }

  get dirty() {
    return [...this.saved.values()].some((file) => this.#text(file.name) !== file.text);
  }

  #tabs() {
    const bad = new Set(this.problems.map((problem) => problem.file));
    $("files").replaceChildren(
      ...[...this.states.keys()].map((name) =>
        el(
          "button",
          {
            "aria-pressed": String(name === this.shown), class: bad.has(name) ? "bad" : "",
            onclick: () => this.show(name),
          },
          name + (this.saved.get(name)?.text === this.#text(name) ? "" : " •"),
        ),
      ),
    );
  }

  // Problems are { file, line, column, message, severity }.
  complain(problems) {
    this.problems = problems;
    this.#mark();
    this.#tabs();
  }

  #mark() {
    const doc = this.view.state.doc;
    const marks = this.problems
      .filter((problem) => problem.file === this.shown)
      .map(({ line, column, message, severity }) => {
        const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
        const from = Math.min(at.from + Math.max(column - 1, 0), at.to);
        const word = /^[\w.@:-]+/.exec(doc.sliceString(from, at.to));
        return { from, to: word ? from + word[0].length : at.to, severity, message };
      });
    this.view.dispatch(setDiagnostics(this.view.state, marks));
  }

  // Lights a line without moving the cursor.
  light(place) {
    const doc = this.view.state.doc;
    const here = place && place.file === this.shown && place.line <= doc.lines;
    const effects = [lightLine.of(here ? doc.line(place.line).from : null)];
    if (here) effects.push(EditorView.scrollIntoView(doc.line(place.line).from, { y: "nearest", yMargin: 40 }));
    this.view.dispatch({ effects });
  }

  go({ file, line, column = 1 }) {
    if (!this.states.has(file)) return;
    if (file !== this.shown) this.show(file);
    const at = this.view.state.doc.line(Math.min(line, this.view.state.doc.lines));
    const anchor = Math.min(at.from + column - 1, at.to);
    this.view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
    this.view.focus();
  }

  // At the cursor, with braces where it is not between some already.
  insertExpression(path) {
    const { doc, selection } = this.view.state;
    const before = doc.sliceString(doc.lineAt(selection.main.from).from, selection.main.from);
    const inside = before.lastIndexOf("{") > before.lastIndexOf("}");
    this.view.dispatch(this.view.state.replaceSelection(inside ? path : `{${path}}`));
    this.view.focus();
  }

  // Replaces a part of a line of a file: what `find` matches at `column`, or the place itself.
  replace({ file, line, column }, find, text) {
    if (file !== this.shown) this.show(file);
    const at = this.view.state.doc.line(line);
    const from = Math.min(at.from + column - 1, at.to);
    const found = find.exec(this.view.state.doc.sliceString(from, at.to));
    this.view.dispatch({ changes: { from, to: from + (found ? found[0].length : 0), insert: text } });
  }

  // A new line behind a line of a file.
  append(file, line, text) {
    if (file !== this.shown) this.show(file);
    const at = this.view.state.doc.line(Math.min(line, this.view.state.doc.lines));
    this.view.dispatch({ changes: { from: at.to, insert: `\n${text}` } });
    this.go({ file, line: line + 1, column: text.length });
  }
}
