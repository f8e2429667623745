/** All ways of sending data, in the order of the tabs. A new one is a file and a line here. */
import { collector } from "./collector";
import { curl } from "./curl";
import { go } from "./go";
import { java } from "./java";
import { node } from "./node";
import { python } from "./python";
import { rust } from "./rust";
import type { Source } from "./source";

export const SOURCES: readonly Source[] = [java, python, node, go, rust, collector, curl];
