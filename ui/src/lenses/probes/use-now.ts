/** The time now, again and again: for what counts down. */
import { useEffect, useState } from "react";

const SECOND_MS = 1000;

export function useNow(everyMs = SECOND_MS): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}
