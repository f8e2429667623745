/** Starts the web app: texts, then providers, then the router. */
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "./design/app.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/queries";
import { theme } from "./design/theme";
import { startI18n } from "./i18n";
import { router } from "./router";
import { DisplaySettingsProvider } from "./shell/display-settings";
import { readStored, resolveSettings } from "./shell/display-settings-values";

const settings = resolveSettings([readStored()]);
await startI18n(settings.language);

const root = document.getElementById("root");
if (root === null) {
  throw new Error("index.html has no element #root");
}
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme={settings.theme === "system" ? "auto" : settings.theme}
    >
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queryClient}>
        <DisplaySettingsProvider>
          <RouterProvider router={router} />
        </DisplaySettingsProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
