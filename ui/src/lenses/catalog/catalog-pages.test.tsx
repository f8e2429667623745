/** The pages of the catalog over answers of the API: what they teach, refuse and save. */
import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { queryClient, sessionQuery } from "@/api/queries";
import { loadTexts, startI18n } from "@/i18n";
import type { Asked } from "@/test-support/fake-server";
import { giveRoom, HOSTILE } from "@/test-support/hostile-text";
import { showPages } from "@/test-support/show-pages";
import { RULES, validateCatalog, validateEntry, validateHygiene } from "./catalog-search";
import HygienePage from "./hygiene/HygienePage";
import CatalogPage from "./list/CatalogPage";
import { catalog, declared, entry, finding, hygiene, service } from "./sample-answers";
import EntryPage from "./service/EntryPage";

const server = await vi.hoisted(async () =>
  (await import("@/test-support/fake-server")).fakeServer(),
);
// What edits is an area of text: the editor measures what the simulated browser lacks.
vi.mock("@/common/CodeEditor", () => ({
  CodeEditor: (props: Record<string, unknown>) => (
    <textarea
      aria-label={String(props["label"])}
      value={String(props["value"])}
      readOnly={props["readOnly"] === true}
      onChange={(event) => (props["onChange"] as (text: string) => void)(event.target.value)}
    />
  ),
}));

const KIND = {
  kind: "service-definition",
  title: "Service definition",
  description: "",
  edit_role: "editor",
  schema: {},
};
const notFound = () =>
  Response.json({ error: { code: "not_found", message: "no such service" } }, { status: 404 });

function signIn(role: "viewer" | "editor") {
  const user = { id: "u1", name: "지은", email: "a@b.example", role };
  queryClient.setQueryData(sessionQuery.queryKey, { user } as never);
}

beforeAll(async () => {
  giveRoom();
  await startI18n("en");
  // The editor comes late the first time: what must not be there would be looked for too early.
  await Promise.all([loadTexts("catalog"), import("./definition/DefinitionEditor")]);
});
beforeEach(() => signIn("editor"));
afterEach(() => {
  cleanup();
  queryClient.clear();
  sessionStorage.clear();
});

type Answers = (asked: Asked) => unknown;

function show(address: string, answers: Answers) {
  const asked: Asked[] = [];
  server.answer = async (question) => {
    asked.push(question);
    if (question.path.endsWith("/document-kinds")) {
      return Response.json([KIND]);
    }
    const answer = answers(question);
    return answer instanceof Response ? answer : Response.json(answer);
  };
  const router = showPages(address, [
    ["/catalog", CatalogPage, validateCatalog],
    ["/catalog/hygiene", HygienePage, validateHygiene],
    ["/catalog/$service", EntryPage, validateEntry],
  ]);
  return { asked, router };
}

it("without a single definition the list teaches how to declare a service", async () => {
  show("/catalog", () => catalog([service("order")]));
  expect(await screen.findByText("How to declare a service")).toBeDefined();
  expect(screen.getAllByText(/hannun apply -f service\.datadog\.yaml/).length).toBeGreaterThan(0);
  expect(document.body.textContent).toContain("schema-version: v2.2");
  expect(screen.getByRole("link", { name: "order" }).getAttribute("href")).toBe("/catalog/order");
});

it("an empty store says how to send data", async () => {
  show("/catalog", () => catalog([]));
  expect(await screen.findByText("No services yet")).toBeDefined();
});

it("the list asks the server for what the address says", async () => {
  const { asked } = show("/catalog?q=ord&team=commerce&only=unseen&env=prod", () => catalog([]));
  expect(await screen.findByText("No service matches")).toBeDefined();
  const { search } = asked.find((it) => it.path === "/api/v1/catalog") as Asked;
  const parameters = ["query", "team", "only", "environment"].map((name) => search.get(name));
  expect(parameters).toEqual(["ord", "commerce", "unseen", "prod"]);
});

