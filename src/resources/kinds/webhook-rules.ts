/**
 * What must be right in a ValidatingWebhookConfiguration and a MutatingWebhookConfiguration, as in Kubernetes'
 * `pkg/apis/admissionregistration/validation`.
 */
import type { Cause } from "../../errors/index.ts";
import { duplicate, invalidValue, misnamed, notSupported, required } from "../faults.ts";
import type {
  MutatingWebhook,
  RuleWithOperations,
  ValidatingWebhook,
  WebhookClientConfig,
} from "../generated/kubernetes.gen.ts";
import { dns1035Label, fullyQualifiedName } from "../names.ts";
import { valuesOf } from "../schema/index.ts";
import { labelSelectorFaults } from "../selectors/index.ts";

const reviewVersions = ["v1", "v1beta1"];
const sideEffectClasses = ["None", "NoneOnDryRun"];
const operations = () => valuesOf("RuleWithOperations", "operations");

interface Configuration {
  readonly webhooks?: readonly (ValidatingWebhook | MutatingWebhook)[];
}

export const webhookRules = {
  validate({ webhooks = [] }: Configuration): Cause[] {
    const names = new Set<string>();
    return webhooks.flatMap((webhook, i) => {
      const field = `webhooks[${i}]`;
      const { name = "" } = webhook;
      const causes = webhookFaults(webhook, field);
      if (name && names.has(name)) causes.push(duplicate(`${field}.name`, name));
      names.add(name);
      return causes;
    });
  },
};

function webhookFaults(webhook: ValidatingWebhook | MutatingWebhook, field: string): Cause[] {
  const { name = "", rules = [], sideEffects, timeoutSeconds: seconds, clientConfig } = webhook;
  const { namespaceSelector, objectSelector, matchConditions = [], admissionReviewVersions } = webhook;
  const causes = name ? misnamed(fullyQualifiedName, name, `${field}.name`) : [required(`${field}.name`)];
  causes.push(...rules.flatMap((rule, i) => ruleFaults(rule, `${field}.rules[${i}]`)));
  if (sideEffects === undefined)
    causes.push(required(`${field}.sideEffects`, `must specify one of ${sideEffectClasses.join(", ")}`));
  else if (!sideEffectClasses.includes(sideEffects))
    causes.push(notSupported(`${field}.sideEffects`, sideEffects, sideEffectClasses));
  if (seconds !== undefined && (seconds < 1 || seconds > 30)) {
    const detail = "the timeout value must be between 1 and 30 seconds";
    causes.push(invalidValue(`${field}.timeoutSeconds`, seconds, detail));
  }
  if (namespaceSelector) causes.push(...labelSelectorFaults(namespaceSelector, `${field}.namespaceSelector`));
  if (objectSelector) causes.push(...labelSelectorFaults(objectSelector, `${field}.objectSelector`));
  causes.push(...clientFaults(clientConfig ?? {}, `${field}.clientConfig`));
  matchConditions.forEach(({ name: condition, expression }, i) => {
    if (condition === "") causes.push(required(`${field}.matchConditions[${i}].name`));
    if (expression?.trim() === "") causes.push(required(`${field}.matchConditions[${i}].expression`));
  });
  return causes.concat(versionFaults(admissionReviewVersions ?? [], `${field}.admissionReviewVersions`));
}

function versionFaults(versions: readonly string[], field: string): Cause[] {
  const list = reviewVersions.join(", ");
  if (versions.length === 0) return [required(field, `must specify one of ${list}`)];
  const causes = versions.flatMap((version, i) =>
    versions.indexOf(version) < i
      ? [invalidValue(`${field}[${i}]`, version, "duplicate version")]
      : misnamed(dns1035Label, version, `${field}[${i}]`),
  );
  if (!versions.some(version => reviewVersions.includes(version)))
    causes.push(invalidValue(field, versions, `must include at least one of ${list}`));
  return causes;
}

