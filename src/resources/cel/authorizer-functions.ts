/**
 * The variable `authorizer` of policies: what the user of a request, or a service account, may do.
 * `authorizer.group('apps').resource('deployments').namespace('x').check('create').allowed()`; `authorizer.requestResource` is what the
 * request itself is about. After `apiserver/pkg/cel/library/authz.go`; selectors are taken and not looked at.
 */
import { dnsLabel, dnsSubdomain } from "../names.ts";
import type { Environment } from "./library.ts";

/** What is asked: `Attributes` of definition/, which stands above. */
interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path?: string;
}

interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

interface Verdict {
  readonly allowed: boolean;
  readonly reason?: string;
}

type Authorize = (user: User, attributes: Attributes) => Verdict | Promise<Verdict>;

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
    this.requestResource = new ResourceCheck(asking, { ...nothing, ...about });
  }
}

class GroupCheck {
  readonly asking: Asking;
  readonly group: string;

  constructor(asking: Asking, group: string) {
    this.asking = asking;
    this.group = group;
  }
}

class PathCheck {
  readonly asking: Asking;
  readonly path: string;

  constructor(asking: Asking, path: string) {
    this.asking = asking;
    this.path = path;
  }
}

class ResourceCheck {
  readonly asking: Asking;
  readonly attributes: Attributes;

  constructor(asking: Asking, attributes: Attributes) {
    this.asking = asking;
    this.attributes = attributes;
  }

  with(attributes: Partial<Attributes>): ResourceCheck {
    return new ResourceCheck(this.asking, { ...this.attributes, ...attributes });
  }
}

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
  const part = (name: keyof Attributes) => (check: ResourceCheck, text: string) =>
    check.with({ [name]: text });
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
      ({ asking }: Authorizer, path: string) => new PathCheck(asking, filled(path, "path")),
    )
    .registerFunction(
      `${prefix}.Authorizer.group(string): ${prefix}.GroupCheck`,
      ({ asking }: Authorizer, group: string) => new GroupCheck(asking, group),
    )
    .registerFunction(
      `${prefix}.Authorizer.serviceAccount(string, string): ${prefix}.Authorizer`,
      ({ asking }: Authorizer, namespace: string, name: string) =>
        new Authorizer({ ...asking, user: accountUser(namespace, name) }),
    )
    .registerFunction(
      `${prefix}.GroupCheck.resource(string): ${prefix}.ResourceCheck`,
      ({ asking, group }: GroupCheck, resource: string) =>
        new ResourceCheck(asking, { ...nothing, group, resource: filled(resource, "resource") }),
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
      ({ asking, path }: PathCheck, verb: string) =>
        new Decision(asking, { ...nothing, verb: verb.toLowerCase(), path }),
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
