/**
 * Whether a user may do what it asks for. The door (api.ts) asks here before it does anything, reading included; who decides
 * is a port: everybody may do everything until roles do.
 */
import { ApiError } from "../errors/index.ts";
import type { User } from "../store/index.ts";

/** What is asked for, in the words of Kubernetes' SubjectAccessReview. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** The plural, `pods`. */
  readonly resource: string;
  /** "" for the object itself. */
  readonly subresource: string;
  /** "" for all of them, or where there is none. */
  readonly namespace: string;
  /** "" for all of them, or for what has no name yet. */
  readonly name: string;
}

export interface Verdict {
  readonly allowed: boolean;
  /** Why, for the user to read. */
  readonly reason?: string;
}

/** Decides at once where it can: then what is allowed has happened when the call returns. */
export type Authorize = (user: User, attributes: Attributes) => Verdict | Promise<Verdict>;

export const allowAll: Authorize = () => allowed;

const allowed: Verdict = Object.freeze({ allowed: true });

/** Word for word as Kubernetes refuses it. */
export function notAllowed(user: User, attributes: Attributes, { reason }: Verdict): ApiError {
  const { verb, group, resource, subresource, namespace, name } = attributes;
  const subject = group ? `${resource}.${group}` : resource;
  const what = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : "at the cluster scope";
  const who = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(what)}`;
  const sentence = `${who} in API group ${JSON.stringify(group)} ${where}${reason ? `: ${reason}` : ""}`;
  const details = { ...(name && { name }), ...(group && { group }), kind: resource };
  const named = name ? `${subject} ${JSON.stringify(name)}` : subject;
  return new ApiError("Forbidden", `${named} is forbidden: ${sentence}`, details);
}
