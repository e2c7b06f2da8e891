/**
 * The variable `authorizer` of policies: what the user of a request, or a service account, may do.
 * `authorizer.group('apps').resource('deployments').namespace('x').check('create').allowed()`; `authorizer.requestResource` is what the
 * request itself is about. After `apiserver/pkg/cel/library/authz.go`; selectors are taken and not looked at.
 */
import type { Attributes, Authorize, User, Verdict } from "../authorization.ts";
import { dnsLabel, dnsSubdomain } from "../names.ts";
import type { Environment } from "./library.ts";

const nothing: Attributes = {
  verb: "",
  group: "",
  version: "*",
  resource: "",
  subresource: "",
  namespace: "",
  name: "",
};

/** Who is asked about, and who answers. */
interface Asking {
  readonly user: User;
  readonly authorize: Authorize;
}

export class Authorizer {
  readonly asking: Asking;
  readonly requestResource: ResourceCheck;

  /** `about`: the resource of the request. */
  constructor(asking: Asking, about: Partial<Attributes> = {}) {
    this.asking = asking;
    this.requestResource = new ResourceCheck(asking, about);
  }
}

/** A question that is still being put together. Its classes are the types that expressions tell apart. */
class Check {
  readonly asking: Asking;
  readonly attributes: Attributes;

  constructor(asking: Asking, attributes: Partial<Attributes>) {
    this.asking = asking;
    this.attributes = { ...nothing, ...attributes };
  }
}
class GroupCheck extends Check {}
class PathCheck extends Check {}
class ResourceCheck extends Check {}

class Decision {
  readonly verdict: Verdict;
  readonly error: string;

  constructor({ user, authorize }: Asking, attributes: Attributes) {
    const [verdict, error] = decided(() => authorize(user, attributes));
    this.verdict = verdict;
    this.error = error;
  }
}

/** An expression waits for nothing: who decides later has not decided. */
function decided(ask: () => Verdict | Promise<Verdict>): readonly [Verdict, string] {
  const refused: Verdict = { allowed: false };
  try {
    const answer = ask();
    if (!(answer instanceof Promise)) return [answer, ""];
    // What it comes to does not matter any more.
    answer.catch(() => undefined);
    return [refused, "the decision is not made at once"];
  } catch (error) {
    return [refused, error instanceof Error ? error.message : String(error)];
  }
}

const prefix = "kubernetes.authorization";

export function registerAuthorizer(environment: Environment): void {
  const part =
    (name: keyof Attributes) =>
    ({ asking, attributes }: ResourceCheck, text: string) =>
      new ResourceCheck(asking, { ...attributes, [name]: text });
  environment
    .registerType(`${prefix}.ResourceCheck`, ResourceCheck)
    .registerType(`${prefix}.GroupCheck`, GroupCheck)
    .registerType(`${prefix}.PathCheck`, PathCheck)
    .registerType(`${prefix}.Decision`, Decision)
    .registerType(`${prefix}.Authorizer`, {
      ctor: Authorizer,
      fields: { requestResource: `${prefix}.ResourceCheck` },
    })
    .registerFunction(
      `${prefix}.Authorizer.path(string): ${prefix}.PathCheck`,
      ({ asking }: Authorizer, path: string) => new PathCheck(asking, { path: filled(path, "path") }),
    )
    .registerFunction(
      `${prefix}.Authorizer.group(string): ${prefix}.GroupCheck`,
      ({ asking }: Authorizer, group: string) => new GroupCheck(asking, { group }),
    )
    .registerFunction(
      `${prefix}.Authorizer.serviceAccount(string, string): ${prefix}.Authorizer`,
      ({ asking }: Authorizer, namespace: string, name: string) =>
        new Authorizer({ ...asking, user: accountUser(namespace, name) }),
    )
    .registerFunction(
      `${prefix}.GroupCheck.resource(string): ${prefix}.ResourceCheck`,
      ({ asking, attributes }: GroupCheck, resource: string) =>
        new ResourceCheck(asking, { ...attributes, resource: filled(resource, "resource") }),
    );
  for (const name of ["subresource", "namespace", "name"] as const)
    environment.registerFunction(
      `${prefix}.ResourceCheck.${name}(string): ${prefix}.ResourceCheck`,
      part(name),
    );
  for (const name of ["fieldSelector", "labelSelector"])
    environment.registerFunction(
      `${prefix}.ResourceCheck.${name}(string): ${prefix}.ResourceCheck`,
      (check: ResourceCheck) => check,
    );
  environment
    .registerFunction(
      `${prefix}.ResourceCheck.check(string): ${prefix}.Decision`,
      ({ asking, attributes }: ResourceCheck, verb: string) => new Decision(asking, { ...attributes, verb }),
    )
    .registerFunction(
      `${prefix}.PathCheck.check(string): ${prefix}.Decision`,
      ({ asking, attributes }: PathCheck, verb: string) =>
        new Decision(asking, { ...attributes, verb: verb.toLowerCase() }),
    )
    .registerFunction(
      `${prefix}.Decision.allowed(): bool`,
      ({ verdict, error }: Decision) => error === "" && verdict.allowed,
    )
    .registerFunction(`${prefix}.Decision.reason(): string`, ({ verdict }: Decision) => verdict.reason ?? "")
    .registerFunction(`${prefix}.Decision.errored(): bool`, ({ error }: Decision) => error !== "")
    .registerFunction(`${prefix}.Decision.error(): string`, ({ error }: Decision) => error);
}

function filled(text: string, what: string): string {
  if (text.trim() === "") throw new RangeError(`${what} must not be empty`);
  return text;
}

function accountUser(namespace: string, name: string): User {
  if (dnsSubdomain(name).length > 0) throw new RangeError("Invalid service account name");
  if (dnsLabel(namespace).length > 0) throw new RangeError("Invalid service account namespace");
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
  };
}
