/** What is being typed; it is written to a search parameter when the typing pauses. */
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { useSearchChange } from "@/common/use-search-change";

const TYPING_PAUSE_MS = 350;

export function useTypedParameter(name: string, saved: string): [string, (text: string) => void] {
  const change = useSearchChange();
  const [typed, setTyped] = useState(saved);
  useEffect(() => setTyped(saved), [saved]);
  const write = useDebouncedCallback(
    (text: string) => change({ [name]: text.trim() || undefined }, true),
    TYPING_PAUSE_MS,
  );
  return [
    typed,
    (text) => {
      setTyped(text);
      write(text);
    },
  ];
}
