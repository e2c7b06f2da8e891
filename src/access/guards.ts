/**
 * What a writer may write where that depends on the object: a role must not give more than its writer has, a certificate is
 * approved only by who may. A guard is a row that says which objects it concerns, and a function; cluster/access.ts puts
 * the rows together. They come before admission.
 */
import type { Attributes, Authorize, Draft, User } from "../resources/index.ts";
import { type AdmissionRequest, type AuthorizeWrite, isPending } from "../store/index.ts";

export interface WriteGuard {
  /** Names of kinds, as the store has them. */
  readonly kinds: readonly string[];
  /** `""` is the object itself. */
  readonly subresources: readonly string[];
  /** Throws Forbidden, or returns the object, with what is to be known of its writer. */
  guard(object: Draft, request: AdmissionRequest): Draft;
}

/** Asks the guards that a write concerns, one after another. */
export function guarded(guards: readonly WriteGuard[]): AuthorizeWrite {
  return (object, request) =>
    guards
      .filter(({ kinds }) => kinds.includes(request.kind.name))
      .filter(({ subresources }) => subresources.includes(request.subresource))
      .reduce((draft, { guard }) => guard(draft, request), object);
}

/** Whether the user may, as far as it is known at once: a write waits for nothing, and who decides later has not allowed it. */
export function mayNow(authorize: Authorize, user: User, asked: Attributes): boolean {
  const verdict = authorize(user, asked);
  return !isPending(verdict) && verdict.allowed;
}
