/** One colour a service, the same in every trace as far as the colours suffice. */
import { SERIES_COLORS } from "@/design/theme";

function hash(text: string): number {
  let value = 2166136261;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 16777619) >>> 0;
  }
  return value;
}

/** Services take the colour of their name; a taken colour moves them to the next free one. */
export function serviceColors(services: readonly string[]): Map<string, string> {
  const colors = new Map<string, string>();
  const uses = SERIES_COLORS.map(() => 0);
  for (const service of [...new Set(services)].sort()) {
    const wanted = hash(service) % SERIES_COLORS.length;
    const fewest = Math.min(...uses);
    const order = SERIES_COLORS.map((_, step) => (wanted + step) % SERIES_COLORS.length);
    const index = order.find((it) => uses[it] === fewest) ?? wanted;
    uses[index] = (uses[index] ?? 0) + 1;
    colors.set(service, SERIES_COLORS[index] ?? SERIES_COLORS[0]);
  }
  return colors;
}
