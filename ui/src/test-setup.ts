/** What the simulated browser of the tests lacks. */
import { configure } from "@testing-library/react";

if (typeof window !== "undefined") {
  window.matchMedia ??= (query: string) =>
    ({
      matches: false,
      media: query,
      addEventListener: () => {},
      removeEventListener: () => {},
    }) as unknown as MediaQueryList;
  window.ResizeObserver ??= class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  };
  window.scrollTo = () => {};
  Element.prototype.scrollIntoView ??= () => {};
  globalThis.CSS ??= { escape: (text: string) => text.replaceAll(/["\\]/g, "\\$&") } as never;
}

// As long as a test may take in all but its last moments: a busy machine is slow.
configure({ asyncUtilTimeout: 20_000 });