it("a service shows whom to reach, what is wrong, and how to fix it", async () => {
  const of = declared("order", {
    contacts: [
      { name: null, type: "email", contact: "on-call@shop.example" },
      { name: "Chat", type: "slack", contact: "https://shop.slack.com/archives/C1" },
    ],
    links: [{ name: "Source", type: "repo", url: "https://git.example/order", provider: "git" }],
  });
  const findings = [finding("environment_none")];
  show("/catalog/order", () =>
    entry(of, { findings, depends_on: ["stock"], dependency_of: ["gateway"] }),
  );
  const hrefs = async (name: RegExp | string) =>
    (await screen.findByRole("link", { name })).getAttribute("href");
  expect(await hrefs(/on-call@shop/)).toBe("mailto:on-call@shop.example");
  expect(await hrefs(/archives/)).toBe("https://shop.slack.com/archives/C1");
  expect(await hrefs(/Source/)).toBe("https://git.example/order");
  expect(await hrefs("stock")).toBe("/catalog/stock");
  expect(await hrefs("gateway")).toBe("/catalog/gateway");
  expect(await hrefs("commerce")).toBe("/catalog?team=commerce");
  expect(screen.getByText("DD_ENV=production")).toBeDefined();
  expect(screen.getByText("25% of its telemetry, 1,234 rows")).toBeDefined();
});

it("a viewer reads a definition, and learns which role may change it", async () => {
  signIn("viewer");
  show("/catalog/order?edit=true", () => entry(declared("order")));
  expect(
    await screen.findByText("To change definitions you need the role “Editor”."),
  ).toBeDefined();
  expect(screen.queryByRole("textbox")).toBeNull();
  expect(screen.getByRole("region", { name: "Definition of order" }).textContent).toContain(
    "name: order",
  );
});

it("a definition from files is changed in its files", async () => {
  const of = declared("order", { managed_by: "shop-repo" });
  show("/catalog/order?edit=true", ({ path }) =>
    path.endsWith("/check") ? checkedOrder : entry(of),
  );
  const reason = await screen.findByText(/applied from files of the source/);
  expect(reason.textContent).toContain("shop-repo");
  await expect(screen.findAllByRole("textbox", {}, { timeout: 500 })).rejects.toThrow();
  expect(screen.queryByRole("button", { name: "Edit" })).toBeNull();
});

const checkedOrder = {
  services: [
    {
      name: "order",
      kind: "service",
      schema_version: "v3",
      document_id: "order",
      definition: { apiVersion: "v3" },
    },
  ],
  problems: [],
};

async function editor() {
  return (await screen.findByRole("textbox", { name: /as YAML/ })) as HTMLTextAreaElement;
}

it("an undeclared service is declared with what is known of it", async () => {
  const written: Asked[] = [];
  const { router } = show("/catalog/order?edit=true", (asked) => {
    if (asked.path.endsWith("/check")) {
      return checkedOrder;
    }
    if (asked.method === "PUT") {
      written.push(asked);
      return { kind: KIND.kind, id: "order", revision: 1, body: {}, deleted: false };
    }
    return entry(service("order", { languages: ["rust"] }));
  });
  expect((await editor()).value).toContain("  name: order\n  # owner: my-team");
  expect((await editor()).value).toContain("- rust");
  const save = screen.getByRole("button", { name: "Save" });
  await waitFor(() => expect(save).toHaveProperty("disabled", false), { timeout: 3000 });
  fireEvent.click(save);
  await waitFor(() => expect(written).toHaveLength(1));
  expect(written[0]?.path).toBe("/api/v1/documents/service-definition/order");
  expect(written[0]?.body).toEqual({
    body: { apiVersion: "v3" },
    expected_revision: 0,
    message: "",
  });
  await waitFor(() => expect(router.state.location.search).toEqual({}));
});

it("what the server finds wrong is named with its line, and is not saved", async () => {
  show("/catalog/order?edit=true", ({ path }) =>
    path.endsWith("/check")
      ? { services: [], problems: [{ line: 3, path: "/metadata/owner", message: "use text" }] }
      : entry(declared("order")),
  );
  fireEvent.change(await editor(), { target: { value: "metadata:\n  owner: 3" } });
  expect(await screen.findByRole("button", { name: "Line 3" })).toBeDefined();
  expect(screen.getByText("use text")).toBeDefined();
  expect(screen.getByRole("button", { name: "Save" })).toHaveProperty("disabled", true);
});

it("a definition of another service is not saved under this name", async () => {
  show("/catalog/order?edit=true", ({ path }) =>
    path.endsWith("/check")
      ? { ...checkedOrder, services: [{ ...checkedOrder.services[0], name: "Order" }] }
      : entry(declared("order")),
  );
  fireEvent.change(await editor(), { target: { value: "metadata: {name: Order}" } });
  expect(await screen.findByText(/The definition is about “Order”/)).toBeDefined();
  expect(screen.getByRole("button", { name: "Save" })).toHaveProperty("disabled", true);
});

