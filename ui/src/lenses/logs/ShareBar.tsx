/** A share of a whole as a bar with its figure. */

export function ShareBar({ share, text }: { share: number; text: string }) {
  return (
    <span className="share-cell">
      <span className="share-track" aria-hidden="true">
        <span style={{ width: `${Math.max(1, Math.min(100, 100 * share))}%` }} />
      </span>
      <span className="num">{text}</span>
    </span>
  );
}
