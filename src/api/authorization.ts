/**
 * Whether a user may do what it asks for. The door (api.ts) asks here before it does anything, reading included; who decides
 * is a port: every user may do everything until roles do.
 */
import { ApiError } from "../errors/index.ts";
import type { Attributes, User, Verdict } from "../resources/index.ts";

/** Word for word as Kubernetes refuses it. */
export function refusedTo(user: User, attributes: Attributes, { reason }: Verdict): ApiError {
  const { verb, group, resource, subresource, namespace, name, path } = attributes;
  const why = reason ? `: ${reason}` : "";
  if (path !== undefined) {
    const sentence = `User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(path)}${why}`;
    return new ApiError("Forbidden", `forbidden: ${sentence}`);
  }
  const subject = group ? `${resource}.${group}` : resource;
  const what = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : "at the cluster scope";
  const who = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(what)}`;
  const sentence = `${who} in API group ${JSON.stringify(group)} ${where}${why}`;
  const details = { ...(name && { name }), ...(group && { group }), kind: resource };
  const named = name ? `${subject} ${JSON.stringify(name)}` : subject;
  return new ApiError("Forbidden", `${named} is forbidden: ${sentence}`, details);
}

/** What `authorize` answered. Throws InternalError for what is no answer: a program in JavaScript may say `true`. */
export function readVerdict(answer: unknown): Verdict {
  if (typeof answer === "object" && answer !== null && "allowed" in answer) {
    if (typeof answer.allowed === "boolean") return answer as Verdict;
  }
  const given = typeof answer === "object" ? JSON.stringify(answer) : String(answer);
  throw new ApiError(
    "InternalError",
    `authorize must answer { allowed: true or false, reason }, not ${given}`,
  );
}
