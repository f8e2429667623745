/** Types, messages, stacks and attributes come from telemetry; all of them must stay text. */
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { queryClient, sessionQuery } from "@/api/queries";
import { DataTable } from "@/common/DataTable";
import { bindFormats } from "@/design/use-format";
import { loadTexts, startI18n } from "@/i18n";
import { kindsQuery } from "@/settings/documents/document-queries";
import { expectText, giveRoom, HOSTILE, show } from "@/test-support/hostile-text";
import type { ErrorIssue, ErrorIssueDetail, ErrorReport } from "./errors-api";
import { decisionQuery, ISSUE_STATE_KIND } from "./errors-api";
import { IssueView } from "./issue/IssueView";
import { issueColumns } from "./list/columns";
import { ReportTable } from "./report/ReportTable";
import { FIRST_SORT } from "./report/report-model";

// The language of the browser is asked for when the settings are imported.
vi.hoisted(() => Object.defineProperty(navigator, "language", { value: "ko-KR" }));
// The chart library draws on a canvas, which the simulated browser has not.
vi.mock("@/common/TimeChart", () => ({
  TimeChart: (props: { title: string }) => <figure>{props.title}</figure>,
}));

beforeAll(async () => {
  giveRoom();
  await startI18n("ko");
  await loadTexts("errors");
});
afterEach(() => {
  cleanup();
  queryClient.clear();
});

function issueOf(text: string): ErrorIssue {
  return {
    service: text,
    fingerprint: text,
    error_type: text,
    message: text,
    message_template: text,
    frame: text,
    language: text,
    state: "regressed",
    state_since_ms: 1,
    resolved_in_version: text,
    assignee: text,
    note: text,
    count: 4,
    previous_count: 2,
    traces: 3,
    first_seen_ms: 0,
    last_seen_ms: 1,
    first_version: text,
    last_version: text,
    versions: [text],
    endpoints: [text],
    series: [1, 0, 3],
    is_new: true,
    document_id: "0123",
    document_revision: 0,
  };
}

function detailOf(text: string): ErrorIssueDetail {
  return {
    issue: issueOf(text),
    series: { from_ms: 0, bucket_ms: 1, counts: [1] },
    versions: [{ version: text, count: 1, first_seen_ms: 0, last_seen_ms: 1 }],
    endpoints: [{ endpoint: text, count: 1 }],
    samples: [
      {
        time_ms: 1,
        trace_id: text,
        span_id: text,
        error_type: text,
        message: text,
        version: text,
        endpoint: text,
        environment: text,
      },
    ],
    sample: {
      exception_type: text,
      message: text,
      stacktrace: text,
      frames: [
        { text, in_app: true },
        { text: "library one", in_app: false },
        { text: "library two", in_app: false },
      ],
      attributes: Object.fromEntries([
        [text, text],
        ["deep", { [text]: [text] }],
      ]),
      resource: { host: text },
    },
  };
}

function signIn(role: "viewer" | "editor") {
  queryClient.setQueryData(sessionQuery.queryKey, {
    user: { id: "u1", name: "Kim", role },
  } as never);
  queryClient.setQueryData(kindsQuery.queryKey, [
    { kind: ISSUE_STATE_KIND, edit_role: "editor" },
  ] as never);
  queryClient.setQueryData(decisionQuery("0123", 0).queryKey, null);
}

it.each(HOSTILE)("the list of issues shows %j as text", async (text) => {
  const format = bindFormats({ language: "ko", timeZone: "UTC", currency: "KRW" });
  const columns = issueColumns((key) => key, format);
  await expectText(
    <DataTable label="issues" rows={[issueOf(text)]} columns={columns} rowKey={() => "0"} />,
    text,
  );
});

it.each(HOSTILE)("an issue shows %j as text", async (text) => {
  signIn("editor");
  await expectText(<IssueView detail={detailOf(text)} />, text);
});

it.each(HOSTILE)("the report shows %j as text", async (text) => {
  const counts = { before_last: 0, last: 2, change: 2, change_percent: null };
  const report: ErrorReport = {
    incomplete_before_ms: null,
    weeks: { before_last: { from_ms: 0, to_ms: 1 }, last: { from_ms: 1, to_ms: 2 } },
    truncated: true,
    rows: [{ service: text, error_type: text, ...counts, is_new: true, is_gone: false }],
    totals: [{ service: text, ...counts }],
    time_zone: text,
  };
  await expectText(<ReportTable report={report} sort={FIRST_SORT} onSort={() => {}} />, text);
});

it("frames of libraries are folded until they are asked for", async () => {
  signIn("editor");
  show(<IssueView detail={detailOf("own frame")} />);
  const fold = await screen.findByRole("button", { name: "라이브러리 프레임 2개" });
  expect(screen.queryByText("library two")).toBeNull();
  fireEvent.click(fold);
  expect(screen.getByText("library two")).toBeDefined();
});

it("an editor may decide, a viewer is told why not", async () => {
  signIn("editor");
  show(<IssueView detail={detailOf("x")} />);
  expect(await screen.findByRole("button", { name: "해결…" })).toBeDefined();
  cleanup();
  signIn("viewer");
  const { container } = show(<IssueView detail={detailOf("x")} />);
  await waitFor(() => expect(container.textContent).toContain("“편집자” 역할이 필요합니다"));
  expect(screen.queryByRole("button", { name: "해결…" })).toBeNull();
});
