/** The SQL in the editor, kept in the URL (`q`), or for a saved view as a draft of this tab. */
import { useDebouncedCallback } from "@mantine/hooks";
import { useCallback, useEffect, useRef, useState } from "react";
import { useSearchChange } from "@/common/use-search-change";
import { readDraft, writeDraft } from "./drafts";
import type { SavedView } from "./saved-views";

const TYPING_PAUSE_MS = 400;

/** `onReplaced` is told when the SQL changed by itself: back, forward, a link. */
export function useWrittenSql(
  view: SavedView | undefined,
  q: string | undefined,
  onReplaced: (sql: string) => void,
) {
  const change = useSearchChange();
  const [sql, setSql] = useState(() =>
    view === undefined ? (q ?? "") : (readDraft(view.id)?.sql ?? view.sql),
  );
  const base = useBase(view, sql, setSql);
  const inUrl = useRef(q ?? "");
  const keep = useCallback(
    (text: string) => {
      if (view !== undefined) {
        const isSame = text === view.sql;
        const revision = base.current.revision;
        writeDraft(view.id, isSame ? undefined : { sql: text, revision });
      } else if (text !== inUrl.current) {
        inUrl.current = text;
        change({ q: text || undefined }, true);
      }
    },
    [view, change, base],
  );
  const keepSoon = useDebouncedCallback(keep, TYPING_PAUSE_MS);
  const write = useCallback(
    (text: string) => {
      setSql(text);
      keepSoon(text);
    },
    [keepSoon],
  );
  const replaced = useRef(onReplaced);
  replaced.current = onReplaced;
  useEffect(() => {
    if (view === undefined && (q ?? "") !== inUrl.current) {
      inUrl.current = q ?? "";
      setSql(q ?? "");
      replaced.current(q ?? "");
    }
  }, [q, view]);
  const revert = useCallback(() => {
    if (view !== undefined) {
      writeDraft(view.id, undefined);
      setSql(view.sql);
    }
  }, [view]);
  return { sql, write, keep, revert, baseRevision: () => base.current.revision };
}

/**
 * The revision that the text started from. It stays when somebody else saves the view, so that
 * saving here finds the conflict; without changes of one's own, theirs are shown at once.
 */
function useBase(view: SavedView | undefined, sql: string, setSql: (sql: string) => void) {
  const [first] = useState(() => {
    const draft = view === undefined ? undefined : readDraft(view.id);
    return { revision: draft?.revision ?? view?.revision ?? 0, sql: draft ? null : view?.sql };
  });
  const base = useRef(first);
  const latest = useRef(sql);
  latest.current = sql;
  useEffect(() => {
    if (view === undefined || view.revision === base.current.revision) {
      return;
    }
    const isUnchanged = latest.current === base.current.sql || latest.current === view.sql;
    if (isUnchanged || view.sql === base.current.sql) {
      base.current = { revision: view.revision, sql: view.sql };
    }
    if (isUnchanged) {
      setSql(view.sql);
    }
  }, [view, setSql]);
  return base;
}
