/** Which inputs a cost would need, and how each comes: said instead of a guess. */
import { Alert, List } from "@mantine/core";
import { WithCode } from "@/common/WithCode";
import type { Missing } from "./marks-api";

interface MissingInputsProps {
  title: string;
  missing: readonly Missing[];
}

export function MissingInputs({ title, missing }: MissingInputsProps) {
  return missing.length === 0 ? null : (
    <Alert
      variant="light"
      p="xs"
      title={title}
      styles={{ label: { color: "var(--mantine-color-text)" } }}
    >
      <List size="sm" spacing={4}>
        {missing.map(({ what, how }) => (
          <List.Item key={what}>
            <strong>{what}</strong> – <WithCode text={how} />
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
