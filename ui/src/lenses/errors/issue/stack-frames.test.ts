import { expect, test } from "vitest";
import { foldFrames } from "./stack-frames";

const own = (text: string) => ({ text, in_app: true });
const library = (text: string) => ({ text, in_app: false });

test("runs of library frames are folded, own frames and the first one stay", () => {
  const frames = [
    library("throw"),
    library("a"),
    library("b"),
    own("pay"),
    library("c"),
    own("main"),
  ];
  expect(foldFrames(frames)).toEqual([
    { kind: "frame", frame: library("throw") },
    { kind: "folded", frames: [library("a"), library("b")] },
    { kind: "frame", frame: own("pay") },
    { kind: "frame", frame: library("c") },
    { kind: "frame", frame: own("main") },
  ]);
});

test("a stack without own frames shows where it happened, and folds the rest", () => {
  const parts = foldFrames(Array.from({ length: 40 }, (_, at) => library(`frame ${at}`)));
  expect(parts.map((it) => it.kind)).toEqual(["frame", "folded"]);
});

test("no frames are no parts", () => {
  expect(foldFrames([])).toEqual([]);
});
