/** Reads and writes the documents of kind `display-settings`. */
import { queryOptions } from "@tanstack/react-query";
import { ApiError, answer, api, type Schemas } from "@/api/client";
import { queryClient } from "@/api/queries";
import { currentOf } from "@/settings/documents/draft";
import { cleanSettings, type DisplaySettings } from "./display-settings-values";

const KIND = "display-settings";
const ORGANIZATION = "organization";
const ATTEMPTS_MAX = 3;

interface SavedSettings {
  own: Schemas["Document"] | undefined;
  organization: DisplaySettings | undefined;
}

/** Document ids are lower case. */
export function settingsId(userId: string): string {
  return userId.toLowerCase();
}

export function displaySettingsQuery(userId: string | undefined) {
  return queryOptions({
    queryKey: ["display-settings", userId ?? ""],
    enabled: userId !== undefined,
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<SavedSettings> => {
      const documents = await answer(
        api.GET("/api/v1/documents", { params: { query: { kind: KIND } }, signal }),
      );
      const organization = documents.find((it) => it.id === ORGANIZATION)?.body;
      return {
        own: documents.find((it) => it.id === settingsId(userId ?? "")),
        organization: organization && cleanSettings(organization),
      };
    },
  });
}

/** Merges `part` into the person's document; when another tab was faster, it merges again. */
export async function saveDisplaySettings(userId: string, part: DisplaySettings): Promise<void> {
  const query = displaySettingsQuery(userId);
  // A deleted document is in no list, but its next revision has to be named all the same.
  let revision: number | null = null;
  for (let attempt = 1; ; attempt += 1) {
    const saved = await queryClient.fetchQuery({ ...query, staleTime: attempt === 1 ? 60_000 : 0 });
    try {
      const own = await answer(
        api.PUT("/api/v1/documents/{kind}/{id}", {
          params: { path: { kind: KIND, id: settingsId(userId) } },
          body: {
            body: { ...cleanSettings(saved.own?.body), ...part },
            expected_revision: revision ?? saved.own?.revision ?? 0,
          },
        }),
      );
      queryClient.setQueryData(query.queryKey, { ...saved, own });
      return;
    } catch (error) {
      const isConflict = error instanceof ApiError && error.status === 409;
      if (!isConflict || attempt >= ATTEMPTS_MAX) {
        throw error;
      }
      revision = currentOf(error.body)?.revision ?? null;
    }
  }
}
