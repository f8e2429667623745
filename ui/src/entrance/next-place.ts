/** Where to go after signing in: only a path of this app, never another site. */
export function safeNext(next: string | undefined): string {
  const isPath = next !== undefined && /^\/(?![/\\])/.test(next);
  return isPath && !next.startsWith("/sign-in") ? next : "/";
}
