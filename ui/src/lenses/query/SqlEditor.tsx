/** The editor for SQL with completion from the schema and a mark where an error is. */

import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import type { Extension } from "@codemirror/state";
import { type EditorView, ViewPlugin } from "@codemirror/view";
import { useEffect, useMemo, useRef } from "react";
import type { Schemas } from "@/api/client";
import { CodeEditor } from "@/common/CodeEditor";
import { sqlExtensions } from "./sql-extensions";

const EDITOR_HEIGHT = 170;

interface SqlEditorProps {
  value: string;
  onChange: (value: string) => void;
  onRun: () => void;
  label: string;
  schema: Schemas["SqlSchema"] | undefined;
  /** What to say about `$from` and the others in the completion list. */
  placeholderTexts: Record<string, string>;
  /** Where the last error is in `value`. */
  mark: { offset: number; message: string } | undefined;
}

export default function SqlEditor(props: SqlEditorProps) {
  const { value, onChange, onRun, label, schema, placeholderTexts, mark } = props;
  const view = useRef<EditorView | null>(null);
  const extensions = useMemo(
    () => [...sqlExtensions(schema, placeholderTexts), keepView(view)],
    [schema, placeholderTexts],
  );
  useEffect(() => {
    const editor = view.current;
    if (editor !== null) {
      const diagnostics = mark === undefined ? [] : [diagnosticAt(editor, mark)];
      editor.dispatch(setDiagnostics(editor.state, diagnostics));
    }
  }, [mark]);
  return (
    <CodeEditor
      value={value}
      onChange={onChange}
      language="sql"
      label={label}
      height={EDITOR_HEIGHT}
      onSubmit={onRun}
      extensions={extensions}
    />
  );
}

function keepView(kept: { current: EditorView | null }): Extension {
  return ViewPlugin.define((view) => {
    kept.current = view;
    return {
      destroy: () => {
        kept.current = null;
      },
    };
  });
}

/** Marks the word at the place of the error, or one character. */
function diagnosticAt(
  editor: EditorView,
  { offset, message }: { offset: number; message: string },
): Diagnostic {
  const from = Math.min(offset, editor.state.doc.length);
  const word = editor.state.wordAt(from);
  const to = word === null ? Math.min(from + 1, editor.state.doc.length) : word.to;
  return { from, to, severity: "error", message };
}
