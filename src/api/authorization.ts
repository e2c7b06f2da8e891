/**
 * Whether a user may do what it asks for. The API (api.ts) asks here before it does anything, reading included. What decides
 * is a port, `authorize`: roles (access/), or a function of the program that runs the cluster.
 */
import { ApiError } from "../errors/index.ts";
import {
  type Attributes,
  type Authorize,
  allowAll,
  isSame,
  type User,
  type Verdict,
} from "../resources/index.ts";
import { isPending, notAllowed, PendingAnswers } from "../store/index.ts";
import type { Caller, Target } from "./options.ts";

/** Refuses what its port does not allow. Where the port decides at once, there is nothing to wait for. */
export class Authorization {
  readonly #authorize: Authorize;
  readonly #answers: PendingAnswers;

  constructor(authorize: Authorize = allowAll, answers = new PendingAnswers()) {
    this.#authorize = authorize;
    this.#answers = answers;
  }

  /**
   * Throws, or rejects with, Forbidden unless the caller may do this, and MethodNotAllowed for a verb that the kind does not
   * have.
   */
  allow({ user, allowed }: Caller, verb: string, target: Target): Promise<void> | void {
    const { kind, subresource } = target;
    const attributes = attributesOf(verb, target);
    const act = () => {
      const has: readonly string[] = kind.verbs;
      if (!subresource && !has.includes(verb)) throw notAllowed(kind);
    };
    if (allowed && isSame(allowed, attributes)) return act();
    const demanding = this.demand(user, attributes);
    return isPending(demanding) ? demanding.then(act) : act();
  }

  /** The same for anything that can be asked for, a path that is no resource for one; why it is allowed. */
  demand(user: User, attributes: Attributes): Promise<Verdict> | Verdict {
    const act = (answer: Verdict) => {
      const verdict = readVerdict(answer);
      if (!verdict.allowed) throw refusedTo(user, attributes, verdict);
      return verdict;
    };
    const verdict = this.#answers.until("authorize", this.#authorize(user, attributes));
    return isPending(verdict) ? verdict.then(act) : act(verdict);
  }
}

function attributesOf(
  verb: string,
  {
    kind,
    version = kind.versions[0],
    namespace = "",
    name = "",
    askedAs = name,
    subresource = "",
    fieldSelector,
  }: Target,
): Attributes {
  const { group, version: versionName } = version;
  return {
    ...(fieldSelector && { fieldSelector }),
    verb,
    group,
    version: versionName,
    resource: kind.plural,
    subresource,
    // A namespace is asked for in itself: a role in it may give the right to read it.
    namespace: kind.name === "Namespace" ? name : namespace,
    name: askedAs,
  };
}

/** Word for word as Kubernetes refuses it. */
function refusedTo(user: User, attributes: Attributes, { reason }: Verdict): ApiError {
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
function readVerdict(answer: unknown): Verdict {
  if (typeof answer === "object" && answer !== null && "allowed" in answer) {
    if (typeof answer.allowed === "boolean") return answer as Verdict;
  }
  const given = typeof answer === "object" ? JSON.stringify(answer) : String(answer);
  throw new ApiError(
    "InternalError",
    `authorize must answer { allowed: true or false, reason }, not ${given}`,
  );
}
