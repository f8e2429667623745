/** Answers of the API of cost as tests of its pages need them. */
import type {
  Exploration,
  ExploreRow,
  ImportJob,
  Overview,
  RestatementRow,
  SnapshotSummary,
} from "./cost-types";

const OCTOBER = Date.UTC(2026, 9, 1);
const NOVEMBER = Date.UTC(2026, 10, 1);

export const snapshot = (more: Partial<SnapshotSummary> = {}): SnapshotSummary => ({
  id: "01K",
  source: "aws",
  provider: "AWS",
  account: null,
  period_start_ms: OCTOBER,
  period_end_ms: NOVEMBER,
  manifest_id: "0f3b1c22",
  imported_ms: NOVEMBER,
  current: true,
  rows: 119_307,
  bytes: 4_000_000,
  currency_totals: [
    {
      currency: "USD",
      billed: "4064.483132",
      effective: "4195.957109",
      list: "4237.681735",
      contracted: "4100",
    },
  ],
  restated: null,
  findings: [],
  ...more,
});

export const overview = (more: Partial<Overview> = {}): Overview => ({
  has_data: true,
  currency: "USD",
  metric: "effective",
  month: {
    from_ms: OCTOBER,
    to_ms: NOVEMBER,
    data_until_ms: OCTOBER + 10 * 86_400_000,
    so_far: "1250.5",
    same_days_last_month: "1000.4",
    last_month: "3100",
    charges: [
      { charge: "usage", total: "1300.5" },
      { charge: "credit", total: "-50" },
      { charge: "refund", total: "0" },
    ],
  },
  days: [
    { day_ms: OCTOBER - 86_400_000, total: "90.1" },
    { day_ms: OCTOBER, total: "125.05" },
  ],
  teams: {
    tag: "virtual:team",
    rows: [
      { value: "commerce", so_far: "1000.5", same_days_last_month: "800.4" },
      { value: null, so_far: "250", same_days_last_month: null },
    ],
    others: null,
  },
  movers: [
    {
      dimension: "service_name",
      value: "Amazon ElastiCache",
      before: "100",
      after: "300",
      change: "200",
    },
  ],
  coverage: [{ tag: "virtual:team", coverage: 0.8, untagged_cost: "250" }],
  restatements: [],
  sources: [
    {
      source: "aws",
      provider: "AWS",
      current_period_ms: OCTOBER,
      imported_ms: NOVEMBER,
      rows: 119_307,
      stale: true,
    },
  ],
  views: {
    billed: "1200",
    effective: "1250.5",
    list: "1500",
    contracted: "1400",
    net_effective: "1250.5",
  },
  commitments: { used: "200", unused: "12.34", covered_share: 0.64 },
  network: [
    { kind: "nat_bytes", total: "48.2" },
    { kind: "none", total: "1200" },
  ],
  rates: [],
  missing: [],
  ...more,
});

export const exploreRow = (keys: (string | null)[], total: string): ExploreRow => ({
  keys,
  total,
  before: "10",
  share: 0.5,
  points: [total, "0"],
});

export const exploration = (rows: ExploreRow[], more: Partial<Exploration> = {}): Exploration => ({
  currency: "USD",
  metric: "effective",
  from_ms: OCTOBER,
  to_ms: NOVEMBER,
  before_from_ms: Date.UTC(2026, 8, 1),
  bucket_ms: [OCTOBER, OCTOBER + 86_400_000],
  total: "100.000000000001",
  before_total: "80",
  points: ["60", "40.000000000001"],
  rows,
  others: null,
  rates: [],
  sql: "SELECT service_name FROM cost_daily",
  missing: [],
  ...more,
});

export const importJob = (more: Partial<ImportJob> = {}): ImportJob => ({
  id: "job1",
  source: "aws",
  location: "s3://bills/cur/",
  state: "running",
  phase: "reading",
  files_done: 1,
  files_total: 4,
  bytes_done: 256,
  bytes_total: 1024,
  rows: 5000,
  started_ms: Date.now() - 1000,
  ended_ms: null,
  problem: null,
  snapshots: [],
  ...more,
});

export const restatement = (more: Partial<RestatementRow> = {}): RestatementRow => ({
  source: "aws",
  period_start_ms: OCTOBER,
  imported_ms: NOVEMBER,
  day_ms: OCTOBER,
  sub_account_id: "111122223333",
  service_name: "Amazon EC2",
  currency: "USD",
  billed_before: "10.1",
  billed_after: "10.3",
  effective_before: "9",
  effective_after: "9.5",
  ...more,
});
