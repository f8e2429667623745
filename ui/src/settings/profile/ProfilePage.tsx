/** A person's own settings. */
import { SimpleGrid } from "@mantine/core";
import { SettingsPage } from "../SettingsPage";
import { DisplayForm } from "./DisplayForm";
import { PasswordForm } from "./PasswordForm";

export default function ProfilePage() {
  return (
    <SettingsPage area="profile">
      <SimpleGrid cols={{ base: 1, md: 2 }} maw={900}>
        <DisplayForm />
        <PasswordForm />
      </SimpleGrid>
    </SettingsPage>
  );
}
