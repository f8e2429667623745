/** Where a neighbour of a service is looked at. */

/** What spans call without knowing a service behind it; its kind stands in front of its name. */
const CALLED = /^(external|database|cache|queue):(.+)$/s;

export type NeighbourPlace = { kind: string; name: string } | undefined;

/** A dependency that is no service has its evidence; undefined for what the catalog has a page of. */
export function neighbourPlace(listedName: string): NeighbourPlace {
  const [, kind, name] = CALLED.exec(listedName) ?? [];
  return kind === undefined || name === undefined ? undefined : { kind, name };
}
