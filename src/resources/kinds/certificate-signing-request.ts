/**
 * CertificateSigningRequest (`certificates.k8s.io/v1`): a user asks for a certificate, another approves or denies that, and a
 * signer makes it. What was asked for never changes; approval has a path of its own, and so a right of its own.
 */
import type { Cause } from "../../errors/index.ts";
import type { OwnPart, Subresource } from "../definition/index.ts";
import { duplicate, forbidden, invalidValue, misnamed, notSupported, required } from "../faults.ts";
import type { CertificateSigningRequest } from "../generated/kubernetes.gen.ts";
import { dnsSubdomain } from "../names.ts";
import { isSame } from "../sameness.ts";
import { valuesOf } from "../schema/index.ts";
import { certificateColumns } from "./columns/index.ts";

type Status = NonNullable<CertificateSigningRequest["status"]>;
type Condition = NonNullable<Status["conditions"]>[number];

/** Takes over what is decided, and nothing else of the status. */
const approval: Subresource<CertificateSigningRequest> = {
  name: "approval",
  verbs: ["get", "patch", "update"],
  isReport: true,
  next(last, given) {
    const { conditions } = (given.status ?? {}) as Status;
    const { conditions: _, ...rest } = last.status ?? {};
    return { ...last, status: { ...rest, ...(conditions && { conditions }) } };
  },
};

/** What is decided at `approval` alone. */
const decisions = ["Approved", "Denied"];

/** The certificate, and whether it failed: what was decided stays as it is. As Kubernetes' `csrStatusStrategy` has it. */
const status: Subresource<CertificateSigningRequest> = {
  name: "status",
  verbs: ["get", "patch", "update"],
  isReport: true,
  next(last, given) {
    const next = (given.status ?? {}) as Status;
    const others = next.conditions?.filter(({ type }) => !decisions.includes(type)) ?? [];
    const conditions = [...decided(last.status), ...decided(next).filter(isNew), ...others];
    return { ...last, status: { ...next, ...(conditions.length > 0 && { conditions }) } };

    function isNew({ type }: Condition): boolean {
      return !decided(last.status).some(each => each.type === type);
    }
  },
  faults(next, last) {
    if (isSame(decided(next.status), decided(last.status))) return [];
    return decided(next.status)
      .slice(decided(last.status).length)
      .map(({ type }) =>
        forbidden("status.conditions", `updates may not add a condition of type ${JSON.stringify(type)}`),
      );
  },
};

function decided({ conditions = [] }: Status = {}): readonly Condition[] {
  return conditions.filter(({ type }) => decisions.includes(type));
}

export const certificateSigningRequest: OwnPart<CertificateSigningRequest> = {
  columns: certificateColumns,
  selectableFields: ["spec.signerName"],
  // The rules of a subresource are only ever given objects of its kind.
  subresources: [approval as Subresource, status as Subresource],
  rules: {
    initialStatus: () => ({}),
    keep: (next, { spec }) => ({ ...next, spec }),
    validate: ({ spec }, old) => (old ? [] : requestFaults(spec)),
  },
};

const usages = () => valuesOf("CertificateSigningRequestSpec", "usages");
const minSeconds = 600;

function requestFaults({
  request,
  usages: asked = [],
  signerName,
  expirationSeconds,
}: Partial<CertificateSigningRequest["spec"]> = {}): Cause[] {
  const causes: Cause[] = [];
  // That there is none is told by the schema.
  const text = Buffer.from(request ?? "", "base64").toString("latin1");
  if (request !== undefined && !/-----BEGIN CERTIFICATE REQUEST-----/.test(text))
    causes.push(invalidValue("spec.request", request, "PEM block type must be CERTIFICATE REQUEST"));
  if (asked.length === 0) causes.push(required("spec.usages"));
  asked.forEach((usage, i) => {
    if (!usages().includes(usage)) causes.push(notSupported(`spec.usages[${i}]`, usage, usages()));
    if (asked.indexOf(usage) < i) causes.push(duplicate(`spec.usages[${i}]`, usage));
  });
  if (signerName === "") causes.push(required("spec.signerName"));
  else if (signerName !== undefined) causes.push(...signerFaults(signerName, "spec.signerName"));
  if (expirationSeconds !== undefined && expirationSeconds < minSeconds) {
    const detail = "may not specify a duration less than 600 seconds (10 minutes)";
    causes.push(invalidValue("spec.expirationSeconds", expirationSeconds, detail));
  }
  return causes;
}

function signerFaults(name: string, field: string): Cause[] {
  const [domain = "", path, ...more] = name.split("/");
  if (!path || more.length > 0) {
    const detail = 'must be a fully qualified domain and path of the form "example.com/signer-name"';
    return [invalidValue(field, name, detail)];
  }
  if (!domain.includes("."))
    return [invalidValue(field, domain, "should be a domain with at least two segments separated by dots")];
  return [...misnamed(dnsSubdomain, domain, field), ...misnamed(dnsSubdomain, path, field)];
}
