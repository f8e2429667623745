/** Writing a search by keyboard: completion, submitting, composing Hangul, errors. */
import { MantineProvider } from "@mantine/core";
import { cleanup, createEvent, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { apiErrorFrom } from "@/api/errors";
import { startI18n } from "@/i18n";
import { SearchBar } from "./SearchBar";
import type { Completion } from "./use-completion";

const shown = vi.hoisted(() => ({ completion: undefined as Completion | undefined }));
vi.mock("./use-completion", () => ({
  useCompletion: (_source: string, text: string, _cursor: number, isWanted: boolean) =>
    isWanted && shown.completion !== undefined ? { ...shown.completion, text } : undefined,
}));

beforeAll(() => startI18n("en"));
afterEach(() => {
  cleanup();
  shown.completion = undefined;
});

function show(value: string, error?: unknown) {
  const onSubmit = vi.fn();
  render(
    <MantineProvider>
      <SearchBar label="Search" source="logs" value={value} error={error} onSubmit={onSubmit} />
    </MantineProvider>,
  );
  return { onSubmit, field: screen.getByRole<HTMLInputElement>("combobox") };
}

const item = (insert: string, kind: "field" | "value") => ({
  insert,
  label: insert,
  kind,
  detail: "",
  count: 5,
});

test("a completion is chosen by arrows and Enter, and the next Enter submits", async () => {
  const { field, onSubmit } = show("");
  const items = [item("service:", "field"), item("severity:", "field")];
  shown.completion = { text: "", cursor: 2, from: 0, to: 2, items };
  await userEvent.type(field, "se{ArrowDown}{ArrowDown}");
  expect(field.getAttribute("aria-activedescendant")).toBe(screen.getAllByRole("option")[1]?.id);
  await userEvent.keyboard("{Enter}");
  expect(field.value).toBe("severity:");
  expect(onSubmit).not.toHaveBeenCalled();
  shown.completion = undefined;
  await userEvent.keyboard("info{Enter}");
  expect(onSubmit).toHaveBeenCalledExactlyOnceWith("severity:info");
});

test("Enter submits what was typed when nothing was chosen", async () => {
  const { field, onSubmit } = show("");
  shown.completion = { text: "", cursor: 2, from: 0, to: 2, items: [item("service:", "field")] };
  await userEvent.type(field, "timeout{Enter}");
  expect(onSubmit).toHaveBeenCalledExactlyOnceWith("timeout");
  expect(screen.queryAllByRole("option")).toHaveLength(0);
});

test("Tab completes a word that was begun", async () => {
  const { field } = show("");
  shown.completion = { text: "", cursor: 2, from: 0, to: 2, items: [item("service:", "field")] };
  await userEvent.type(field, "se");
  await userEvent.tab();
  expect([field.value, document.activeElement === field]).toEqual(["service:", true]);
});

test("Tab leaves the field when no word was begun", async () => {
  const { field } = show("");
  shown.completion = { text: "", cursor: 8, from: 8, to: 8, items: [item("order", "value")] };
  await userEvent.type(field, "service:");
  await userEvent.tab();
  expect([field.value, document.activeElement === field]).toEqual(["service:", false]);
});

test("Enter that ends a syllable of Hangul submits nothing", () => {
  const { field, onSubmit } = show("결제");
  const event = createEvent.keyDown(field, { key: "Enter", isComposing: true });
  fireEvent(field, event);
  expect(onSubmit).not.toHaveBeenCalled();
});

test("an error is told and underlined where it is, until the text is changed", async () => {
  const message = "column 4: expected a value";
  const error = { code: "invalid_search", message, position: 4 };
  const { field } = show("abc (", apiErrorFrom(new Response(null, { status: 400 }), { error }));
  expect(screen.getByRole("alert").textContent).toBe(message);
  expect(document.querySelector(".search-bar-wrong")?.textContent).toBe("(");
  expect(field.getAttribute("aria-invalid")).toBe("true");
  await userEvent.type(field, "d");
  expect(screen.queryByRole("alert")).toBeNull();
});
