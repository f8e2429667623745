/**
 * A page in a chunk of its own: `component: lazyPage(() => import("./list/ListPage"), "traces")`,
 * where the module has a default export and the area is that of its texts. A chunk that cannot be loaded is asked for again when the server
 * answers; the shell loads all chunks when it is idle, so that pages outlive a lost server.
 */
import { type ComponentType, type ReactNode, useEffect, useState } from "react";
import { onRecovered } from "@/api/connection";
import { loadTexts, type PageArea } from "@/i18n";
import { ErrorBox } from "./ErrorBox";
import { Loading } from "./Loading";

type Loader = () => Promise<{ default: ComponentType }>;

const preloaders: (() => Promise<void>)[] = [];

export function preloadPages(): Promise<unknown> {
  return Promise.allSettled(preloaders.map((preload) => preload()));
}

export function lazyPage(load: Loader, area: PageArea): () => ReactNode {
  const chunk = new Chunk(load, area);
  preloaders.push(chunk.preload);
  return () => <LazyPage chunk={chunk} />;
}

class Chunk {
  page: ComponentType | undefined;

  constructor(
    private readonly load: Loader,
    private readonly area: PageArea,
  ) {}

  preload = async (): Promise<void> => {
    const [module] = await Promise.all([this.load(), loadTexts(this.area)]);
    this.page = module.default;
  };
}

function LazyPage({ chunk }: { chunk: Chunk }) {
  const [page, setPage] = useState(() => chunk.page);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt loads again
  useEffect(() => {
    let isCurrent = true;
    setError(null);
    chunk.preload().then(
      () => isCurrent && setPage(() => chunk.page),
      (reason: unknown) => isCurrent && setError(reason),
    );
    return () => {
      isCurrent = false;
    };
  }, [chunk, attempt]);
  useEffect(() => onRecovered(() => setAttempt((it) => it + 1)), []);
  const Loaded = page;
  if (Loaded !== undefined) {
    return <Loaded />;
  }
  return error === null ? (
    <Loading />
  ) : (
    <ErrorBox error={error} onRetry={() => setAttempt((it) => it + 1)} />
  );
}
