/** One of the cards of a service. */
import { Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

interface CardProps {
  title: string;
  children: ReactNode;
}

export function Card({ title, children }: CardProps) {
  const id = useId();
  return (
    <section className="card catalog-card" aria-labelledby={id}>
      <Stack gap="xs">
        <Title order={2} size="h5" id={id}>
          {title}
        </Title>
        {children}
      </Stack>
    </section>
  );
}

/** Says that nothing is known, and what to do about it. */
export function Nothing({ children }: { children: ReactNode }) {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  );
}
