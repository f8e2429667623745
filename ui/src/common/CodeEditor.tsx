/** A code editor for SQL, JSON and plain text. The editor itself is loaded when it is first needed. */
import type { Extension } from "@codemirror/state";
import { Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";

const CodeMirrorEditor = lazy(() => import("./CodeMirrorEditor"));

export interface CodeEditorProps {
  value: string;
  onChange?: (value: string) => void;
  language: "sql" | "json" | "text";
  /** What is edited, for screen readers. */
  label: string;
  height?: number | string;
  readOnly?: boolean;
  /** Ctrl-Enter, or Cmd-Enter. */
  onSubmit?: () => void;
  /** Further extensions of CodeMirror, such as completion from a schema. Keep the array stable. */
  extensions?: Extension[];
}

export function CodeEditor(props: CodeEditorProps) {
  return (
    <Suspense fallback={<Skeleton height={props.height ?? 240} />}>
      <CodeMirrorEditor {...props} />
    </Suspense>
  );
}