it("a conflict shows both texts, and saving again is over the newer revision", async () => {
  const revisions: unknown[] = [];
  let current = declared("order");
  let yaml = "owner: commerce\n";
  show("/catalog/order?edit=true", ({ path, method, body }) => {
    if (path.endsWith("/check")) {
      return checkedOrder;
    }
    if (method === "PUT") {
      const expected = (body as { expected_revision: number }).expected_revision;
      revisions.push(expected);
      current = declared("order", { document_revision: 4 });
      yaml = "owner: payments\n";
      const document = { kind: KIND.kind, id: "order", revision: 4, body: {}, deleted: false };
      const error = { code: "conflict", message: "changed meanwhile" };
      return expected === 4
        ? { ...document, revision: 5 }
        : Response.json({ error, current: document }, { status: 409 });
    }
    return entry(current, { definition_yaml: yaml });
  });
  fireEvent.change(await editor(), { target: { value: "owner: risk\n" } });
  const save = screen.getByRole("button", { name: "Save" });
  await waitFor(() => expect(save).toHaveProperty("disabled", false), { timeout: 3000 });
  fireEvent.click(save);
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("You began with revision 3; meanwhile revision 4 was saved");
  expect(alert.textContent).toContain("-owner: payments+owner: risk");
  fireEvent.click(within(alert).getByRole("button", { name: "Keep mine" }));
  expect((await editor()).value).toBe("owner: risk\n");
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(revisions).toEqual([3, 4]));
});

it("a definition stays under the id that it has", async () => {
  const written: string[] = [];
  show("/catalog/order?edit=true", ({ path, method }) => {
    if (path.endsWith("/check")) {
      return checkedOrder;
    }
    if (method === "PUT") {
      written.push(path);
      return { kind: KIND.kind, id: "from-before", revision: 4, body: {}, deleted: false };
    }
    return entry(declared("order", { document_id: "from-before" }));
  });
  fireEvent.change(await editor(), { target: { value: "owner: risk\n" } });
  const save = screen.getByRole("button", { name: "Save" });
  await waitFor(() => expect(save).toHaveProperty("disabled", false), { timeout: 3000 });
  fireEvent.click(save);
  await waitFor(() =>
    expect(written).toEqual(["/api/v1/documents/service-definition/from-before"]),
  );
});

it("another version of the schema begins anew, and what was typed comes back", async () => {
  show("/catalog/order?edit=true", ({ path }) =>
    path.endsWith("/check") ? checkedOrder : entry(declared("order")),
  );
  fireEvent.change(await editor(), { target: { value: "apiVersion: v3\n# mine\n" } });
  fireEvent.click(screen.getByRole("radio", { name: "v2.1" }));
  expect((await editor()).value).toContain(
    "schema-version: v2.1\ndd-service: order\nteam: commerce",
  );
  fireEvent.click(screen.getByRole("button", { name: "Bring it back" }));
  expect((await editor()).value).toBe("apiVersion: v3\n# mine\n");
});

it("what was typed survives a reload", async () => {
  const answers: Answers = ({ path }) =>
    path.endsWith("/check") ? checkedOrder : entry(declared("order"));
  show("/catalog/order?edit=true", answers);
  fireEvent.change(await editor(), { target: { value: "owner: typed\n" } });
  await waitFor(() => expect(sessionStorage.length).toBe(1));
  cleanup();
  show("/catalog/order?edit=true", answers);
  expect((await editor()).value).toBe("owner: typed\n");
  expect(screen.getByText(/typed earlier and did not save/)).toBeDefined();
  fireEvent.click(screen.getByRole("button", { name: "Discard" }));
  await waitFor(() => expect(sessionStorage.length).toBe(0));
  expect(await screen.findByRole("button", { name: "Edit" })).toBeDefined();
});

it("a service that nobody knows can be declared before it is deployed", async () => {
  show("/catalog/soon", ({ path }) => (path.endsWith("/check") ? checkedOrder : notFound()));
  expect(await screen.findByText("“soon” is not in the catalog")).toBeDefined();
  fireEvent.click(await screen.findByRole("button", { name: "Declare it" }));
  expect((await editor()).value).toContain("name: soon");
});

