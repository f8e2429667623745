/** A part of a page with its heading, what it says, and where to look further. */
import { Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

interface CostCardProps {
  title: string;
  /** What the part is about, for who sees it for the first time. */
  hint?: string;
  /** At the right of the heading. */
  more?: ReactNode;
  isWide?: boolean;
  children: ReactNode;
}

export function CostCard({ title, hint, more, isWide = false, children }: CostCardProps) {
  const id = useId();
  return (
    <section className="card cost-card" aria-labelledby={id} data-wide={isWide}>
      <div className="cost-card-head">
        <Title order={2} size="h5" id={id}>
          {title}
        </Title>
        {more}
      </div>
      {hint === undefined ? null : <p className="cost-soft">{hint}</p>}
      {children}
    </section>
  );
}
