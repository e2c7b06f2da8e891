/** What must be right in an Ingress and an IngressClass, as in Kubernetes' `pkg/apis/networking/validation`. */
import type { Cause } from "../../../errors/index.ts";
import type { KindRules } from "../../definition/index.ts";
import { forbidden, immutable, invalidValue, misnamed, notSupported, required } from "../../faults.ts";
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressClass,
  IngressClassParametersReference,
} from "../../generated/kubernetes.gen.ts";
import {
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  domainPrefixedPath,
  pathSegment,
  portName,
  wildcardSubdomain,
} from "../../names.ts";
import { valuesOf } from "../../schema/index.ts";
import { isIPv4, isIPv6, portFaults } from "./addresses.ts";

const classAnnotation = "kubernetes.io/ingress.class";
const pathTypes = () => valuesOf("HTTPIngressPath", "pathType");

export const ingressRules: KindRules<Ingress> = {
  validate({ metadata, spec }, old) {
    const { defaultBackend, rules, tls = [], ingressClassName } = spec ?? {};
    const causes: Cause[] = [];
    if (!rules?.length && !defaultBackend) {
      const detail = "either `defaultBackend` or `rules` must be specified";
      causes.push(invalidValue("spec", rules, detail));
    }
    if (defaultBackend) causes.push(...backendFaults(defaultBackend, "spec.defaultBackend"));
    rules?.forEach(({ host, http }, i) => {
      const field = `spec.rules[${i}]`;
      if (host) causes.push(...hostFaults(host, `${field}.host`));
      if (!http) return;
      if (!http.paths?.length) causes.push(required(`${field}.http.paths`));
      http.paths?.forEach((path, j) => {
        causes.push(...pathFaults(path, `${field}.http.paths[${j}]`));
      });
    });
    tls.forEach(({ hosts = [], secretName }, i) => {
      hosts.forEach((host, j) => {
        const rule = host.includes("*") ? wildcardSubdomain : dnsSubdomain;
        causes.push(...misnamed(rule, host, `spec.tls[${i}].hosts[${j}]`));
      });
      if (secretName) causes.push(...misnamed(dnsSubdomain, secretName, `spec.tls[${i}].secretName`));
    });
    if (ingressClassName !== undefined)
      causes.push(...misnamed(dnsSubdomain, ingressClassName, "spec.ingressClassName"));
    const annotated = metadata.annotations?.[classAnnotation];
    if (!old && annotated !== undefined && ingressClassName !== undefined && annotated !== ingressClassName) {
      const detail = "must match `ingressClassName` when both are specified";
      causes.push(invalidValue(`annotations.${classAnnotation}`, annotated, detail));
    }
    return causes;
  },
  warnings: ({ metadata }) =>
    metadata.annotations?.[classAnnotation] === undefined
      ? []
      : [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`],
  initialStatus: () => ({ loadBalancer: {} }),
};

function hostFaults(host: string, field: string): Cause[] {
  const isAddress = isIPv4(host) || isIPv6(host);
  return [
    ...(isAddress ? [invalidValue(field, host, "must be a DNS name, not an IP address")] : []),
    ...misnamed(host.includes("*") ? wildcardSubdomain : dnsSubdomain, host, field),
  ];
}

function pathFaults({ path = "", pathType, backend }: HTTPIngressPath, field: string): Cause[] {
  if (pathType === undefined) return [required(`${field}.pathType`, "pathType must be specified")];
  const causes: Cause[] = [];
  if (!pathTypes().includes(pathType)) causes.push(notSupported(`${field}.pathType`, pathType, pathTypes()));
  else if (path !== "" || pathType !== "ImplementationSpecific") {
    if (!path.startsWith("/")) causes.push(invalidValue(`${field}.path`, path, "must be an absolute path"));
    if (pathType !== "ImplementationSpecific") causes.push(...plainPathFaults(path, `${field}.path`));
  }
  return causes.concat(backendFaults(backend ?? {}, `${field}.backend`));
}

/** Of two ways to write the same path one is refused, so that paths can be compared. */
function plainPathFaults(path: string, field: string): Cause[] {
  const inside = ["//", "/./", "/../", "%2f", "%2F"].filter(each => path.includes(each));
  const ends = ["/..", "/."].filter(each => path.endsWith(each));
  return [
    ...inside.map(each => invalidValue(field, path, `must not contain '${each}'`)),
    ...ends.map(each => invalidValue(field, path, `cannot end with '${each}'`)),
  ];
}

function backendFaults({ resource, service }: IngressBackend, field: string): Cause[] {
  if (resource && service) return [invalidValue(field, "", "cannot set both resource and service backends")];
  if (resource) return referenceFaults(resource, `${field}.resource`);
  if (!service) return [invalidValue(field, "", "resource or service backend is required")];
  const { name, port: { name: named = "", number = 0 } = {} } = service;
  const path = `${field}.service`;
  const causes = name ? misnamed(dns1035Label, name, `${path}.name`) : [required(`${path}.name`)];
  if (named && number) causes.push(invalidValue(field, "", "cannot set both port name & port number"));
  else if (named) causes.push(...misnamed(portName, named, `${path}.port.name`));
  else if (number) causes.push(...portFaults(number, `${path}.port.number`));
  else causes.push(required(field, "port name or number is required"));
  return causes;
}

interface Reference {
  readonly apiGroup?: string;
  readonly kind: string;
  readonly name: string;
}

function referenceFaults({ apiGroup, kind, name }: Reference, field: string): Cause[] {
  return [
    ...(apiGroup === undefined ? [] : misnamed(dnsSubdomain, apiGroup, `${field}.apiGroup`)),
    ...Object.entries({ kind, name }).flatMap(([key, value]) =>
      value ? misnamed(pathSegment, value, `${field}.${key}`) : [required(`${field}.${key}`)],
    ),
  ];
}

const maxControllerBytes = 250;
const scopes = ["Cluster", "Namespace"];

export const ingressClassRules: KindRules<IngressClass> = {
  fill(draft) {
    const { parameters } = draft.spec ?? {};
    if (!draft.spec || !parameters || parameters.scope !== undefined) return draft;
    return { ...draft, spec: { ...draft.spec, parameters: { ...parameters, scope: "Cluster" } } };
  },
  validate({ spec }, old) {
    const { controller = "", parameters } = spec ?? {};
    const field = "spec.controller";
    const causes: Cause[] = [];
    if (controller === "") causes.push(required(field));
    else {
      if (controller.length > maxControllerBytes)
        causes.push({
          reason: "FieldValueTooLong",
          message: `Too long: may not be more than ${maxControllerBytes} bytes`,
          field,
        });
      causes.push(...misnamed(domainPrefixedPath, controller, field));
    }
    if (old && controller !== (old.spec?.controller ?? "")) causes.push(immutable(field, controller));
    return parameters ? causes.concat(parameterFaults(parameters, "spec.parameters")) : causes;
  },
};

function parameterFaults(parameters: IngressClassParametersReference, field: string): Cause[] {
  const { scope = "Cluster", namespace } = parameters;
  const causes = referenceFaults(parameters, field);
  if (!scopes.includes(scope)) causes.push(notSupported(`${field}.scope`, scope, scopes));
  else if (scope === "Namespace" && namespace === undefined)
    causes.push(required(`${field}.namespace`, "`parameters.scope` is set to 'Namespace'"));
  else if (scope === "Namespace" && namespace !== undefined)
    causes.push(...misnamed(dnsLabel, namespace, `${field}.namespace`));
  else if (namespace !== undefined)
    causes.push(forbidden(`${field}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  return causes;
}
