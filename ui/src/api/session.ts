/** Who is signed in, and what their role allows. */
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "./client";
import { sessionQuery } from "./queries";

export type Role = Schemas["Role"];

const RANK: Record<Role, number> = { viewer: 0, editor: 1, owner: 2 };

export function roleAllows(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && RANK[role] >= RANK[needed];
}

export function useSession(): Schemas["Session"] | undefined {
  return useQuery(sessionQuery).data;
}

export function useUser(): Schemas["SessionUser"] | undefined {
  return useSession()?.user ?? undefined;
}

/** Whether the person who is signed in has at least the role `needed`. */
export function useMay(needed: Role): boolean {
  return roleAllows(useUser()?.role, needed);
}
