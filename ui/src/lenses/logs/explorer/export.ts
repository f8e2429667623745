/** Reads an export as it comes, counts its records, and keeps it as a file. */

export type ExportFormat = "csv" | "ndjson";

const NEWLINE = 10;
const QUOTE = 34;
/** Pieces are handed to the browser, which keeps large ones on disk. */
const PIECE_BYTES = 8 * 1024 * 1024;

/** Counts the records in bytes that come in pieces; a line break in quotes is part of a CSV cell. */
export class RecordCounter {
  private isQuoted = false;
  private lines = 0;

  constructor(private readonly format: ExportFormat) {}

  add(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === QUOTE && this.format === "csv") {
        this.isQuoted = !this.isQuoted;
      } else if (byte === NEWLINE && !this.isQuoted) {
        this.lines += 1;
      }
    }
  }

  /** Without the head of a CSV file. */
  get records(): number {
    return this.format === "csv" ? Math.max(0, this.lines - 1) : this.lines;
  }
}

export interface Progress {
  records: number;
  bytes: number;
  /** Undefined when the server does not know. */
  total: number | undefined;
}

export async function readExport(
  response: Response,
  format: ExportFormat,
  onProgress: (progress: Progress) => void,
): Promise<Blob> {
  const header = Number(response.headers.get("hannun-total-rows") ?? Number.NaN);
  const total = Number.isFinite(header) ? header : undefined;
  const counter = new RecordCounter(format);
  const type = response.headers.get("content-type") ?? "application/octet-stream";
  let [pieces, waiting, waitingBytes, bytes]: [Blob[], Uint8Array<ArrayBuffer>[], number, number] =
    [[], [], 0, 0];
  const reader = response.body?.getReader();
  for (;;) {
    const next = await reader?.read();
    if (next?.value === undefined) {
      break;
    }
    counter.add(next.value);
    waiting.push(next.value);
    waitingBytes += next.value.length;
    bytes += next.value.length;
    if (waitingBytes >= PIECE_BYTES) {
      pieces = [...pieces, new Blob(waiting)];
      [waiting, waitingBytes] = [[], 0];
    }
    onProgress({ records: counter.records, bytes, total });
  }
  return new Blob([...pieces, ...waiting], { type });
}
