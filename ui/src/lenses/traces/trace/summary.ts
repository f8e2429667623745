/** What a whole trace comes to: shares of services and of operations. */
import { isCritical, nameOf, serviceOf, type TraceTree } from "./tree";

export interface ServiceShare {
  service: string;
  selfNs: number;
  spans: number;
  errors: number;
  percent: number;
}

export interface OperationShare {
  service: string;
  operation: string;
  spans: number;
  errors: number;
  selfNs: number;
  selfPercent: number;
  criticalNs: number;
  criticalPercent: number;
  durationNsMax: number;
  /** Row of the longest span. */
  longest: number;
}

export interface Operations {
  rows: OperationShare[];
  leftOut: number;
}

/** More operations than these are not read by anybody. */
const OPERATIONS_MAX = 2000;

/** Self time per service, the largest first; the shares add up to 100. */
export function serviceShares(tree: TraceTree): ServiceShare[] {
  const shares = tree.services.map((service) => ({
    ...{ service, selfNs: 0, spans: 0, errors: 0, percent: 0 },
  }));
  let total = 0;
  for (let row = 0; row < tree.count; row += 1) {
    const share = shares[tree.service[row] ?? -1];
    if (share !== undefined) {
      share.selfNs += tree.selfNs[row] ?? 0;
      share.spans += 1;
      share.errors += tree.isError[row] ?? 0;
      total += tree.selfNs[row] ?? 0;
    }
  }
  return shares
    .filter(({ spans }) => spans > 0)
    .map((share) => ({ ...share, percent: percentOf(share.selfNs, total) }))
    .sort((a, b) => b.selfNs - a.selfNs || a.service.localeCompare(b.service));
}

/** Where the time went, the largest self time first. */
export function operationShares(tree: TraceTree): Operations {
  const shares = new Map<number, OperationShare>();
  let [selfTotal, criticalTotal] = [0, 0];
  for (let row = 0; row < tree.count; row += 1) {
    const share = shareOf(shares, tree, row);
    const duration = (tree.endNs[row] ?? 0) - (tree.startNs[row] ?? 0);
    const critical = isCritical(tree, row) ? criticalNsOf(tree, row) : 0;
    share.spans += 1;
    share.errors += tree.isError[row] ?? 0;
    share.selfNs += tree.selfNs[row] ?? 0;
    share.criticalNs += critical;
    if (duration > share.durationNsMax) {
      share.durationNsMax = duration;
      share.longest = row;
    }
    selfTotal += tree.selfNs[row] ?? 0;
    criticalTotal += critical;
  }
  const rows = [...shares.values()].sort((a, b) => b.selfNs - a.selfNs);
  for (const row of rows) {
    row.selfPercent = percentOf(row.selfNs, selfTotal);
    row.criticalPercent = percentOf(row.criticalNs, criticalTotal);
  }
  return {
    rows: rows.slice(0, OPERATIONS_MAX),
    leftOut: Math.max(0, rows.length - OPERATIONS_MAX),
  };
}

function shareOf(shares: Map<number, OperationShare>, tree: TraceTree, row: number) {
  const key = (tree.service[row] ?? 0) * tree.names.length + (tree.name[row] ?? 0);
  const known = shares.get(key);
  if (known !== undefined) {
    return known;
  }
  const share: OperationShare = {
    service: serviceOf(tree, row),
    operation: nameOf(tree, row),
    ...{ spans: 0, errors: 0, selfNs: 0, selfPercent: 0, criticalNs: 0, criticalPercent: 0 },
    ...{ durationNsMax: -1, longest: row },
  };
  shares.set(key, share);
  return share;
}

function criticalNsOf(tree: TraceTree, row: number): number {
  const { place, fromNs, toNs } = tree.critical;
  let sum = 0;
  for (let at = place[row] ?? 0; at < (place[row + 1] ?? 0); at += 1) {
    sum += (toNs[at] ?? 0) - (fromNs[at] ?? 0);
  }
  return sum;
}

function percentOf(part: number, total: number): number {
  return total === 0 ? 0 : (100 * part) / total;
}
