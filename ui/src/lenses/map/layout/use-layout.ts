/** The layout of a map, from the memory of this visit. */
import { useCallback, useEffect, useMemo, useState } from "react";
import type { Graph, Layout } from "./geometry";
import { LayoutMemory, shapeOf } from "./layout-memory";
import { askLayout } from "./layout-service";

const memory = new LayoutMemory(askLayout);

interface Arranged {
  key: string;
  layout: Layout;
}

interface UsedLayout {
  /** That of the map before, until the new one is there. */
  arranged: Arranged | undefined;
  isWorking: boolean;
  layOutAnew: () => void;
}

export function useLayout(key: string, all: Graph, shown: Graph): UsedLayout {
  const [arranged, setArranged] = useState<Arranged>();
  const [doneFor, setDoneFor] = useState("");
  const [times, setTimes] = useState(0);
  const wanted = useMemo(
    () => `${times} ${key} ${shapeOf(all)} ${shapeOf(shown)}`,
    [times, key, all, shown],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same shape is the same layout
  useEffect(() => {
    let isCurrent = true;
    void memory.arrange(key, all, shown).then((layout) => {
      if (isCurrent) {
        setArranged((before) =>
          before?.layout === layout && before.key === key ? before : { key, layout },
        );
        setDoneFor(wanted);
      }
    });
    return () => {
      isCurrent = false;
    };
  }, [wanted]);
  const layOutAnew = useCallback(() => {
    memory.forget(key);
    setTimes((it) => it + 1);
  }, [key]);
  return { arranged, isWorking: doneFor !== wanted, layOutAnew };
}
