/** Which frame of a stack the probe is in. */
import type { ProbeFrame } from "../probes-api";

interface Where {
  file: string;
  line: number | "";
  method: string;
}

function endsWithPath(path: string, end: string): boolean {
  const clean = end.replace(/^(\.?\/)+/, "");
  return path === clean || path.endsWith(`/${clean}`) || path.endsWith(`\\${clean}`);
}

/** The last part of `OrderService.place`. */
function lastName(name: string): string {
  return name.split(/[.:#]+/).at(-1) ?? name;
}

/**
 * A client gives the probed frame first; one that has frames of its own before it is known by the
 * file or method of the probe.
 */
export function probedFrame(stack: readonly ProbeFrame[], where: Where): number {
  const isIt = (frame: ProbeFrame) =>
    where.method !== ""
      ? lastName(frame.function ?? "") === lastName(where.method)
      : where.file !== "" &&
        endsWithPath(frame.file ?? "", where.file) &&
        frame.line === where.line;
  return Math.max(0, stack.findIndex(isIt));
}
