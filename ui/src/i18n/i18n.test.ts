/** Which texts are there when. */
import i18next from "i18next";
import { expect, test } from "vitest";
import { loadTexts, setLanguage, startI18n } from "./index";

test("the texts of a lens come with its first page, and again in another language", async () => {
  await startI18n("en");
  expect(i18next.t("common:action.retry")).not.toBe("action.retry");
  expect(i18next.hasResourceBundle("en", "logs")).toBe(false);
  await loadTexts("logs");
  expect(i18next.t("logs:title")).toBe("Logs");
  expect(i18next.hasResourceBundle("ko", "logs")).toBe(false);
  await setLanguage("ko");
  expect(i18next.t("logs:title")).toBe("로그");
  expect(i18next.hasResourceBundle("ko", "traces")).toBe(false);
});
