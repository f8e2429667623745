/** A stack of frames, with those of libraries folded so that the own code stands out. */
import type { StackFrame } from "../errors-api";

export type FramePart =
  | { kind: "frame"; frame: StackFrame }
  | { kind: "folded"; frames: StackFrame[] };

/** A single frame takes no more room than the line that would stand for it. */
const FOLDED_MIN = 2;

/**
 * The first frame stays in view, as that is where it happened; a run of library frames after it is
 * folded.
 */
export function foldFrames(frames: readonly StackFrame[]): FramePart[] {
  const parts: FramePart[] = [];
  let run: StackFrame[] = [];
  const close = () => {
    if (run.length >= FOLDED_MIN) {
      parts.push({ kind: "folded", frames: run });
    } else {
      parts.push(...run.map((frame) => ({ kind: "frame", frame }) as const));
    }
    run = [];
  };
  frames.forEach((frame, at) => {
    if (frame.in_app || at === 0) {
      close();
      parts.push({ kind: "frame", frame });
    } else {
      run.push(frame);
    }
  });
  close();
  return parts;
}