/** Either a URL or a Service. */
function clientFaults({ url, service }: WebhookClientConfig, field: string): Cause[] {
  if ((url === undefined) === (service === undefined))
    return [required(field, "exactly one of url or service is required")];
  if (url !== undefined) return urlFaults(url, `${field}.url`);
  const { namespace = "", name = "", path, port = 443 } = service ?? {};
  const causes: Cause[] = [];
  if (!name) causes.push(required(`${field}.service.name`, "service name is required"));
  if (!namespace) causes.push(required(`${field}.service.namespace`, "service namespace is required"));
  if (port < 1 || port > 65_535) {
    const detail = "port is not valid: must be between 1 and 65535, inclusive";
    causes.push(invalidValue(`${field}.service.port`, port, detail));
  }
  if (path !== undefined && !path.startsWith("/"))
    causes.push(invalidValue(`${field}.service.path`, path, "must start with a '/'"));
  return causes;
}

const desired = "desired format: https://host[/path]";

function urlFaults(text: string, field: string): Cause[] {
  if (text === "") return [required(field, "url must be specified")];
  if (!URL.canParse(text)) {
    const scheme = /^([a-z][a-z+.-]*):/i.exec(text)?.[1] ?? "";
    return [invalidValue(field, scheme, `'https' is the only allowed URL scheme; ${desired}`)];
  }
  const { protocol, host, username, password, search, hash } = new URL(text);
  const causes: Cause[] = [];
  const scheme = protocol.slice(0, -1);
  if (scheme !== "https")
    causes.push(invalidValue(field, scheme, `'https' is the only allowed URL scheme; ${desired}`));
  if (host === "") causes.push(invalidValue(field, host, `host must be specified; ${desired}`));
  if (username || password)
    causes.push(invalidValue(field, username, "user information is not permitted in the URL"));
  if (hash) causes.push(invalidValue(field, hash.slice(1), "fragments are not permitted in the URL"));
  if (search)
    causes.push(invalidValue(field, search.slice(1), "query parameters are not permitted in the URL"));
  return causes;
}

function ruleFaults(rule: RuleWithOperations, field: string): Cause[] {
  const { operations: asked = [], apiGroups = [], apiVersions = [], resources = [] } = rule;
  const causes = asked.length === 0 ? [required(`${field}.operations`)] : [];
  if (asked.length > 1 && asked.includes("*"))
    causes.push(
      invalidValue(`${field}.operations`, asked, "if '*' is present, must not specify other operations"),
    );
  asked.forEach((operation, i) => {
    if (!operations().includes(operation))
      causes.push(notSupported(`${field}.operations[${i}]`, operation, operations()));
  });
  for (const [name, list, what] of [
    ["apiGroups", apiGroups, "API groups"],
    ["apiVersions", apiVersions, "API versions"],
  ] as const) {
    const path = `${field}.${name}`;
    if (list.length === 0) causes.push(required(path));
    if (list.length > 1 && list.includes("*"))
      causes.push(invalidValue(path, list, `if '*' is present, must not specify other ${what}`));
    // The core group has the empty name; a version has none.
    if (name === "apiVersions")
      list.forEach((each, i) => {
        if (each === "") causes.push(required(`${path}[${i}]`));
      });
  }
  return causes.concat(resourceFaults(resources, `${field}.resources`));
}

// What is named by an asterisk is not named again: pods/* and pods/log, */scale and pods/scale.
function resourceFaults(resources: readonly string[], field: string): Cause[] {
  if (resources.length === 0) return [required(field)];
  const causes: Cause[] = [];
  resources.forEach((resource, i) => {
    if (resource === "") causes.push(required(`${field}[${i}]`));
    const [name = "", part] = resource.split("/", 2);
    if (part === undefined) return;
    const earlier = resources.slice(0, i);
    if (earlier.includes(`${name}/*`)) {
      const detail = `if '${name}/*' is present, must not specify ${resource}`;
      causes.push(invalidValue(`${field}[${i}]`, resource, detail));
    }
    if (earlier.includes(`*/${part}`)) {
      const detail = `if '*/${part}' is present, must not specify ${resource}`;
      causes.push(invalidValue(`${field}[${i}]`, resource, detail));
    }
  });
  if (resources.length > 1 && resources.includes("*/*"))
    causes.push(invalidValue(field, resources, "if '*/*' is present, must not specify other resources"));
  const hasPlain = resources.some(resource => resource !== "*" && !resource.includes("/"));
  if (resources.includes("*") && hasPlain) {
    const detail = "if '*' is present, must not specify other resources without subresources";
    causes.push(invalidValue(field, resources, detail));
  }
  return causes;
}
