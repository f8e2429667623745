/** The frame of a page: document title, heading, actions beside the heading. */
import { Group, Stack, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

const PRODUCT = "Hannun";

interface PageProps {
  title: string;
  /** Beside the heading, at the right. */
  actions?: ReactNode;
  /** Under the heading: a line of context, tabs or filters. */
  header?: ReactNode;
  children: ReactNode;
}

export function Page({ title, actions, header, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${PRODUCT}`;
  }, [title]);
  return (
    <Stack gap="md" className="page">
      <Group justify="space-between" gap="sm">
        <Title order={1} size="h3" title={title} tabIndex={-1} data-page-heading>
          {title}
        </Title>
        {actions === undefined ? null : <Group gap="xs">{actions}</Group>}
      </Group>
      {header}
      {children}
    </Stack>
  );
}
