/** Text in a monospace box that scrolls by itself and can be copied. */
import { Box } from "@mantine/core";
import { CopyButton } from "./CopyButton";

export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <Box pos="relative" className="code-block">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} aria-label={label} role="region">
        <code>{code}</code>
      </pre>
      <Box pos="absolute" top={6} right={6}>
        <CopyButton text={code} />
      </Box>
    </Box>
  );
}
