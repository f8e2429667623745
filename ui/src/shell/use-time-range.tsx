/** `useTimeRange`, `useSetTimeRange` and `useEnvironment`: what every lens page asks the shell. */
import { useLocation, useNavigate, useSearch } from "@tanstack/react-router";
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from "react";
import { searchText } from "@/common/search";
import { readTimeRange, resolveTimeRange, type TimeRangeSetting } from "./time-range";

export interface TimeRange {
  fromMs: number;
  toMs: number;
  /** When "now" was read; it changes on each refresh, so put it in query keys through fromMs/toMs. */
  refreshedAtMs: number;
  setting: TimeRangeSetting;
}

interface Refresh {
  refreshedAtMs: number;
  everySeconds: number;
  refresh: () => void;
  setEverySeconds: (seconds: number) => void;
}

const RefreshContext = createContext<Refresh>({
  refreshedAtMs: 0,
  everySeconds: 0,
  refresh: () => {},
  setEverySeconds: () => {},
});

export function RefreshProvider({ children }: { children: ReactNode }) {
  const [refreshedAtMs, setRefreshedAtMs] = useState(Date.now);
  const [everySeconds, setEverySeconds] = useState(0);
  const refresh = useCallback(() => setRefreshedAtMs(Date.now()), []);
  // Another lens is about now. Within one, a list is the same when one comes back from a detail.
  const lens = useLocation({ select: ({ pathname }) => pathname.split("/")[1] });
  const [shownLens, setShownLens] = useState(lens);
  if (shownLens !== lens) {
    setShownLens(lens);
    refresh();
  }
  useEffect(() => {
    if (everySeconds === 0) {
      return;
    }
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") {
        refresh();
      }
    }, everySeconds * 1000);
    return () => clearInterval(timer);
  }, [everySeconds, refresh]);
  const value = useMemo(
    () => ({ refreshedAtMs, everySeconds, refresh, setEverySeconds }),
    [refreshedAtMs, everySeconds, refresh],
  );
  return <RefreshContext.Provider value={value}>{children}</RefreshContext.Provider>;
}

export function useRefresh(): Refresh {
  return useContext(RefreshContext);
}

export function useTimeRange(): TimeRange {
  const { from, to } = useSearch({ strict: false });
  const { refreshedAtMs } = useRefresh();
  return useMemo(() => {
    const setting = readTimeRange(from, to);
    return { ...resolveTimeRange(setting, refreshedAtMs), refreshedAtMs, setting };
  }, [from, to, refreshedAtMs]);
}

/** Writes the range to the URL; a relative one is text such as `1h`. */
export function useSetTimeRange(): (
  range: string | { fromMs: number; toMs: number },
) => Promise<void> {
  const navigate = useNavigate();
  const { refresh } = useRefresh();
  return useCallback(
    async (range) => {
      refresh();
      const next =
        typeof range === "string"
          ? { from: range, to: undefined }
          : { from: String(Math.round(range.fromMs)), to: String(Math.round(range.toMs)) };
      await navigate({ to: ".", search: (before: object) => ({ ...before, ...next }) as never });
    },
    [navigate, refresh],
  );
}

/** The chosen environment; undefined means all of them. */
export function useEnvironment(): string | undefined {
  return searchText(useSearch({ strict: false }).env);
}
