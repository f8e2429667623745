/** A text in which `backticks` mark what is typed into a terminal. */
import { Code } from "@mantine/core";

export function WithCode({ text }: { text: string }) {
  return text
    .split("`")
    .map((part, index) => (index % 2 === 0 ? part : <Code key={index}>{part}</Code>));
}
