/** After the server fell silent: asks again with growing pauses, then refreshes what is shown. */
import { useCallback, useEffect, useState } from "react";
import { answer, api } from "@/api/client";
import { onRecovered, useConnection } from "@/api/connection";
import { queryClient } from "@/api/queries";

const FIRST_PAUSE_SECONDS = 2;
const PAUSE_SECONDS_MAX = 15;

export function nextPauseSeconds(pauseSeconds: number): number {
  return Math.min(pauseSeconds * 2, PAUSE_SECONDS_MAX);
}

interface Reconnect {
  isLost: boolean;
  secondsLeft: number;
  retryNow: () => void;
}

export function useReconnect(): Reconnect {
  const isLost = useConnection() === "lost";
  const [pauseSeconds, setPauseSeconds] = useState(FIRST_PAUSE_SECONDS);
  const [secondsLeft, setSecondsLeft] = useState(FIRST_PAUSE_SECONDS);

  const retryNow = useCallback(() => {
    // An answer of any kind ends the loss: the client reports it.
    answer(api.GET("/api/v1/session")).catch(() => {
      const next = nextPauseSeconds(pauseSeconds);
      setPauseSeconds(next);
      setSecondsLeft(next);
    });
  }, [pauseSeconds]);

  useEffect(() => {
    if (!isLost) {
      setPauseSeconds(FIRST_PAUSE_SECONDS);
      setSecondsLeft(FIRST_PAUSE_SECONDS);
      return;
    }
    const timer = setInterval(() => setSecondsLeft((left) => Math.max(0, left - 1)), 1000);
    return () => clearInterval(timer);
  }, [isLost]);
  useEffect(() => {
    if (isLost && secondsLeft === 0) {
      retryNow();
    }
  }, [isLost, secondsLeft, retryNow]);
  useEffect(() => onRecovered(() => void queryClient.invalidateQueries()), []);
  return { isLost, secondsLeft, retryNow };
}
