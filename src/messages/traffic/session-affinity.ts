/**
 * Session affinity: a client keeps to one endpoint of a Service while that is there, until it has not used it for the time that the Service
 * says. Which one is no chance but follows from the two addresses, so that all containers of a pod agree without having spoken.
 */

/** The endpoint that a client keeps to, and when it used it last. */
export interface Session {
  readonly endpoint: string;
  readonly usedAt: number;
}

/** The endpoint for this use; undefined where there is none. */
export function keptTo(
  endpoints: readonly string[],
  client: string,
  {
    affinityMs,
    session,
    now,
  }: { readonly affinityMs: number; readonly session: Session | undefined; readonly now: number },
): string | undefined {
  const isOver = session !== undefined && now - session.usedAt > affinityMs;
  if (session && !isOver && endpoints.includes(session.endpoint)) return session.endpoint;
  // A client whose time is over is led as any new one; it may well come back to the same.
  const salt = isOver ? ` ${Math.floor(now / Math.max(affinityMs, 1))}` : "";
  let best: string | undefined;
  let highest = -1;
  for (const endpoint of endpoints) {
    const weight = weightOf(`${client} ${endpoint}${salt}`);
    if (weight <= highest) continue;
    best = endpoint;
    highest = weight;
  }
  return best;
}

/** Rendezvous hashing: FNV-1a, mixed once more, as what differs in the last character alone must differ in the high bits. */
function weightOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