it("hygiene groups findings by rule and names the team and the setting", async () => {
  const all = [
    finding("version_missing", { subject: "stock", team: null, where_to_fix: "sender" }),
    finding("host_environment_mixed", { subject_kind: "host", subject: "web-1", related: ["a"] }),
  ];
  const { asked } = show("/catalog/hygiene?team=commerce", ({ path }) =>
    path.endsWith("/hygiene") ? hygiene(all) : catalog([]),
  );
  const section = await screen.findByRole("region", { name: "No version" });
  const cells = within(section).getAllByRole("cell");
  expect(cells.map((it) => it.textContent)).toEqual([
    "stock",
    "Nobody owns it yet",
    "25%",
    "1,234",
    expect.stringMatching(/^2026-11-/),
    "OpenTelemetry SDK: OTEL_RESOURCE_ATTRIBUTES",
  ]);
  expect(screen.getByText("8 services and 2 hosts were checked")).toBeDefined();
  expect(asked.find((it) => it.path.endsWith("/hygiene"))?.search.get("team")).toBe("commerce");
});

it("one rule is asked for alone while the summary keeps all", async () => {
  const all = [finding("version_missing"), finding("undeclared", { share_percent: null })];
  const { asked } = show("/catalog/hygiene?rule=undeclared", ({ path, search }) =>
    path.endsWith("/hygiene")
      ? { ...hygiene(all), findings: all.filter((it) => it.rule === search.get("rule")) }
      : catalog([]),
  );
  expect(await screen.findByRole("heading", { name: "Not declared" })).toBeDefined();
  expect(screen.queryByRole("heading", { name: "No version" })).toBeNull();
  const summary = screen.getByRole("region", { name: "Rules" });
  const links = within(summary).getAllByRole("link");
  expect(links.map((it) => it.textContent)).toEqual(["Not declared", "No version"]);
  expect(asked.filter((it) => it.path.endsWith("/hygiene"))).toHaveLength(1);
});

it("a team with nothing to fix is told so, which is not that all rules are followed", async () => {
  show("/catalog/hygiene?team=payments", ({ path }) =>
    path.endsWith("/hygiene") ? { ...hygiene([finding("undeclared")]), findings: [] } : catalog([]),
  );
  expect(await screen.findByText("Nothing to fix here")).toBeDefined();
});

it("what a service calls without a service behind it leads to its evidence", async () => {
  show("/catalog/order", () => entry(service("order"), { depends_on: ["external:api.example"] }));
  const link = await screen.findByRole("link", { name: "external:api.example" });
  expect(link.getAttribute("href")).toBe("/dependencies/evidence?kind=external&name=api.example");
});

/** Also links that lead outside, which only pages and mail may. */
function expectHarmlessLinks() {
  expect(document.querySelectorAll("script, img, iframe, [onerror]")).toHaveLength(0);
  for (const link of document.querySelectorAll("a")) {
    expect(link.getAttribute("href")).toMatch(/^\/(?!\/)/);
  }
  expect(window).not.toHaveProperty("hacked");
}

it.each(HOSTILE)("a service whose every text is %j stays text", async (text) => {
  const of = declared(text, {
    description: text,
    team: text,
    tier: text,
    lifecycle: text,
    type: text,
    schema_version: text,
    languages: [text],
    environments: [text],
    versions: [text],
    contacts: [{ name: text, type: text, contact: text }],
    links: [{ name: text, type: text, url: text, provider: text }],
    tags: [text],
    // What the server does not have yet is shown as it is called.
    signals: [text as never],
    managed_by: text,
  });
  const all = RULES.map((rule) => finding(rule, { subject: text, team: text, related: [text] }));
  const lists = { depends_on: [text], dependency_of: [text], hosts: [text], definition_yaml: text };
  show(`/catalog/${encodeURIComponent(text)}`, () => entry(of, { ...lists, findings: all }));
  const heading = await screen.findByRole("heading", { level: 1 });
  await waitFor(() => expect(heading.textContent).toBe(text));
  await screen.findByText("Ownership");
  expectHarmlessLinks();
  cleanup();
  show("/catalog", () => ({ ...catalog([of]), teams: [text] }));
  expect(await screen.findByRole("link", { name: text })).toBeDefined();
  expectHarmlessLinks();
  cleanup();
  show("/catalog/hygiene", ({ path }) =>
    path.endsWith("/hygiene") ? hygiene(all) : { ...catalog([]), teams: [text] },
  );
  expect(await screen.findByRole("heading", { name: "Not declared" })).toBeDefined();
  expectHarmlessLinks();
});
