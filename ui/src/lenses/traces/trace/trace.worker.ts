/** Reads a trace beside the page: the JSON of 100,000 spans would stop it for a second. */
import { buffersOf, readTrace } from "./load-trace";

addEventListener("message", ({ data }: MessageEvent<ArrayBuffer>) => {
  const loaded = readTrace(data);
  postMessage(loaded, { transfer: buffersOf(loaded) });
});
