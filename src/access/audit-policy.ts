/**
 * Audit policies (`Policy` of `audit.k8s.io/v1`, as kube-apiserver's `--audit-policy-file` takes them): which requests the audit
 * log tells of, and how much. The first rule that fits a request decides; what no rule fits is not told. How rules fit, and what is
 * wrong with them, are facts of `k8s.io/apiserver/pkg/audit/policy` and `pkg/apis/audit/validation`.
 */
import { readFileSync } from "node:fs";
import { ApiError, type Cause, messageOf } from "../errors/index.ts";
import {
  type Attributes,
  allFaults,
  type Draft,
  describeKind,
  dnsSubdomain,
  invalidValue,
  type KindDefinition,
  type KubernetesObject,
  readManifest,
  type Schema,
  type User,
} from "../resources/index.ts";
import { allowsPath } from "./rbac/index.ts";

/** From nothing to the whole bodies of request and answer. */
type AuditLevel = "None" | "Metadata" | "Request" | "RequestResponse";

/** How one request is told. */
export interface Auditing {
  readonly level: AuditLevel;
  readonly omitsStage: (stage: string) => boolean;
  readonly omitsManagedFields: boolean;
}

interface GroupResources {
  readonly group?: string;
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface Rule {
  readonly level: AuditLevel;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly GroupResources[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly string[];
  readonly omitManagedFields?: boolean;
}

interface Policy extends KubernetesObject {
  readonly rules?: readonly Rule[];
  readonly omitStages?: readonly string[];
  readonly omitManagedFields?: boolean;
}

const text: Schema = { type: "string" };
const truth: Schema = { type: "boolean" };
const listOf = (items: Schema): Schema => ({ type: "array", items });
const object = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: "object",
  required,
  properties: Object.assign(Object.create(null), properties),
});

const levels = ["None", "Metadata", "Request", "RequestResponse"];
const stages = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"];

const rule = object(
  {
    level: { type: "string", enum: levels },
    users: listOf(text),
    userGroups: listOf(text),
    verbs: listOf(text),
    namespaces: listOf(text),
    resources: listOf(object({ group: text, resources: listOf(text), resourceNames: listOf(text) })),
    nonResourceURLs: listOf(text),
    omitStages: listOf({ type: "string", enum: stages }),
    omitManagedFields: truth,
  },
  ["level"],
);

/** It is read from a file alone: no API serves it. */
const policyKind: KindDefinition = describeKind<Policy>({
  kind: "Policy",
  group: "audit.k8s.io",
  version: "v1",
  plural: "policies",
  scope: "Cluster",
  verbs: ["create"],
  schema: object({
    apiVersion: text,
    kind: text,
    metadata: { type: "object", preserveUnknownFields: true },
    rules: listOf(rule),
    omitStages: listOf({ type: "string", enum: stages }),
    omitManagedFields: truth,
  }),
  rules: { validate: policyFaults },
}) as unknown as KindDefinition;

export class AuditPolicy {
  readonly #policy: Policy;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** Throws BadRequest or Invalid, with every problem and its place, where the file holds no policy. */
  static fromFile(path: string): AuditPolicy {
    let content: Buffer;
    try {
      content = readFileSync(path);
    } catch (cause) {
      throw new ApiError("BadRequest", `the audit policy cannot be read: ${messageOf(cause)}`, {}, { cause });
    }
    return AuditPolicy.read(content, path);
  }

  /** The same of a text; `file` is what messages call it. */
  static read(content: string | Uint8Array, file: string): AuditPolicy {
    const kinds = [{ ...policyKind, isNameless: true }];
    const check = (given: Draft) => allFaults(policyKind, given);
    const { documents, refusal } = readManifest(content, { file, kinds, check });
    if (refusal) throw refusal;
    const [document, ...others] = documents;
    if (!document || others.length > 0)
      throw new ApiError("BadRequest", `${file} must hold one Policy, not ${documents.length}`);
    return new AuditPolicy(document.object as Draft<Policy> as Policy);
  }

  /** `user`: who has sent the request; undefined where that could not be told. */
  auditingOf(user: User | undefined, attributes: Attributes): Auditing {
    const { rules = [], omitStages = [], omitManagedFields = false } = this.#policy;
    const found = rules.find(each => fits(each, user, attributes));
    const omitted = new Set([...omitStages, ...(found?.omitStages ?? [])]);
    return {
      level: found?.level ?? "None",
      omitsStage: stage => omitted.has(stage),
      omitsManagedFields: found?.omitManagedFields ?? omitManagedFields,
    };
  }
}

function fits(each: Rule, user: User | undefined, attributes: Attributes): boolean {
  const { users = [], userGroups = [], verbs = [], namespaces = [], resources = [] } = each;
  if (users.length > 0 && !(user && users.includes(user.name))) return false;
  if (userGroups.length > 0 && !user?.groups?.some(group => userGroups.includes(group))) return false;
  if (verbs.length > 0 && !verbs.includes(attributes.verb)) return false;
  const isOfPath = attributes.path !== undefined;
  if (namespaces.length > 0 || resources.length > 0) {
    if (isOfPath) return false;
    if (namespaces.length > 0 && !namespaces.includes(attributes.namespace)) return false;
    return resources.length === 0 || resources.some(group => fitsResource(group, attributes));
  }
  if (!each.nonResourceURLs?.length) return true;
  return attributes.path !== undefined && allowsPath(each.nonResourceURLs, attributes.path);
}

function fitsResource(
  { group = "", resources = [], resourceNames = [] }: GroupResources,
  { group: asked, resource, subresource, name }: Attributes,
): boolean {
  if (group !== "*" && group !== asked) return false;
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(name)) return false;
  const whole = subresource ? `${resource}/${subresource}` : resource;
  return resources.some(
    each =>
      each === "*" ||
      each === whole ||
      (subresource !== "" && each === `*/${subresource}`) ||
      each === `${resource}/*`,
  );
}

function policyFaults({ rules = [] }: Draft<Policy>): Cause[] {
  if (rules.length === 0)
    return [{ reason: "FieldValueRequired", field: "rules", message: "Required value: a policy has rules" }];
  return rules.flatMap((each, i) => ruleFaults(each, `rules[${i}]`));
}

function ruleFaults({ nonResourceURLs = [], resources = [], namespaces = [] }: Rule, field: string): Cause[] {
  const faults: Cause[] = [];
  for (const [i, url] of nonResourceURLs.entries()) {
    if (url === "*") continue;
    const at = `${field}.nonResourceURLs[${i}]`;
    if (!url.startsWith("/"))
      faults.push(invalidValue(at, url, "non-resource URL rules must begin with a '/' character"));
    if (url.slice(0, -1).includes("*"))
      faults.push(
        invalidValue(at, url, "non-resource URL wildcards '*' must be the final character of the rule"),
      );
  }
  for (const [i, { group = "", resources: named = [], resourceNames = [] }] of resources.entries()) {
    const at = `${field}.resources[${i}]`;
    const wrong = group === "" || group === "*" ? [] : dnsSubdomain(group);
    if (wrong.length > 0) faults.push(invalidValue(`${at}.group`, group, wrong.join(",")));
    if (resourceNames.length > 0 && named.length === 0)
      faults.push(
        invalidValue(
          `${at}.resourceNames`,
          resourceNames,
          "using resourceNames requires at least one resource",
        ),
      );
  }
  if (nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0)) {
    const both = "rules cannot apply to both regular resources and non-resource URLs";
    faults.push(invalidValue(`${field}.nonResourceURLs`, nonResourceURLs, both));
  }
  return faults;
}
