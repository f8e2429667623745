/** CodeMirror with our theme. Tab leaves the editor after Escape, as CodeMirror documents. */
import { json } from "@codemirror/lang-json";
import { sql } from "@codemirror/lang-sql";
import { Prec } from "@codemirror/state";
import { oneDark } from "@codemirror/theme-one-dark";
import { EditorView, keymap } from "@codemirror/view";
import { useComputedColorScheme } from "@mantine/core";
import CodeMirror from "@uiw/react-codemirror";
import { useEffect, useMemo, useRef } from "react";
import type { CodeEditorProps } from "./CodeEditor";

/** On our darker ground the colours of the dark theme have enough contrast. */
const FRAME = {
  "&": { fontSize: "13px", backgroundColor: "var(--surface)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--text-soft)" },
};
const NO_EXTENSIONS: never[] = [];
const LANGUAGES = { sql: () => [sql()], json: () => [json()], text: () => [] };

export default function CodeMirrorEditor(props: CodeEditorProps) {
  const { value, onChange, language, label, height = 240, readOnly = false } = props;
  const { extensions = NO_EXTENSIONS } = props;
  const scheme = useComputedColorScheme("light");
  const submit = useRef(props.onSubmit);
  useEffect(() => {
    submit.current = props.onSubmit;
  }, [props.onSubmit]);
  const all = useMemo(() => {
    const run = () => {
      submit.current?.();
      return submit.current !== undefined;
    };
    return [
      Prec.highest(keymap.of([{ key: "Mod-Enter", run }])),
      ...(extensions.length === 0 ? LANGUAGES[language]() : extensions),
      EditorView.lineWrapping,
      // By its own tab stop a text that scrolls is reached by the keyboard while it is read-only, too.
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
      Prec.highest(EditorView.theme(FRAME)),
    ];
  }, [language, label, extensions]);
  return (
    <CodeMirror
      className="code-editor"
      value={value}
      height={typeof height === "number" ? `${height}px` : height}
      theme={scheme === "dark" ? oneDark : "light"}
      editable={!readOnly}
      readOnly={readOnly}
      indentWithTab={false}
      basicSetup={{ foldGutter: false, highlightActiveLine: !readOnly }}
      extensions={all}
      {...(onChange === undefined ? {} : { onChange })}
    />
  );
}
