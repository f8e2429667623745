/** Problems of a text at their lines in the editor, and going there. */
import { type Diagnostic, linter, lintGutter } from "@codemirror/lint";
import type { Extension, Text } from "@codemirror/state";
import { type EditorView, ViewPlugin } from "@codemirror/view";
import type { RefObject } from "react";
import type { CatalogProblem } from "../catalog-api";

/** Where the problems are in the document; those without a line have no place in it. */
export function diagnosticsOf(document: Text, problems: readonly CatalogProblem[]): Diagnostic[] {
  return problems.flatMap(({ line, message }) => {
    // The document may have become shorter since it was checked.
    if (line === null || line < 1 || line > document.lines) {
      return [];
    }
    const { from, to, text } = document.line(line);
    const start = from + (text.length - text.trimStart().length);
    return [{ from: Math.min(start, to), to, severity: "error", message } satisfies Diagnostic];
  });
}

/** Marks in the text and beside it; `view` becomes the editor that has them. */
export function problemMarks(
  problems: readonly CatalogProblem[],
  view: RefObject<EditorView | null>,
): Extension[] {
  return [
    ViewPlugin.define((editor) => {
      view.current = editor;
      return {};
    }),
    lintGutter(),
    linter(({ state }) => diagnosticsOf(state.doc, problems), { delay: 0 }),
  ];
}

export function goToLine(view: EditorView | null, line: number): void {
  if (view === null) {
    return;
  }
  const { from } = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
  view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
  view.focus();
}
